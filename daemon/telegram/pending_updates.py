"""The updates that have come and are not taken in yet, and the bound on how many these are.

Telethon reads the line as fast as anything comes over it, and keeps what its update loop has not
come to: after a busy hour missed, or while a disk is slow, that is the memory of the whole machine.
Here the line is not read on while too many wait. The system's own buffers then fill up, and TCP
makes Telegram wait; nothing is thrown away that would have to be asked for.

But what the update loop itself waits for comes over the same line, behind the updates: a line that
is never read is a line without answers. So

- while the update loop waits for an answer, such as a difference, the line is read however many
  updates wait, since nothing else could make them fewer: as far as the answer, which is what the
  system's buffers held before it;
- while it is at work, the next packet is read whenever fewer wait, and answers to sends that are
  under way come in their turn behind what Telegram sent before them;
- while it stands still, since the disk does not take what it hands over, one packet is read each
  `_LONGEST_PAUSE_S` all the same, so that a line with something on it is not taken for a silent one
  (`Line.heard_at`). An answer that comes too late by that has its line cut, as on any slow line:
  the new one brings it first, and a difference brings the rest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MOST = 200
"""So many updates wait at most, beside those that one packet brings together; each takes up some
5 kB, with the people and the chat that it brings."""

_LONGEST_PAUSE_S = 1.0


class PendingUpdates:
    """Takes the place of the queue between Telethon's receiving loop and its update loop, which
    alone gets from it."""

    def __init__(self) -> None:
        self._updates: deque[Any] = deque()
        self._came = asyncio.Event()
        self._room = asyncio.Event()
        self._is_asking = False

    def __len__(self) -> int:
        return len(self._updates)

    def put_nowait(self, updates: Any) -> None:
        self._updates.append(updates)
        self._came.set()

    async def put(self, updates: Any) -> None:
        self.put_nowait(updates)

    async def get(self) -> Any:
        """The next updates. They stay here until they are really taken: the update loop waits
        with a limit, which may be up in the same turn of the event loop in which they come."""
        while not self._updates:
            self._came.clear()
            await self._came.wait()
        updates = self._updates.popleft()
        if len(self._updates) < MOST:
            self._room.set()
        return updates

    def empty(self) -> bool:
        return not self._updates

    @contextmanager
    def asking(self) -> Iterator[None]:
        """While the update loop waits for an answer of Telegram's."""
        self._is_asking = True
        self._room.set()
        try:
            yield
        finally:
            self._is_asking = False

    async def room(self) -> None:
        """Return once more may be read from the line."""
        if len(self._updates) < MOST or self._is_asking:
            return
        self._room.clear()
        try:
            async with asyncio.timeout(_LONGEST_PAUSE_S):
                await self._room.wait()
        except TimeoutError:
            pass
