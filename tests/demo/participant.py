"""One of the people: a Telethon client that signs in by phone, writes, keeps what it is sent."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from telethon import TelegramClient, errors, events, utils
from telethon.crypto import rsa
from telethon.sessions import MemorySession
from telethon.tl import types

from tests.demo.failure import DemoFailure
from tests.demo.seen import GroupSeen, Mention, SeenMessage, seen_message

API_ID = 12345
API_HASH = "d41d8cd98f00b204e9800998ecf8427e"

Wanted = Callable[[SeenMessage], bool]

_MESSAGES = (types.UpdateNewChannelMessage, types.UpdateEditChannelMessage)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a client finds the loopback Telegram, and how it knows it."""

    host: str
    port: int
    dc_id: int
    public_key_pem: str


class Participant:
    """`async with Participant(…) as alice:` signs in and opens the list of chats."""

    def __init__(
        self,
        server: Server,
        phone: str,
        code: str,
        on_message: Callable[[SeenMessage], None] | None = None,
    ) -> None:
        """`on_message` is told of every message, the person's own and edits included."""
        rsa.add_key(server.public_key_pem, old=False)
        session = MemorySession()
        session.set_dc(server.dc_id, server.host, server.port)
        self._client = TelegramClient(session, API_ID, API_HASH, sequential_updates=True)
        self._client.add_event_handler(self._receive, events.Raw(_MESSAGES))
        self._phone = phone
        self._code = code
        self._on_message = on_message
        self._known: dict[int, Any] = {}
        self._chats: dict[str, Any] = {}
        self._seen: dict[int, dict[int, SeenMessage]] = {}
        self._news = asyncio.Condition()
        self.id = 0
        self.name = ""

    async def __aenter__(self) -> Participant:
        try:
            await self._sign_in()
        except BaseException:
            await self._client.disconnect()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._client.disconnect()

    async def _sign_in(self) -> None:
        await self._client.connect()
        await self._client.send_code_request(self._phone)
        me = await self._client.sign_in(self._phone, self._code)
        self.id, self.name = me.id, utils.get_display_name(me)
        self._known[me.id] = me
        async for dialog in self._client.iter_dialogs():
            self._chats[dialog.name] = dialog.entity
            self._known[dialog.id] = dialog.entity

    def group(self, title: str) -> GroupSeen:
        """A group of the person's list of chats."""
        entity = self._chats.get(title)
        if entity is None:
            raise DemoFailure(f"{self.name} is not in the group “{title}”")
        return GroupSeen(utils.get_peer_id(entity), title, self.name)

    async def say(
        self,
        group: GroupSeen,
        text: str,
        *,
        reply_to: int | None = None,
        photo: bytes | None = None,
    ) -> SeenMessage:
        """Write to a group; the words are sent as they are, with no markup in them."""
        entity = self._chats[group.title]
        if photo is None:
            sent = await self._client.send_message(entity, text, reply_to=reply_to, parse_mode=None)
        else:
            file = io.BytesIO(photo)
            file.name = "screenshot.png"  # Telethon tells pictures by the name
            sent = await self._client.send_file(
                entity, file, caption=text, reply_to=reply_to, parse_mode=None
            )
        message = self._take_in(sent)
        async with self._news:
            self._news.notify_all()
        return message

    def messages(self, group: GroupSeen) -> list[SeenMessage]:
        """What the person has seen in a group since signing in, oldest first."""
        seen = self._seen.get(group.chat_id, {})
        return [seen[message_id] for message_id in sorted(seen)]

    async def sees(self, group: GroupSeen, wanted: Wanted) -> SeenMessage:
        """The first message that is wanted, of those seen and those to come."""

        def found() -> SeenMessage | None:
            return next(filter(wanted, self.messages(group)), None)

        async with self._news:
            await self._news.wait_for(found)
        message = found()
        assert message is not None
        return message

    async def has_seen_all(self, group: GroupSeen) -> None:
        """Return once everything that the group's history holds since the first message the
        person saw has come by itself, as an update."""
        history = await self._client.get_messages(self._chats[group.title], limit=100)
        first = min(self._seen.get(group.chat_id, ()), default=0)
        ids = {m.id for m in history if m.id >= first and isinstance(m, types.Message)}
        async with self._news:
            await self._news.wait_for(lambda: ids <= self._seen.get(group.chat_id, {}).keys())

    async def whom(self, message: SeenMessage, mention: Mention) -> int | None:
        """The id of the user that a mention means, None if it means nobody."""
        if mention.user_id is not None:
            return mention.user_id
        username = message.text[mention.start : mention.end]
        with contextlib.suppress(ValueError, errors.RPCError):
            return int(await self._client.get_peer_id(username))
        return None

    async def download(self, message: SeenMessage) -> bytes:
        """The content of a message's photo or document, in its full size."""
        return bytes(await self._client.download_media(message.media, file=bytes))

    async def _receive(self, update: Any) -> None:
        if not isinstance(update.message, types.Message):
            return  # somebody came or went
        self._known.update(update._entities)
        self._take_in(update.message)
        async with self._news:
            self._news.notify_all()

    def _take_in(self, message: Any) -> SeenMessage:
        seen = seen_message(message, self._known)
        self._seen.setdefault(seen.chat_id, {})[seen.id] = seen
        if self._on_message is not None:
            self._on_message(seen)
        return seen
