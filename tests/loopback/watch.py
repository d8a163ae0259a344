"""Waiting until something holds, without asking again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Watch:
    """Wakes those who wait for a condition whenever it may have come to hold."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def changed(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(
        self, holds: Callable[[], bool], within: float, describe: Callable[[], str]
    ) -> None:
        """Return once `holds()`; `TimeoutError` with `describe()` if it does not `within` so many
        seconds."""
        try:
            async with asyncio.timeout(within):
                while not holds():
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiters.add(waiter)
                    try:
                        await waiter
                    finally:
                        self._waiters.discard(waiter)
        except TimeoutError:
            raise TimeoutError(f"{describe()} within {within} s") from None
