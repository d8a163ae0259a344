"""Logging in with a bot token, or with the session of an earlier login.

https://core.telegram.org/method/auth.importBotAuthorization
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from telethon import TelegramClient, errors

from daemon.core.model import Bot
from daemon.telegram.client import RelayClient
from daemon.telegram.errors import SessionRefused, TelegramUnreachable, name_of

T = TypeVar("T")

ANSWER_LIMIT_S = 20.0
"""Seconds for the connection and the login to stand. Telethon's own attempts to connect would go
on for 44 s where nothing answers, and a handshake without an answer for ever."""

_LET_GO_S = 1.0

_NOT_REFUSING = (errors.FloodWaitError, errors.ServerError, errors.TimedOutError)

_NO_MTPROTO = (
    errors.SecurityError,
    errors.TypeNotFoundError,
    errors.InvalidChecksumError,
    BufferError,
    EOFError,
)

_TOO_MANY_CONNECTIONS = 429
"""https://core.telegram.org/mtproto/mtproto-transports#transport-errors"""


class LoginDelayed(TelegramUnreachable):
    """Telegram lets the bot log in only in a while: it did so often, or tried."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"in {seconds} s")
        self.seconds = seconds


class SessionOfAnother(Exception):
    """The session is logged in as another bot than the token's."""


async def log_in(client: RelayClient, bot_token: str, limit_s: float = ANSWER_LIMIT_S) -> Bot:
    """Connect, log in where the session is not logged in already, and tell who we are.

    Raises `TelegramUnreachable`, of it `LoginDelayed`, `SessionRefused` or `SessionOfAnother`."""
    user = await answer_at_start(client, _log_in(client, bot_token), limit_s)
    if user is None:
        raise SessionRefused("AUTH_KEY_UNREGISTERED")
    own_id, _, _ = bot_token.partition(":")
    if str(user.id) != own_id:
        raise SessionOfAnother(f"{user.id}, not {own_id}")
    client.never_give_up()
    return client.note_bot(user)


async def _log_in(client: RelayClient, bot_token: str) -> Any | None:
    await client.connect()
    if not await client.is_user_authorized():
        await client.sign_in(bot_token=bot_token)
    return await client.get_me()


async def answer_at_start(
    client: TelegramClient, asking: Coroutine[Any, Any, T], limit_s: float = ANSWER_LIMIT_S
) -> T:
    """What comes of asking Telegram, while nothing depends yet on the client going on.

    Raises `TelegramUnreachable`, of it `LoginDelayed`, or `SessionRefused`."""
    call = asyncio.ensure_future(asking)
    try:
        await asyncio.wait({call}, timeout=limit_s)
        in_time = call.done()
    finally:
        call.cancel()
    if not in_time:
        await asyncio.wait({call}, timeout=_LET_GO_S)
        raise TelegramUnreachable(f"{_place(client)}: no answer within {limit_s:g} s")
    if call.cancelled():  # by Telethon, which cancels what is pending when it gives a line up
        raise TelegramUnreachable(f"{_place(client)}: the connection was closed")
    error = call.exception()
    if error is not None:
        raise _translated(error, client) from error
    return call.result()


def _translated(error: BaseException, client: TelegramClient) -> BaseException:
    """The error in the relay's words; itself where it is not Telegram's or the line's."""
    match error:
        case errors.AuthKeyNotFound():
            return SessionRefused("AUTH_KEY_NOT_FOUND")
        case errors.RPCError() if not isinstance(error, _NOT_REFUSING):
            return SessionRefused(name_of(error))
        case errors.FloodWaitError():
            return LoginDelayed(error.seconds)
        case _:
            reason = _line_trouble(error, client)
            return TelegramUnreachable(reason) if reason else error


def _line_trouble(error: BaseException, client: TelegramClient) -> str | None:
    match error:
        case errors.RPCError():
            return f"Telegram has trouble of its own: {name_of(error)}"
        case errors.InvalidBufferError() if error.code == _TOO_MANY_CONNECTIONS:
            return "Telegram takes no more connections from here for now"
        case OSError():
            return f"{_place(client)}: {error}"
        case _ if isinstance(error, _NO_MTPROTO):
            return f"{_place(client)}: what answers there is not Telegram"
        case _:
            return None


def _place(client: TelegramClient) -> str:
    return f"{client.session.server_address}:{client.session.port}"
