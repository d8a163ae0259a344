"""Time that a test moves, given to the relay in place of the real one."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from daemon.relay.clock import Clock

_QUIET_S = 0.002
_QUIET_TURNS = 20
"""So long, and then for so many turns of the event loop, nobody must have looked at the clock
before it leaps. What goes on within the loop, such as a request on its way to a server of the same
process, needs a few turns, whatever time they take on a busy machine."""


class LeapingClock:
    """Whoever sleeps is woken as soon as nobody has anything else to do: hours pass in moments.

    It leaps from one sleeper's due time to the next and no further, so all of them see the time
    that they would have seen. A leap that comes while something is still under way makes that
    seem slow, and nothing come too early.

    `stride_s`: each leap goes so much further. All oversleep by up to that, and hours pass in fewer
    leaps, whoever sleeps for seconds only."""

    def __init__(self, stride_s: float = 0.0) -> None:
        self._stride_s = stride_s
        self._now = time.time()
        self._looks = 0
        self._numbers = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._asleep = asyncio.Event()
        self._leaps = asyncio.Condition()

    def time(self) -> float:
        """Seconds since the epoch."""
        self._looks += 1
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._looks += 1
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self._now + max(0.0, seconds)
        heapq.heappush(self._sleepers, (due, next(self._numbers), woken))
        self._asleep.set()
        await woken

    def clock(self) -> Clock:
        """The clock as the relay takes it."""
        return Clock(lambda: int(self.time() * 1000), self.time, self.sleep)

    async def passed(self, seconds: float) -> None:
        """Return once so many seconds have passed."""
        due = self._now + seconds
        async with self._leaps:
            await self._leaps.wait_for(lambda: self._now >= due)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[LeapingClock]:
        """Leap for as long as the block lasts."""
        leaping = asyncio.create_task(self._leap_again_and_again())
        try:
            yield self
        finally:
            leaping.cancel()
            await asyncio.wait({leaping})

    async def _leap_again_and_again(self) -> None:
        while True:
            await self._asleep.wait()
            looks = -1
            while looks != self._looks:
                looks = self._looks
                await asyncio.sleep(_QUIET_S)
                for _ in range(_QUIET_TURNS):
                    await asyncio.sleep(0)
            await self._leap()
            while self._sleepers and self._sleepers[0][0] <= self._now:
                await self._leap()

    async def _leap(self) -> None:
        due, _, woken = heapq.heappop(self._sleepers)
        if not self._sleepers:
            self._asleep.clear()
        if woken.cancelled():
            return
        if due > self._now:
            self._now = due + self._stride_s
        woken.set_result(None)
        async with self._leaps:
            self._leaps.notify_all()
