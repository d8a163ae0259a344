"""The bare client: makes the relay's sends for the relay's updates, and does nothing else.

    python -m tests.bench.bare CONFIG

No database, no routing, no order, no retries; a dictionary in memory says which group a ticket
came from. What it costs is what receiving and sending cost with Telethon.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from telethon import TelegramClient, events, helpers, utils
from telethon.sessions import MemorySession
from telethon.tl import functions, types

from daemon.config import Config, load
from daemon.connecting import server_of

READY = "ready"
"""What it prints once it is."""

_LINE = "──────────────────────────────\n"
_WRAPPER = f"🎫 Ticket #1737456789000\n📍 From group: Customer 1\n👤 User: @alice\n{_LINE}"
_CONTINUATION = f"💬 Continued message (Ticket #1737456789000)\n👤 User: @alice\n{_LINE}"
_TO_CUSTOMER = "💬 Staff reply (Ticket #1737456789000)\n📢 "
_NAME = "@alice"
_ANSWER = f"{_TO_CUSTOMER}{_NAME}\n{_LINE}"
_COMMAND = "/ask "


class Bare:
    """Customer → staff group, reply in the staff group → customer and a confirmation."""

    def __init__(self, client: TelegramClient, staff_group: int) -> None:
        self._client = client
        self._staff_group = staff_group
        self._peers: dict[int, Any] = {}
        self._tickets: dict[int, tuple[int, int]] = {}
        """Message in the staff group → the customer's message."""
        self._customers: dict[int, int] = {}
        """Customer group → who asked there."""
        self._wrappers: dict[tuple[int, int], int] = {}
        """The bot's message in a customer group → the wrapper."""

    async def on_update(self, update: Any) -> None:
        message = update.message
        if message.out or not isinstance(message, types.Message):
            return
        chat_id = utils.get_peer_id(message.peer_id)
        reply_to = message.reply_to.reply_to_msg_id if message.reply_to else None
        if chat_id != self._staff_group:
            await self._from_customer(chat_id, message, reply_to)
        elif reply_to in self._tickets:
            await self._from_staff(message, reply_to)

    async def _from_customer(self, chat_id: int, message: Any, reply_to: int | None) -> None:
        wrapper = self._wrappers.get((chat_id, reply_to)) if reply_to else None
        if wrapper is None and not message.message.startswith(_COMMAND):
            return
        text = message.message.removeprefix(_COMMAND)
        header = _WRAPPER if wrapper is None else _CONTINUATION
        sent = await self._send(self._staff_group, header + text, wrapper)
        self._tickets[sent] = chat_id, message.id
        self._customers[chat_id] = message.from_id.user_id

    async def _from_staff(self, message: Any, reply_to: int) -> None:
        if not message.message.startswith("/"):
            group, question = self._tickets[reply_to]
            customer = types.InputUser(self._customers[group], 0)
            where = helpers.add_surrogate(_TO_CUSTOMER)
            mention = types.InputMessageEntityMentionName(len(where), len(_NAME), customer)
            answer = await self._send(group, _ANSWER + message.message, question, [mention])
            self._wrappers[group, answer] = reply_to
        await self._send(self._staff_group, "✅ Reply sent", message.id)

    async def _send(
        self, chat_id: int, text: str, reply_to: int | None, entities: Sequence[Any] = ()
    ) -> int:
        peer = self._peers.get(chat_id)
        if peer is None:
            peer = self._peers[chat_id] = await self._client.get_input_entity(chat_id)
        target = types.InputReplyToMessage(reply_to) if reply_to else None
        updates = await self._client(
            functions.messages.SendMessageRequest(
                peer,
                text,
                reply_to=target,
                random_id=helpers.generate_random_long(),
                entities=list(entities),
            )
        )
        sent_id: int = next(u.id for u in updates.updates if isinstance(u, types.UpdateMessageID))
        return sent_id


@asynccontextmanager
async def relaying(config: Config) -> AsyncIterator[None]:
    """A bare client at work."""
    telegram = config.telegram
    session = MemorySession()
    server = server_of(telegram)
    assert server is not None
    server.introduce_to(session)
    client = TelegramClient(session, telegram.api_id, telegram.api_hash.reveal())
    bare = Bare(client, config.relay.staff_group)
    client.add_event_handler(bare.on_update, events.Raw(types.UpdateNewChannelMessage))
    await client.start(bot_token=telegram.bot_token.reveal())
    try:
        yield
    finally:
        await client.disconnect()


async def _run(config: Config) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with relaying(config):
        print(READY, flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_run(load(Path(sys.argv[1]))))
