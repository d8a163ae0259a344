"""Event loops on which an hour does not last an hour.

In one process, client and server on the same loop, idle time is skipped: where nothing comes for a
real millisecond, the clock goes on to whatever is due next. What takes real time (a commit on the
database's thread) may so seem slow; it is never seen out of order. With the relay in a process of
its own nobody can know that all are idle, so there time runs faster for all, by the same factor.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_GRACE_S = 0.001
"""Real seconds without any event after which idle time is skipped."""

_LONGEST_SKIP_S = 5.0
"""Simulated seconds skipped at once: a thread that is at work must not seem to take hours."""


class SimulatedTime:
    """`factor`: simulated seconds in a real one, where no time is skipped."""

    def __init__(self, factor: float | None = None) -> None:
        self.factor = factor or 1.0
        self.skips = factor is None
        """Whether idle time is skipped."""
        self._ahead_s = 0.0

    def now(self) -> float:
        """Simulated seconds, never going back; of processes with the same factor they are the
        same."""
        return time.monotonic() * self.factor + self._ahead_s

    def skip(self, seconds: float) -> None:
        self._ahead_s += seconds

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """`asyncio.run` on a loop with this time."""
        with asyncio.Runner(loop_factory=lambda: _Loop(self)) as runner:
            return runner.run(main)


class _Selector(selectors.DefaultSelector):
    def __init__(self, simulated: SimulatedTime) -> None:
        super().__init__()
        self._time = simulated

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if not self._time.skips:
            return super().select(timeout / self._time.factor)
        ready = super().select(min(timeout, _GRACE_S))
        if not ready and timeout > _GRACE_S:
            self._time.skip(min(timeout, _LONGEST_SKIP_S))
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, simulated: SimulatedTime) -> None:
        self._simulated = simulated
        super().__init__(_Selector(simulated))

    def time(self) -> float:
        return self._simulated.now()
