"""Telegram's errors, as they come over the line, and what they mean for a message."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telethon import errors
from telethon.errors.rpcerrorlist import rpc_errors_dict
from telethon.tl import functions, types

from daemon.core.retry import ErrorKind, Failure
from daemon.telegram.errors import SessionRefused, is_refusal_of_login, name_of, translate


def rpc_error(code: int, message: str) -> errors.RPCError:
    """The exception that Telethon makes of Telegram's answer."""
    return errors.rpc_message_to_error(types.RpcError(code, message), functions.PingRequest(1))


def translated(code: int, message: str) -> Failure:
    return translate(rpc_error(code, message))


@pytest.mark.parametrize(
    "code, message, seconds",
    [
        (420, "FLOOD_WAIT_7", 7),
        (420, "FLOOD_WAIT_86400", 86400),
        (420, "SLOWMODE_WAIT_30", 30),
        (420, "FLOOD_PREMIUM_WAIT_5", 5),
        (420, "STICKERS_FLOOD_WAIT_9", 9),
    ],
)
def test_a_wait_is_one_of_as_long_as_telegram_says(code: int, message: str, seconds: int) -> None:
    failure = translated(code, message)
    assert (failure.kind, failure.wait_s) == (ErrorKind.FLOOD_WAIT, seconds)


@pytest.mark.parametrize("message", ["FLOOD_WAIT", "SOME_NEW_FLOOD"])
def test_a_flood_without_a_time_is_waited_out_and_loses_nothing(message: str) -> None:
    failure = translated(420, message)
    assert failure.kind is ErrorKind.FLOOD_WAIT
    assert failure.wait_s >= 1
    assert failure.reason == message


def test_a_known_random_id_means_that_the_message_is_there() -> None:
    assert translated(500, "RANDOM_ID_DUPLICATE").kind is ErrorKind.DUPLICATE


@pytest.mark.parametrize(
    "code, message",
    [
        (500, "RPC_CALL_FAIL"),
        (500, "INTERNAL"),
        (500, "WORKER_BUSY_TOO_LONG_RETRY"),
        (500, "A_NEW_ONE"),
        (-500, "No workers running"),
        (-503, "Timeout"),
        (502, "BAD_GATEWAY"),
        (0, "WHAT"),
        (303, "USER_MIGRATE_2"),
    ],
)
def test_what_is_wrong_with_telegram_does_not_tell(code: int, message: str) -> None:
    assert translated(code, message).kind is ErrorKind.SERVER_TROUBLE


@pytest.mark.parametrize(
    "error",
    [
        ConnectionError("cut"),
        OSError("unreachable"),
        TimeoutError(),
        asyncio.IncompleteReadError(b"", 4),
        asyncio.CancelledError(),
        ValueError("Request was unsuccessful 6 time(s)"),
        TypeError("unexpected"),
        errors.TypeNotFoundError(0x12345678, b""),
        errors.InvalidBufferError(b"\x00\x00"),
        errors.SecurityError("odd"),
        RuntimeError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_anything_that_is_no_answer_of_telegram_is_an_unknown_outcome(
    error: BaseException,
) -> None:
    assert translate(error) == Failure(ErrorKind.UNKNOWN_OUTCOME, type(error).__name__)


@pytest.mark.parametrize(
    "code, message",
    [
        (400, "FILE_REFERENCE_EXPIRED"),
        (400, "FILE_REFERENCE_EMPTY"),
        (400, "FILE_REFERENCE_INVALID"),
        (400, "FILE_REFERENCE_0_EXPIRED"),
        (400, "FILE_REFERENCE_9_INVALID"),
        (406, "FILEREF_UPGRADE_NEEDED"),
    ],
)
def test_an_old_file_reference(code: int, message: str) -> None:
    assert translated(code, message) == Failure(ErrorKind.FILE_REFERENCE, message)


@pytest.mark.parametrize(
    "message",
    ["MESSAGE_ID_INVALID", "MSG_ID_INVALID", "REPLY_MESSAGE_ID_INVALID", "REPLY_TO_INVALID"],
)
def test_a_reply_to_nothing(message: str) -> None:
    assert translated(400, message) == Failure(ErrorKind.REPLY_GONE, message)


@pytest.mark.parametrize(
    "code, message",
    [
        (403, "CHAT_WRITE_FORBIDDEN"),
        (403, "CHAT_SEND_PLAIN_FORBIDDEN"),
        (403, "SOME_NEW_FORBIDDEN"),
        (400, "CHANNEL_PRIVATE"),
        (406, "CHANNEL_PRIVATE"),
        (400, "CHANNEL_INVALID"),
        (400, "CHAT_ID_INVALID"),
        (400, "PEER_ID_INVALID"),
    ],
)
def test_a_chat_in_which_the_relay_may_not_write(code: int, message: str) -> None:
    assert translated(code, message) == Failure(ErrorKind.FORBIDDEN, message)


@pytest.mark.parametrize(
    "code, message",
    [
        (403, "CHAT_SEND_PHOTOS_FORBIDDEN"),
        (403, "CHAT_SEND_VIDEOS_FORBIDDEN"),
        (403, "CHAT_SEND_A_NEW_KIND_FORBIDDEN"),
        (400, "CHAT_FORWARDS_RESTRICTED"),
        (406, "CHAT_FORWARDS_RESTRICTED"),
        (400, "MEDIA_EMPTY"),
    ],
)
def test_media_that_cannot_be_had_this_way(code: int, message: str) -> None:
    assert translated(code, message) == Failure(ErrorKind.NO_COPY, message)


@pytest.mark.parametrize(
    "code, message",
    [
        (400, "MESSAGE_TOO_LONG"),
        (400, "ENTITY_BOUNDS_INVALID"),
        (400, "A_NEW_REFUSAL"),
        (404, "METHOD_INVALID"),
        (406, "TOPIC_CLOSED"),
        (406, "PREMIUM_CURRENTLY_UNAVAILABLE"),
        (402, "PAYMENT_REQUIRED"),
    ],
)
def test_a_message_that_telegram_refuses(code: int, message: str) -> None:
    """406 is a refusal like another one, though Telethon calls it an error of the key."""
    assert translated(code, message) == Failure(ErrorKind.REFUSED, message)


@pytest.mark.parametrize(
    "code, message",
    [
        (401, "AUTH_KEY_UNREGISTERED"),
        (401, "SESSION_REVOKED"),
        (401, "USER_DEACTIVATED"),
        (401, "A_NEW_ONE"),
        (406, "AUTH_KEY_DUPLICATED"),
    ],
)
def test_a_login_that_is_not_accepted_any_more_ends_everything(code: int, message: str) -> None:
    with pytest.raises(SessionRefused, match=message):
        translated(code, message)
    assert is_refusal_of_login(rpc_error(code, message))


@pytest.mark.parametrize("error", [None, OSError(), rpc_error(406, "TOPIC_CLOSED")], ids=repr)
def test_nothing_else_is_a_refusal_of_the_login(error: BaseException | None) -> None:
    assert not is_refusal_of_login(error)


def test_every_error_that_telethon_knows_has_a_meaning() -> None:
    by_code: dict[int, set[Any]] = {}
    for name, kind in rpc_errors_dict.items():
        code = next(base.code for base in kind.__mro__ if getattr(base, "code", None))
        try:
            failure = translated(code, name)
        except SessionRefused:
            by_code.setdefault(code, set()).add(SessionRefused)
        else:
            assert failure.reason
            by_code.setdefault(code, set()).add(failure.kind)
    assert by_code[500] == {ErrorKind.SERVER_TROUBLE, ErrorKind.DUPLICATE}
    assert by_code[401] == {SessionRefused}
    assert by_code[403] <= {ErrorKind.FORBIDDEN, ErrorKind.NO_COPY}
    for code in (400, 403, 404):
        assert not by_code.get(code, set()) & {SessionRefused, ErrorKind.UNKNOWN_OUTCOME}


@pytest.mark.parametrize(
    "code, message, name",
    [
        (403, "CHAT_WRITE_FORBIDDEN", "CHAT_WRITE_FORBIDDEN"),
        (400, "A_NEW_REFUSAL", "A_NEW_REFUSAL"),
        (420, "FLOOD_WAIT_7", "FLOOD_WAIT"),
        (420, "SLOWMODE_WAIT_7", "SLOW_MODE_WAIT"),
    ],
)
def test_people_read_telegrams_own_name(code: int, message: str, name: str) -> None:
    assert name_of(rpc_error(code, message)) == name
