"""Looks at what the relay would find on Telegram, beside a relay that may be running.

It logs in by a session of its own, kept in memory and logged out at the end: the relay's session
must not be used twice at a time (https://core.telegram.org/api/errors, AUTH_KEY_DUPLICATED). It
asks for no update and for no state of updates, and it sends nothing to any chat.

Known limitation: Telegram makes a bot that logs in often wait, half an hour and more, with its
next login. That does not concern a relay that is logged in already.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from telethon import TelegramClient, errors, utils
from telethon.sessions import MemorySession
from telethon.tl import functions, types

from daemon.core.doctor import BotFacts, GroupFacts, Right, Standing
from daemon.core.model import Bot, ChatId
from daemon.core.retry import ErrorKind, Failure
from daemon.core.sync import KnownChat
from daemon.telegram.errors import translate
from daemon.telegram.inbound import username_of
from daemon.telegram.login import answer_at_start
from daemon.telegram.server import Server

_FLOOD_WAIT_TAKEN_S = 10
"""Longest wait asked for by Telegram that is waited for."""

_GOODBYE_LIMIT_S = 5.0

_GET_CONFIG = functions.help.GetConfigRequest()
"""https://core.telegram.org/constructor/config"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login takes."""

    api_id: int
    api_hash: str
    bot_token: str


class Inspector:
    """Asks Telegram for facts. Made by `inspection`."""

    def __init__(self, client: TelegramClient, user: Any) -> None:
        self._client = client
        self.bot = BotFacts(
            bot=Bot(ChatId(user.id), user.username or ""),
            sees_all_messages=bool(user.bot_chat_history),
            may_join_groups=not user.bot_nochats,
        )

    async def date(self) -> float:
        """Telegram's date, in seconds since the epoch; it has whole seconds.

        Raises `TelegramUnreachable`, `SessionRefused`."""
        config = await answer_at_start(self._client, self._client(_GET_CONFIG))
        return float(config.date.timestamp())

    async def group(self, known: KnownChat) -> GroupFacts:
        """How the bot stands in a group. Without an access hash it is named by its id alone,
        which is enough for a bot that is in it.

        Raises `TelegramUnreachable`, `SessionRefused`."""
        peer_id, kind = utils.resolve_id(known.chat_id)
        if kind is types.PeerChannel:
            channel = types.InputChannel(peer_id, known.access_hash or 0)
            request = functions.channels.GetChannelsRequest([channel])
        else:
            request = functions.messages.GetChatsRequest([peer_id])
        return _facts(known, await answer_at_start(self._client, self._look_at(request)))

    async def _look_at(self, request: Any) -> Any | Failure | None:
        try:
            result = await self._client(request)
        except errors.RPCError as error:
            return translate(error)
        return next(iter(result.chats), None)


@contextlib.asynccontextmanager
async def inspection(credentials: Credentials, server: Server | None) -> AsyncIterator[Inspector]:
    """Logged in on entering, logged out on leaving.

    Raises `TelegramUnreachable`, of it `LoginDelayed`, or `SessionRefused`."""
    client = _client(credentials, server)
    try:
        result = await answer_at_start(client, _log_in(client, credentials))
        try:
            yield Inspector(client, result.user)
        finally:
            await _log_out(client)
    finally:
        await client.disconnect()


class _QuietClient(TelegramClient):
    """Follows no updates, and so asks for no state of them."""

    async def _update_loop(self) -> None:
        await asyncio.get_running_loop().create_future()


def _client(credentials: Credentials, server: Server | None) -> TelegramClient:
    session = MemorySession()
    if server is not None:
        server.introduce_to(session)
    client = _QuietClient(
        session,
        credentials.api_id,
        credentials.api_hash,
        connection_retries=1,
        request_retries=1,  # two attempts: the second at the data centre a login is sent to
        flood_sleep_threshold=_FLOOD_WAIT_TAKEN_S,
        raise_last_call_error=True,
        receive_updates=False,
        device_model="Ticket Relay check",
    )
    type(client)._config = None  # kept on the class: another server's must not stay
    return client


async def _log_in(client: TelegramClient, credentials: Credentials) -> Any:
    await client.connect()
    # Telethon's own sign_in would ask for the state of the updates.
    return await client(
        functions.auth.ImportBotAuthorizationRequest(
            flags=0,
            api_id=credentials.api_id,
            api_hash=credentials.api_hash,
            bot_auth_token=credentials.bot_token,
        )
    )


async def _log_out(client: TelegramClient) -> None:
    """https://core.telegram.org/method/auth.logOut - if it fails, a login stays behind whose key
    nobody has; it harms nobody."""
    with contextlib.suppress(errors.RPCError, OSError, TimeoutError):
        async with asyncio.timeout(_GOODBYE_LIMIT_S):
            await client(functions.auth.LogOutRequest())


def _facts(known: KnownChat, found: Any | Failure | None) -> GroupFacts:
    match found:
        case Failure(kind=ErrorKind.FORBIDDEN, reason=reason):
            return GroupFacts(known.chat_id, known.title, Standing.ABSENT, error=reason)
        case Failure(reason=reason):
            return GroupFacts(known.chat_id, known.title, Standing.NOT_TOLD, error=reason)
        case types.Channel() | types.Chat():
            return _seen(known.chat_id, found)
        case _:  # channelForbidden, chatForbidden, chatEmpty
            return GroupFacts(known.chat_id, known.title, Standing.ABSENT)


def _seen(chat_id: ChatId, chat: Any) -> GroupFacts:
    """https://core.telegram.org/constructor/channel https://core.telegram.org/constructor/chat"""
    standing, denied, moved_to = Standing.MEMBER, frozenset[Right](), None
    if isinstance(getattr(chat, "migrated_to", None), types.InputChannel):
        standing = Standing.MOVED
        moved_to = ChatId(utils.get_peer_id(types.PeerChannel(chat.migrated_to.channel_id)))
    elif chat.left or getattr(chat, "deactivated", False):
        standing = Standing.ABSENT
    elif getattr(chat, "broadcast", False):
        standing = Standing.NO_GROUP
    elif chat.creator or chat.admin_rights is not None:
        standing = Standing.ADMIN
    else:
        denied = _denied(chat)
    return GroupFacts(
        chat_id,
        chat.title,
        standing,
        denied,
        moved_to,
        username=username_of(chat),
        has_link=bool(getattr(chat, "has_link", None)),
    )


def _denied(chat: Any) -> frozenset[Right]:
    """What is denied to all but admins, and what to the bot. https://core.telegram.org/api/rights"""
    denials = (chat.default_banned_rights, getattr(chat, "banned_rights", None))
    return frozenset(
        right for right in Right for denied in denials if getattr(denied, right.value, False)
    )
