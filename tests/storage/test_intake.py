"""The intake: messages and state in one transaction, whatever the disk does."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest

from daemon.core.model import MessageKey
from daemon.core.sync import AccountState, Batch, Gap, KnownChat, SentId
from daemon.core.text import Text
from daemon.relay.intake import Intake
from daemon.storage import outbox
from daemon.storage.db import Database
from tests.builders import ACME, an_inbound
from tests.storage.drafts import RandomIds, a_draft
from tests.storage.relaying import Time, WatchedStore, impatient, pages, select


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def store(database: Database, time: Time) -> WatchedStore:
    return WatchedStore(database, time.clock())


@pytest.fixture
def intake(store: WatchedStore, time: Time) -> Intake:
    return Intake(store, time.clock())


@asynccontextmanager
async def running(intake: Intake) -> AsyncIterator[None]:
    task = asyncio.create_task(intake.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def state(pts: int) -> AccountState:
    return AccountState(pts, 0, 1_700_000_000, 0)


def a_batch(number: int, **more: object) -> Batch:
    """One message, and the state that holds behind it."""
    message = an_inbound(f"number {number}", key=MessageKey(ACME, number))
    return Batch(messages=[message], account=state(number), tops={ACME: number}, **more)  # type: ignore[arg-type]


def stored(database: Database) -> tuple[int, list[int]]:
    """The state and the messages, as another process would find them now."""
    ((pts,),) = select(database, "SELECT coalesce(max(pts), 0) FROM account_state")
    return pts, [
        msg_id for (msg_id,) in select(database, "SELECT msg_id FROM inbox ORDER BY msg_id")
    ]


async def test_a_batch_is_stored_with_its_state(database: Database, intake: Intake) -> None:
    async with running(intake):
        await intake.take(a_batch(1))
        await intake.stored()
    assert stored(database) == (1, [1])


LONE_SURROGATE = Text("\ud83d")
"""No text that JSON or Telegram can carry."""


async def test_what_cannot_be_stored_costs_only_itself(database: Database, intake: Intake) -> None:
    odd = an_inbound(LONE_SURROGATE, key=MessageKey(ACME, 2))
    batch = a_batch(1)
    batch.messages += [odd, an_inbound("after", key=MessageKey(ACME, 3))]
    batch.sent_ids.append(SentId(2**64, 7))
    batch.account = state(3)
    async with running(intake):
        await intake.take(batch)
        await intake.stored()
    assert stored(database) == (3, [0, 1, 2, 3])
    rows = select(database, "SELECT msg_id, payload FROM inbox WHERE kind = 'unreadable'")
    errors = {msg_id: json.loads(payload)["error"] for msg_id, payload in rows}
    assert "UnicodeEncodeError" in errors[2]
    assert "OverflowError" in errors[0]


async def test_many_batches_need_few_commits(
    database: Database, intake: Intake, store: WatchedStore
) -> None:
    for number in range(1, 501):
        await intake.take(a_batch(number))
    async with running(intake):
        await intake.stored()
    assert stored(database) == (500, list(range(1, 501)))
    assert store.committed == ["inbox"]


async def test_the_state_is_never_ahead_of_the_messages(
    database: Database, intake: Intake, store: WatchedStore
) -> None:
    seen: list[int] = []

    def look() -> None:
        pts, messages = stored(database)
        assert messages == list(range(1, pts + 1))
        seen.append(pts)

    store.after_each = look
    async with running(intake):
        for number in range(1, 61):
            await intake.take(a_batch(number))
            if number % 7 == 0:
                await intake.stored()
        await intake.stored()
    assert seen[-1] == 60
    assert len(seen) > 5


@pytest.mark.parametrize("limit", [0, 1, 3])
async def test_a_full_disk_leaves_both_or_neither_and_is_waited_out(
    database: Database, intake: Intake, time: Time, limit: int
) -> None:
    ((used,),) = select(database, "PRAGMA page_count")
    await pages(database, used + limit)
    room = asyncio.Event()

    def look() -> None:
        assert stored(database) == (0, [])
        if len(time.slept) == 3:
            room.set()

    time.during_sleep = look
    for number in range(1, 301):
        await intake.take(a_batch(number))
    async with running(intake):
        await room.wait()
        await pages(database, 100_000)
        await intake.stored()
    assert stored(database) == (300, list(range(1, 301)))


async def test_a_lock_of_another_process_is_waited_out(
    database: Database, intake: Intake, time: Time
) -> None:
    await impatient(database)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")

        def give_up_the_lock() -> None:
            if len(time.slept) == 3:
                another.execute("ROLLBACK")

        time.during_sleep = give_up_the_lock
        async with running(intake):
            await intake.take(a_batch(1))
            await intake.stored()
    assert stored(database) == (1, [1])
    assert len(time.slept) == 3
    assert time.slept == sorted(time.slept)


async def test_what_comes_while_the_disk_refuses_is_stored_afterwards_in_order(
    database: Database, intake: Intake, time: Time
) -> None:
    await impatient(database)
    told: list[int] = []
    intake.tell(lambda _: None, lambda batch, _: told.extend(m.key.msg_id for m in batch.messages))
    with closing(sqlite3.connect(database.path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        refused = asyncio.Event()
        time.during_sleep = refused.set
        async with running(intake):
            await intake.take(a_batch(1))
            await refused.wait()
            await intake.take(a_batch(2))
            await intake.take(a_batch(3))
            assert told == []
            another.execute("ROLLBACK")
            await intake.stored()
    assert stored(database) == (3, [1, 2, 3])
    assert told == [1, 2, 3]


async def test_a_state_without_a_message_waits_for_the_next_one(
    database: Database, intake: Intake, store: WatchedStore
) -> None:
    async with running(intake):
        await intake.take(Batch(account=state(8), pts={ACME: 80}))
        await intake.take(Batch(account=state(9), chats={ACME: KnownChat(ACME, "Acme", 1)}))
        await intake.stored()
        assert stored(database) == (0, [])
        await intake.take(a_batch(10))
        await intake.stored()
    assert stored(database) == (10, [10])
    assert select(database, "SELECT title, pts FROM chats") == [("Acme", 80)]
    assert store.committed == ["inbox"]


async def test_a_state_without_a_message_is_stored_after_a_while_and_at_the_end(
    database: Database, intake: Intake, time: Time
) -> None:
    async with running(intake):
        await intake.take(Batch(account=state(8)))
        await intake.stored()
        assert stored(database) == (0, [])
        time.now_s += 31
        await intake.take(Batch(account=state(9)))
        await intake.stored()
        assert stored(database) == (9, [])
        await intake.take(Batch(account=state(10)))
        await intake.stored()
    await intake.flush()
    assert stored(database) == (10, [])


async def test_gaps_and_told_ids_are_stored_at_once(database: Database, intake: Intake) -> None:
    ids = RandomIds()
    await database.transaction("put", lambda tx: outbox.put(tx, a_draft(), ids, 0))
    async with running(intake):
        await intake.take(Batch(account=state(5), gaps=[Gap(ACME, 3, 9)]))
        await intake.stored()
        assert stored(database)[0] == 5
        await intake.take(Batch(account=state(6), sent_ids=[SentId(ids.drawn[0], 77)]))
        await intake.stored()
    assert stored(database)[0] == 6
    assert select(database, "SELECT chat_id, next_id, last_id FROM gaps") == [(ACME, 3, 9)]
    assert select(database, "SELECT msg_id FROM outbox_parts") == [(77,)]


async def test_cancelled_within_the_commit_nothing_is_lost_or_doubled(
    database: Database, intake: Intake
) -> None:
    holding, may_go_on = threading.Event(), threading.Event()

    def hold(_tx: sqlite3.Connection) -> None:
        holding.set()
        assert may_go_on.wait(10)

    held = asyncio.create_task(database.transaction("hold", hold))
    await asyncio.to_thread(holding.wait, 10)
    task = asyncio.create_task(intake.run())
    await intake.take(a_batch(1))
    for _ in range(5):  # until its transaction waits behind the one that holds
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    may_go_on.set()
    await held
    await intake.flush()
    assert stored(database) == (1, [1])
