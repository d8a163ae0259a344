"""Checks of single values. Each takes what was read, returns it typed, or raises `Invalid`.

Nothing is converted silently: "7" is not 7 and true is not 1. The one step allowed is that of TOML
itself between 18 and 18.0.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from daemon.config.problems import Invalid
from daemon.config.schema import Address
from daemon.config.secret import Secret
from daemon.core.model import ChatId

_KINDS: Final[dict[type, str]] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a fraction",
    list: "a list",
    dict: "a table",
}
"""TOML's types in words; every other one is a date, a time or both."""

_BOT_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{30,}", re.ASCII)
_API_HASH = re.compile(r"[0-9a-fA-F]{32}")

_PLACEHOLDER = re.compile(
    r"(?i)your[_ -].*|.*[_-]here|.*change[_-]?me.*|x+|<.*>|\.+|…|todo|token|secret|"
    r"0+|123456:ABC-DEF.*"
)
"""What manuals and the shipped config.toml put where a secret belongs. The last one is the example
of Telegram's own manual, which has the form of a real token."""

_EXAMPLE_HASH = "0123456789abcdef0123456789abcdef"
"""The api_hash in Telethon's manual."""

_CHANNEL_MARK = 10**12
"""A supergroup's marked id is -(10**12 + its own id); a basic group's is above that, -(its id)."""

_LARGEST_PORT = 65535

_LARGEST_ID = 2**53
"""Telegram's ids have at most 52 significant bits."""

_E = TypeVar("_E", bound=StrEnum)


def is_placeholder(value: object) -> bool:
    """Whether this stands where a real value has yet to be filled in."""
    if isinstance(value, str):
        text = value.strip()
        return bool(_PLACEHOLDER.fullmatch(text)) or text.lower() == _EXAMPLE_HASH
    return value == 0 and not isinstance(value, bool)


def bot_token(value: object) -> Secret:
    """@BotFather's token; a placeholder is refused."""
    text = _secret_text(value, "the token that @BotFather gave you")
    if not _BOT_TOKEN.fullmatch(text):
        raise Invalid(
            "does not look like a bot token: digits, a colon and at least 30 letters, digits, "
            '"_" or "-"; copy it whole from @BotFather'
        )
    return Secret(text)


def api_hash(value: object) -> Secret:
    """The application's api_hash; a placeholder is refused."""
    text = _secret_text(value, "the api_hash from my.telegram.org")
    if not _API_HASH.fullmatch(text):
        raise Invalid("must be the 32 hexadecimal digits shown as api_hash on my.telegram.org")
    return Secret(text.lower())


def api_id(value: object) -> int:
    """The application's api_id."""
    if is_placeholder(value):
        raise Invalid("is still a placeholder; put in the api_id from my.telegram.org")
    number = _whole(value, secret=True)
    if not 0 < number < 2**31:
        raise Invalid("must be the positive number shown as api_id on my.telegram.org")
    return number


def staff_group(value: object) -> ChatId:
    """The marked id of a group: negative."""
    number = _whole(value)
    if number == 0:
        raise Invalid("is still a placeholder; put in the staff group's id")
    if number > 0:
        raise Invalid(
            f"must be negative, as the ids of groups are, not {number}; "
            f"a supergroup's begins with -100: perhaps -100{number}"
        )
    if number == -_CHANNEL_MARK or number < -_LARGEST_ID:
        raise Invalid(f"is not the id of any group: {number}")
    return ChatId(number)


def admins(value: object) -> tuple[ChatId, ...]:
    """The ids of one or more users; one that is named twice counts once."""
    if not isinstance(value, list):
        raise Invalid(f"must be a list of user ids such as [123456789], not {_kind(value)}")
    if not value:
        raise Invalid("needs at least one user id, or nobody could enrol a customer group")
    return tuple(dict.fromkeys(_user(item) for item in value))


def allowlist(value: object) -> tuple[ChatId, ...]:
    """The ids of users, and of chats that may speak for themselves; none: no list."""
    if not isinstance(value, list):
        raise Invalid(f"must be a list of ids such as [123456789], not {_kind(value)}")
    return tuple(dict.fromkeys(_peer(item) for item in value))


def _peer(value: object) -> ChatId:
    number = _whole(value)
    if number == 0:
        raise Invalid("holds a placeholder (0); put in an id, or leave the list empty")
    if abs(number) >= _LARGEST_ID:
        raise Invalid(f"holds what is not the id of anybody: {number}")
    return ChatId(number)


def _user(value: object) -> ChatId:
    number = _whole(value)
    if number == 0:
        raise Invalid("holds a placeholder (0); put in the user's id")
    if not 0 < number < _LARGEST_ID:
        raise Invalid(f"must hold ids of users, which are positive, not {number}")
    return ChatId(number)


def positive_number(value: object) -> float:
    """A number above zero, whole or not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid(f"must be a number above zero, not {_kind(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number <= 0:
        raise Invalid(f"must be a number above zero, not {number}")
    return number


def whole_between(lowest: int, highest: int) -> Callable[[object], int]:
    """A whole number from `lowest` to `highest`, both included."""

    def check(value: object) -> int:
        number = _whole(value)
        if not lowest <= number <= highest:
            raise Invalid(f"must be from {lowest} to {highest}, not {number}")
        return number

    return check


def flag(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise Invalid(f"must be true or false, not {_kind(value)}")
    return value


def host(value: object) -> str:
    """A host name or address."""
    text = _text(value)
    if not text or not text.isprintable() or any(character.isspace() for character in text):
        raise Invalid("must be a host name or an IP address")
    return text


def address(value: object) -> Address:
    """A host and a port, as in "127.0.0.1:9464" or "[::1]:9464"."""
    name, colon, port = _text(value).rpartition(":")
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if not colon or not port.isascii() or not port.isdigit() or (":" in bare and bare == name):
        raise Invalid('must be a host and a port, such as "127.0.0.1:9464"')
    if not 1 <= int(port) <= _LARGEST_PORT:
        raise Invalid(f"must have a port between 1 and {_LARGEST_PORT}, not {port}")
    return Address(host(bare), int(port))


def choice(options: type[_E]) -> Callable[[object], _E]:
    """One of the words of `options`."""

    def check(value: object) -> _E:
        text = _text(value)
        try:
            return options(text)
        except ValueError:
            words = ", ".join(f'"{option.value}"' for option in options)
            raise Invalid(f'must be one of {words}, not "{text}"') from None

    return check


def path_below(folder: Path) -> Callable[[object], Path]:
    """A path, taken from `folder` when it is relative."""

    def check(value: object) -> Path:
        text = _text(value)
        if not text or "\0" in text:
            raise Invalid("must be the path of a file")
        if text.startswith("~"):
            raise Invalid(f'"~" is not expanded; write the whole path instead of "{text}"')
        return folder / text

    return check


def public_key_below(folder: Path) -> Callable[[object], Path]:
    """The path of an existing PEM file that holds an RSA public key in the PKCS#1 form."""
    path = path_below(folder)

    def check(value: object) -> Path:
        file = path(value)
        try:
            head = file.read_bytes()[:4096]
        except OSError as error:
            raise Invalid(f'cannot be read: "{file}": {error.strerror}') from None
        if b"-----BEGIN RSA PUBLIC KEY-----" not in head:
            raise Invalid(f'"{file}" has no line "-----BEGIN RSA PUBLIC KEY-----"')
        return file

    return check


def _secret_text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise Invalid(f"must be a text, not {_kind(value)}")
    if is_placeholder(value):
        raise Invalid(f"is still a placeholder; put in {what}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Invalid(f"must be a text, not {_kind(value)}")
    return value


def _whole(value: object, *, secret: bool = False) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        hint = " (no quotes around it)" if isinstance(value, str) else ""
        shown = "" if secret or not isinstance(value, str) else f' "{value}"'
        raise Invalid(f"must be a whole number, not {_kind(value)}{shown}{hint}")
    return value


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date or a time")
