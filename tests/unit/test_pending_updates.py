"""The queue of updates: a limit on the wait for them loses none."""

from __future__ import annotations

import asyncio

import pytest

from daemon.telegram.pending_updates import PendingUpdates


async def test_updates_that_come_as_the_wait_for_them_ends_are_not_lost() -> None:
    queue = PendingUpdates()

    async def wait_for_updates() -> object:
        return await queue.get()  # as `asyncio.wait_for` does it since Python 3.12, with a timeout

    waiting = asyncio.create_task(wait_for_updates())
    await asyncio.sleep(0)
    queue.put_nowait("updates")
    waiting.cancel()  # the limit is up in the same turn of the loop
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not queue.empty()
    async with asyncio.timeout(1):
        assert await queue.get() == "updates"


async def test_updates_that_come_before_the_wait_has_begun_end_it() -> None:
    queue = PendingUpdates()
    waiting = asyncio.create_task(queue.get())
    queue.put_nowait("updates")
    async with asyncio.timeout(1):
        assert await waiting == "updates"
    assert queue.empty()
