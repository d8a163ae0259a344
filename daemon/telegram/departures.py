"""What goes to Telegram, in as few packets as it fits in.

Telethon sends the acknowledgements of what came right behind each request, in a packet of their
own. Here they wait for the next request and go along with it, unless many have come together.
Where nothing is asked, Telethon's ping takes them along, once a minute.

https://core.telegram.org/mtproto/service_messages_about_messages#acknowledgment-of-receipt
"""

from __future__ import annotations

from typing import Any

from telethon.extensions.messagepacker import MessagePacker
from telethon.network.mtprotosender import MTProtoSender
from telethon.network.requeststate import RequestState
from telethon.tl.types import MsgsAck

MOST_UNACKNOWLEDGED = 100


class Departures(MessagePacker):
    _deque: Any

    def __init__(self, sender: MTProtoSender, loggers: Any) -> None:
        super().__init__(sender._state, loggers)
        self._sender = sender
        self._acknowledgements: list[RequestState] = []
        self._unacknowledged = 0
        """How many messages these are about."""

    def append(self, state: RequestState) -> None:
        if not isinstance(state.request, MsgsAck):
            super().append(state)
            return
        self._acknowledgements.append(state)
        self._unacknowledged += len(state.request.msg_ids)
        if self._unacknowledged >= MOST_UNACKNOWLEDGED:
            self._release()
            self._ready.set()

    def acknowledge(self) -> None:
        """Take over what the sender has collected to be acknowledged."""
        sender = self._sender
        if sender._pending_ack:
            told = RequestState(MsgsAck(list(sender._pending_ack)))
            sender._pending_ack.clear()
            sender._last_acks.append(told)  # to be told again where the salt was wrong
            self.append(told)

    async def get(self) -> Any:
        while not self._deque:
            self._ready.clear()
            await self._ready.wait()
        self.acknowledge()  # the sender itself does so only before it waits here
        self._release()
        return await super().get()

    def _release(self) -> None:
        self._deque.extend(self._acknowledgements)
        self._acknowledgements.clear()
        self._unacknowledged = 0
