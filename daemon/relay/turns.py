"""The moment at which a message may go, be it for the first time or again."""

from __future__ import annotations

from daemon.core.model import ChatId
from daemon.core.pacing import Pacer
from daemon.relay.clock import Clock


class Turns:
    def __init__(self, pacer: Pacer, clock: Clock) -> None:
        self._pacer = pacer
        self._clock = clock

    async def __call__(self, destination: ChatId, messages: int) -> None:
        """Return when a message to the destination, or an album of so many, may go; it has to go
        at once then."""
        while (wait_s := self._pacer.go(destination, self._clock.monotonic(), messages)) > 0:
            await self._clock.sleep(wait_s)
