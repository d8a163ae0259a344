"""Counting what happens, and waiting until it has happened often enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

from tests.loopback.watch import Watch

Key = TypeVar("Key", bound=Hashable)


class Tally(Generic[Key]):
    """How often each thing has happened."""

    def __init__(self) -> None:
        self.counts: Counter[Key] = Counter()
        self._watch = Watch()

    def add(self, key: Key) -> None:
        self.counts[key] += 1
        self._watch.changed()

    async def wait_for(self, key: Key, count: int, within: float) -> None:
        """Return once the thing has happened `count` times in all; `TimeoutError` if it has not
        `within` so many seconds."""
        await self._watch.until(
            lambda: self.counts[key] >= count,
            within,
            lambda: f"{key}: {self.counts[key]} of {count}",
        )
