"""Errors of Telegram and of the line to it, translated once to what they mean for a message.

https://core.telegram.org/api/errors
"""

from __future__ import annotations

import re

from telethon import errors
from telethon.errors.rpcbaseerrors import base_errors
from telethon.errors.rpcerrorlist import rpc_errors_dict

from daemon.core.retry import ErrorKind, Failure

_NAMES = {error: name for name, error in rpc_errors_dict.items()}

_UNNAMED = {errors.RPCError, *base_errors.values()}
"""What Telethon raises for names that it does not know."""

_WAITS = (
    errors.FloodWaitError,
    errors.FloodPremiumWaitError,
    errors.SlowModeWaitError,
    errors.FloodTestPhoneWaitError,
)
_FILE_REFERENCE = re.compile(
    r"FILE_REFERENCE_(\d+_)?(EMPTY|EXPIRED|INVALID)|FILEREF_UPGRADE_NEEDED"
)
"""With a number in an album: https://core.telegram.org/api/file-references"""
_NO_COPY = {
    "CHAT_FORWARDS_RESTRICTED",
    "DOCUMENT_INVALID",
    "FILE_ID_INVALID",
    "MEDIA_EMPTY",
    "MEDIA_INVALID",
    "MEDIA_PREV_INVALID",
    "MEDIA_TTL_INVALID",
    "PHOTO_ID_INVALID",
    "PHOTO_INVALID",
    "POLL_OPTION_INVALID",
}
_REPLY_GONE = {
    "MESSAGE_ID_INVALID",
    "MSG_ID_INVALID",
    "REPLY_MESSAGE_ID_INVALID",
    "REPLY_TO_INVALID",
}
_MEDIA_FORBIDDEN = re.compile(r"CHAT_SEND_(?!PLAIN)\w+_FORBIDDEN")
"""Rights in a group are given and taken kind by kind; texts may still be allowed."""

_FORBIDDEN = {"CHANNEL_PRIVATE", "CHANNEL_INVALID", "CHAT_ID_INVALID", "PEER_ID_INVALID"}
_UNTOLD_WAIT_S = 30.0
_NOT_TELLING = (errors.ServerError, errors.TimedOutError, errors.InvalidDCError)


class SessionRefused(Exception):
    """Telegram does not accept the login any more: the token or the session was revoked."""


class TelegramUnreachable(Exception):
    """No connection to Telegram could be made."""


def name_of(error: errors.RPCError) -> str:
    """Telegram's own name of an error, for example `CHAT_WRITE_FORBIDDEN`."""
    kind = type(error)
    if kind in _NAMES:
        return str(_NAMES[kind])
    if kind in _UNNAMED:
        return str(error.message)
    # Names with a number in them, such as FLOOD_WAIT_7, are in no table.
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__.removesuffix("Error")).upper()


def translate(error: BaseException) -> Failure:
    """What an error of a send means. Anything not known to be a refusal tells nothing about
    the message's fate: an answer that could not be read, a line that was cut.

    Raises `SessionRefused` where no message at all can be sent any more."""
    if isinstance(error, _WAITS):
        return Failure(ErrorKind.FLOOD_WAIT, name_of(error), float(error.seconds))
    if type(error) is errors.FloodError:  # of a name that Telethon does not know
        seconds = re.search(r"\d+$", name_of(error))
        wait_s = float(seconds.group()) if seconds else _UNTOLD_WAIT_S
        return Failure(ErrorKind.FLOOD_WAIT, name_of(error), wait_s)
    if isinstance(error, errors.RandomIdDuplicateError):
        return Failure(ErrorKind.DUPLICATE, name_of(error))
    if not isinstance(error, errors.RPCError):
        return Failure(ErrorKind.UNKNOWN_OUTCOME, type(error).__name__)
    if isinstance(error, _NOT_TELLING) or abs(error.code) // 100 != 4:
        return Failure(ErrorKind.SERVER_TROUBLE, name_of(error))
    return _refusal(error)


def is_refusal_of_login(error: BaseException | None) -> bool:
    """Whether no request at all will be accepted any more. Other errors of the class 406, which
    Telethon calls `AuthKeyError`, may be about a single chat."""
    if isinstance(error, errors.UnauthorizedError | errors.AuthKeyNotFound):
        return True
    return isinstance(error, errors.AuthKeyError) and name_of(error).startswith("AUTH_KEY")


def _refusal(error: errors.RPCError) -> Failure:
    name = name_of(error)
    kind = ErrorKind.REFUSED
    if _FILE_REFERENCE.fullmatch(name):
        kind = ErrorKind.FILE_REFERENCE
    elif name in _NO_COPY:
        kind = ErrorKind.NO_COPY
    elif name in _REPLY_GONE:
        kind = ErrorKind.REPLY_GONE
    elif is_refusal_of_login(error):
        raise SessionRefused(name) from error
    elif _MEDIA_FORBIDDEN.fullmatch(name):
        kind = ErrorKind.NO_COPY
    elif name in _FORBIDDEN or isinstance(error, errors.ForbiddenError):
        kind = ErrorKind.FORBIDDEN
    return Failure(kind, name)
