"""Counting what happens, and waiting until it has happened often enough."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Tally(Generic[Key]):
    """How often each thing has happened."""

    def __init__(self) -> None:
        self.counts: Counter[Key] = Counter()
        self._waiters: list[tuple[Key, int, asyncio.Future[None]]] = []

    def add(self, key: Key) -> None:
        self.counts[key] += 1
        for awaited, count, future in self._waiters:
            if awaited == key and count <= self.counts[key] and not future.done():
                future.set_result(None)

    async def wait_for(self, key: Key, count: int, within: float) -> None:
        """Return once the thing has happened `count` times in all; `TimeoutError` if it has not
        `within` so many seconds."""
        if self.counts[key] >= count:
            return
        waiter = key, count, asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(within):
                await waiter[2]
        except TimeoutError:
            seen = self.counts[key]
            raise TimeoutError(f"{key}: {seen} of {count} within {within} s") from None
        finally:
            self._waiters.remove(waiter)
