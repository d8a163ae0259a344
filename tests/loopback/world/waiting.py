"""Waiting for something to happen in a chat, without asking again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.loopback.world.message import StoredMessage

Predicate = Callable[[StoredMessage], bool]


class Watchers:
    """Those who wait for a message; each is told of every message that is new or changed."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[tuple[Predicate, asyncio.Future[StoredMessage]]] = []

    def tell(self, message: StoredMessage) -> None:
        for predicate, found in self._waiting:
            if found.done():
                continue
            try:
                if predicate(message):
                    found.set_result(message)
            except Exception as error:  # noqa: BLE001 - a mistake of the test that waits
                found.set_exception(error)

    async def wait(self, predicate: Predicate, timeout: float) -> StoredMessage:  # noqa: ASYNC109
        """The next message that fulfils the predicate. Raises TimeoutError after `timeout`
        seconds."""
        found: asyncio.Future[StoredMessage] = asyncio.get_running_loop().create_future()
        entry = (predicate, found)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(timeout):
                return await found
        finally:
            self._waiting.remove(entry)
