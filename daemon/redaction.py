"""Takes secrets out of anything that is about to be shown: log lines, messages about the config.

Two ways to know a secret: its value (the configured token and api_hash), and its look (a bot token,
an api_hash or a phone number beside its name, an international phone number; an authorization key
is 256 bytes without a look of their own, and so whatever is as long is taken for one: in
hexadecimal, in base64, as Python shows bytes). The second catches what was pasted into the wrong
place.

Known limitation: a secret that something encoded (base64, percent-encoding other than that of the
token's colon) is not seen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

MASK = "***"

_SHORTEST_KNOWN = 6
"""Characters. Replacing a shorter "secret" wherever it stands would blank out ordinary words."""

_HEXADECIMAL = re.compile(r"(?i)[0-9a-f]{16,}")
"""A value known by its digits, in whatever case it is written; as an api_hash is."""

_DEEPEST = 12
"""Levels of nesting that are kept; what lies deeper is shown as one text. Also ends cycles."""

_BOT_TOKEN = re.compile(r"(?<!\d)\d{3,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}")

_NAMED_HASH = re.compile(r"(?i)(api[_-]?hash\W{1,6})[0-9a-f]{32}")

_NAMED_PHONE = re.compile(
    r"(?i)((?:phone|mobile|msisdn)(?:[ _-]?(?:number|no))?\W{1,6})\d(?:[ ().-]{0,2}\d){6,14}"
)

_PHONE = re.compile(r"(?<![\w+])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\d)")

_KEY_LIKE = re.compile(r"[A-Za-z0-9+/_-]{300,}={0,2}")
"""256 bytes are 342 characters in base64 without padding, and 512 in hexadecimal."""

_BYTES = re.compile(r"""\bb\\*(?:'(?:[^'\\]|\\.){32,}'?|"(?:[^"\\]|\\.){32,}"?)""")
"""As `repr` shows them, or the `repr` of that; 32 characters are 8 to 32 bytes."""

_SHORTEST_UNKNOWN = 34
"""Characters of the shortest text with what looks like a secret, phone numbers aside: three digits,
a colon and thirty characters, or `b'` and thirty-two."""

_NO_PHONE = re.compile(r"\D*|[-:.\dTZ]*")
"""As a whole: words without digits, and times in UTC as RFC 3339 has them. A phone number has
digits and, in front of them, a plus sign or a word."""

_KEYS_KEPT = 256

_SECRET_KEY = re.compile(
    r"(?i)^((bot_?)?token|api_?hash|auth_?key|password|.*phone(_?(number|no))?|"
    r"(.*_)?(mobile|msisdn)(_?(number|no))?)$"
)


class Redactor:
    """Replaces secrets by `***`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """`secrets` are the values known to be secret; of a bot token also the part behind the
        colon counts."""
        known = set()
        for secret in secrets:
            known |= {secret, secret.partition(":")[2]}
        # The longest first: a secret may be a part of another.
        alternatives = sorted((s for s in known if len(s) >= _SHORTEST_KNOWN), key=len)
        joined = "|".join(
            f"(?i:{secret})" if _HEXADECIMAL.fullmatch(secret) else re.escape(secret)
            for secret in reversed(alternatives)
        )
        self._known = re.compile(joined) if joined else None
        self._shortest = min([_SHORTEST_UNKNOWN, *map(len, alternatives)])
        # The same few names stand in all lines.
        self._remembered_key = lru_cache(_KEYS_KEPT)(self._key)

    def text(self, text: str) -> str:
        """The text without secrets."""
        # Nearly all strings of a log line are so short that they can hold but a phone number.
        if len(text) < self._shortest and type(text) is str and _NO_PHONE.fullmatch(text):
            return text
        return self._replaced(text)

    def _replaced(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(MASK, text)
        text = _BOT_TOKEN.sub(MASK, text)
        text = _NAMED_HASH.sub(rf"\1{MASK}", text)
        text = _BYTES.sub(f"b'{MASK}'", text)
        text = _KEY_LIKE.sub(MASK, text)
        text = _PHONE.sub(MASK, text)
        return _NAMED_PHONE.sub(rf"\1{MASK}", text)

    def value(self, value: object) -> object:
        """The value as plain JSON types, without secrets at any depth.

        Every other type becomes its `repr` first: an object that a renderer would turn into text
        later could carry a secret past this point.
        """
        return self._plain(value, _DEEPEST)

    def _plain(self, value: object, depth: int) -> object:
        match value:  # the most frequent first
            case int() | None:
                return value
            case str():
                return self.text(value)
            case float() if math.isfinite(value):
                return value
            case list() | tuple() | set() | frozenset() if depth:
                return [self._plain(item, depth - 1) for item in value]
            case Mapping() if depth:
                return self._mapping(value, depth - 1)
            case _:
                return self.text(_shown(value))

    def _mapping(self, mapping: Mapping[object, object], depth: int) -> dict[str, object]:
        plain = {}
        for key, value in mapping.items():
            # Keys of other types may be equal and yet be shown differently, as 1 and True.
            shown, is_secret = self._remembered_key(key) if type(key) is str else self._key(key)
            plain[shown] = MASK if is_secret and value is not None else self._plain(value, depth)
        return plain

    def _key(self, key: object) -> tuple[str, bool]:
        """How the key is shown, and whether its value is a secret by this name."""
        is_secret = isinstance(key, str) and _SECRET_KEY.match(key) is not None
        return self.text(_shown(key)), is_secret


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001 - a broken __repr__ must not cost the log line
        return f"<{type(value).__name__} whose repr raised {type(error).__name__}>"
