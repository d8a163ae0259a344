"""How far updates are read, as the client knows it and as Telegram does.

https://core.telegram.org/api/updates#message-related-event-sequences
"""

from __future__ import annotations

from telethon.tl import functions

from daemon.core.model import ChatId
from daemon.core.sync import ACCOUNT
from daemon.telegram.calls import Calls
from daemon.telegram.client import RelayClient


class Reading:
    """See `daemon.relay.alarm.Reading`."""

    def __init__(self, client: RelayClient, calls: Calls) -> None:
        self._client = client
        self._calls = calls

    @property
    def troubles(self) -> int:
        return self._client.reconnects + self._client.refusals

    @property
    def is_up(self) -> bool:
        return self._client.line is not None

    def watched(self) -> list[ChatId]:
        chats = self._client.session.known_chats.values()
        return [chat.chat_id for chat in chats if chat.access_hash is not None]

    def owed(self) -> set[ChatId]:
        return self._client.owed()

    def ours(self, sequence: ChatId) -> int | None:
        return self._client.pts_of(sequence)

    async def theirs(self, sequence: ChatId) -> int:
        """Raises `RequestFailed`, `SessionRefused`."""
        if sequence == ACCOUNT:
            state = await self._calls.answer_to(functions.updates.GetStateRequest())
            return int(state.pts)
        channel = self._calls.input_channel(sequence)
        full = await self._calls.answer_to(functions.channels.GetFullChannelRequest(channel))
        return int(full.full_chat.pts)
