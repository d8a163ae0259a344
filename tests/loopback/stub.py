"""The server over next to nothing, to try its protocol layer alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from telethon import TelegramClient
from telethon.crypto import AuthKey, rsa
from telethon.sessions import MemorySession
from telethon.tl import functions, types

from tests.loopback.rpc import Context, Delivery, Handler, RpcError, TlObject
from tests.loopback.server import LoopbackTelegram

BOT_ID = 7
BOT = types.User(BOT_ID, is_self=True, bot=True, bot_info_version=1, access_hash=1, first_name="B")
TOKEN = f"{BOT_ID}:stub"
LAUNCH = datetime(2020, 1, 1, tzinfo=UTC)

SendMessage = functions.messages.SendMessageRequest


class StubWorld:
    """Remembers what was sent."""

    def __init__(self) -> None:
        self.delivery: Delivery | None = None
        self.sent: list[str] = []


async def _login(context: Context, request: TlObject) -> TlObject:
    context.caller.log_in(BOT_ID)
    return types.auth.Authorization(BOT)


async def _logout(context: Context, request: TlObject) -> TlObject:
    context.caller.log_out()
    return types.auth.LoggedOut()


async def _users(context: Context, request: TlObject) -> TlObject:
    if context.caller.user_id is None:
        raise RpcError(401, "AUTH_KEY_UNREGISTERED")
    return [BOT]


async def _state(context: Context, request: TlObject) -> TlObject:
    return types.updates.State(pts=1, qts=0, date=LAUNCH, seq=1, unread_count=0)


async def _difference(context: Context, request: TlObject) -> TlObject:
    return types.updates.DifferenceEmpty(date=LAUNCH, seq=1)


async def _send(context: Context, request: TlObject) -> TlObject:
    world: Any = context.world
    if request.message == "refused":
        raise RpcError(400, "MESSAGE_EMPTY")
    if request.message == "broken":
        raise ZeroDivisionError("the handler is at fault")
    world.sent.append(request.message)
    return types.UpdateShortSentMessage(
        id=len(world.sent), pts=len(world.sent) + 1, pts_count=1, date=LAUNCH, out=True
    )


async def _file(context: Context, request: TlObject) -> TlObject:
    return types.upload.File(types.storage.FilePng(), 0, bytes(request.limit))


HANDLERS: dict[int, Handler] = {
    request_type.CONSTRUCTOR_ID: handler
    for request_type, handler in (
        (functions.auth.ImportBotAuthorizationRequest, _login),
        (functions.auth.LogOutRequest, _logout),
        (functions.users.GetUsersRequest, _users),
        (functions.updates.GetStateRequest, _state),
        (functions.updates.GetDifferenceRequest, _difference),
        (SendMessage, _send),
        (functions.upload.GetFileRequest, _file),
    )
}


def send(text: str) -> TlObject:
    """A request the stub world remembers; "refused" and "broken" fare as they say."""
    return SendMessage(types.InputPeerSelf(), text, random_id=len(text))


def typing() -> TlObject:
    """Updates that move no sequence."""
    update = types.UpdateUserTyping(BOT_ID, types.SendMessageTypingAction())
    return types.UpdateShort(update, LAUNCH)


def stub_telegram(**settings: Any) -> LoopbackTelegram:
    """A server with the handlers above."""
    world: Any = StubWorld()
    return LoopbackTelegram(world, handlers={**HANDLERS, **settings.pop("extra", {})}, **settings)


def sent(telegram: LoopbackTelegram) -> list[str]:
    """The texts that reached the stub world."""
    world: Any = telegram.world
    texts: list[str] = world.sent
    return texts


@asynccontextmanager
async def connected(
    telegram: LoopbackTelegram, *, exchange: bool = False, login: bool = True, **settings: Any
) -> AsyncIterator[TelegramClient]:
    """A real client, disconnected at the end: one that is left connected can hang a test.

    `exchange`: it makes its own key and logs in with the token, instead of being given a key that
    is logged in already, or, without `login`, is not.
    """
    rsa.add_key(telegram.public_key_path.read_text(), old=False)
    session = MemorySession()
    session.set_dc(telegram.dc_id, telegram.host, telegram.port)
    if not exchange:
        session.auth_key = AuthKey(telegram.issue_key(BOT_ID if login else None))
    settings = {"retry_delay": 0, "timeout": 5} | settings
    client = TelegramClient(session, 1, "x" * 32, **settings)
    # Telethon keeps the first configuration it gets on the class, and with it another server's
    # ports.
    TelegramClient._config = None
    try:
        await client.connect()
        if exchange and login:
            await client.sign_in(bot_token=TOKEN)
        yield client
    finally:
        await client.disconnect()
