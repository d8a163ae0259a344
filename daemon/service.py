"""What the service manager is told: time for the start, how the relay stands, that it is alive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from daemon.core.standing import Standing
from daemon.health import Notifier, watchdog_interval_s
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.pulse import Pulse

log = structlog.get_logger()

_STATUS_INTERVAL_S = 2.0

_MORE_TIME_S = 60.0
"""Asked for again and again while the start goes on; far more than the event loop may be busy."""
_ASKED_EVERY_S = 10.0


class Attendance:
    """Its coroutines run until they are cancelled."""

    def __init__(self, notifier: Notifier, clock: Clock) -> None:
        self._notifier = notifier
        self._clock = clock
        self.remark = ""
        """What is to be read beside how the relay stands."""
        self._told = ""

    @asynccontextmanager
    async def asking_for_time(self) -> AsyncIterator[None]:
        """Around a start, which may take long: Telegram, a migration. No longer than the event
        loop turns."""
        asking = asyncio.create_task(self._ask_for_time())
        try:
            yield
        finally:
            asking.cancel()

    async def _ask_for_time(self) -> None:
        while True:
            self._notifier.extend_timeout(_MORE_TIME_S)
            await self._clock.sleep(_ASKED_EVERY_S)

    async def feed_watchdog(self, pulse: Pulse) -> None:
        """Where the manager wants to know: while the event loop turns, and with it the parts that
        everything goes through."""
        interval_s = watchdog_interval_s()
        while interval_s is not None:
            standing = pulse.standing()
            if standing:
                log.error(events.PARTS_STAND, parts=standing, for_s=interval_s)
            else:
                self._notifier.watchdog()
            await self._clock.sleep(interval_s)

    async def tell_standing(self, stand: Callable[[], Awaitable[Standing]]) -> None:
        """In `systemctl status`, whenever it changed."""
        while self._notifier.listens:
            line = ", ".join(filter(None, [(await stand()).line(), self.remark]))
            if line != self._told:
                self._tell(line)
            await self._clock.sleep(_STATUS_INTERVAL_S)

    def tell_trouble(self, line: str) -> None:
        """What keeps the relay from all else, which cannot even tell how it stands."""
        if line != self._told:
            self._tell(line)

    def _tell(self, line: str) -> None:
        self._notifier.status(line)
        self._told = line
