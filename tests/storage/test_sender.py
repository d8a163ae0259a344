"""The sender's lanes: one for each destination, while there is something to send."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from daemon.core.model import ChatId, LinkRole, MessageKey
from daemon.core.pacing import Limits, Pacer
from daemon.core.sync import KnownChat, Move
from daemon.relay.delivery import Failed, Outcome, Sent
from daemon.relay.sender import Sender
from daemon.storage import moves, tickets
from daemon.storage.db import Database
from daemon.storage.outbox_row import OutboxRow
from tests.builders import ACME, STAFF, TICKET, a_ticket
from tests.storage.drafts import RandomIds, a_draft, put
from tests.storage.relaying import DESK, Time, WatchedStore, select, until


class Telegram:
    """Takes every message, and gives it the next id."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.outcomes: dict[str, Callable[[], Outcome]] = {}
        """By the text of a message; it is sent unless one is here."""

    async def deliver(self, row: OutboxRow, *, left_over: bool) -> tuple[OutboxRow, Outcome]:
        self.sent.append(row.text.text)
        if row.text.text in self.outcomes:
            return row, self.outcomes[row.text.text]()
        return row, Sent((len(self.sent),))

    def top_of(self, sequence: ChatId) -> int:
        return len(self.sent)

    def note_top(self, chat_id: ChatId, msg_id: int) -> None:
        pass

    def server_time_ms(self, local_ms: int) -> int:
        return local_ms


@pytest.mark.parametrize("outcome", [Sent((7,)), Sent(()), Failed("NO_WAY")], ids=str)
async def test_an_outcome_that_cannot_be_noted_costs_only_itself(
    database: Database, outcome: Outcome
) -> None:
    """Somebody deletes a ticket with SQLite's own tool, while its answer is being sent."""
    time, ids = Time(), RandomIds()
    telegram: Any = Telegram()
    pacer = Pacer(Limits(1000, 100_000, 1000))
    store = WatchedStore(database, time.clock())
    sender = Sender(store, telegram, pacer, DESK, time.clock(), telegram, lambda: None)

    def prepare(tx: sqlite3.Connection) -> None:
        tickets.open_ticket(tx, a_ticket(), STAFF, 0)
        answer = {"ticket_id": TICKET, "role": LinkRole.ANSWER, "source": MessageKey(STAFF, 5)}
        put(tx, a_draft("answer", ACME, confirm=True, **answer), ids)
        put(tx, a_draft("behind", ACME), ids)

    def delete_ticket() -> Outcome:
        with closing(sqlite3.connect(database.path)) as another, another:
            another.execute("DELETE FROM tickets")
        return outcome

    telegram.outcomes["answer"] = delete_ticket
    await database.transaction("prepare", prepare)
    task = asyncio.create_task(sender.run())
    try:
        await until(lambda: len(telegram.sent) == 3)
        await until(lambda: not select(database, "SELECT 1 FROM outbox"))
    finally:
        task.cancel()
        await asyncio.wait({task})
    assert sorted(telegram.sent[:2]) == ["answer", "behind"]
    assert "dead letter 1" in telegram.sent[2]
    ((payload, error),) = select(database, "SELECT payload, error FROM dead_letters")
    assert "answer" in payload
    assert "FOREIGN KEY" in error


async def test_what_is_queued_in_the_moment_a_lane_ends_is_sent(database: Database) -> None:
    """The lane has looked for the last time, and still counts as one that runs."""
    time, ids = Time(), RandomIds()
    store = WatchedStore(database, time.clock())
    telegram: Any = Telegram()
    pacer = Pacer(Limits(1000, 100_000, 1000))
    sender = Sender(store, telegram, pacer, DESK, time.clock(), telegram, lambda: None)

    def queue(text: str) -> None:
        with closing(sqlite3.connect(database.path)) as another, another:
            put(another, a_draft(text, ACME), ids)
        sender.wake({ACME})

    def queue_behind_the_last_look() -> None:
        if store.committed.count("settle") == 1 and "late" not in telegram.sent:
            store.after_each = lambda: None
            queue("late")

    store.after_each = queue_behind_the_last_look
    queue("early")
    task = asyncio.create_task(sender.run())
    try:
        await until(lambda: len(telegram.sent) == 2)
    finally:
        task.cancel()
        await asyncio.wait({task})
    assert telegram.sent == ["early", "late"]


async def test_a_claim_that_the_disk_took_back_keeps_no_place(database: Database) -> None:
    """The group moves before the transaction is repeated: the other claim is made elsewhere."""
    old, new = ChatId(-11), ChatId(-1002000000911)
    time, ids = Time(), RandomIds()
    store = WatchedStore(database, time.clock())
    telegram: Any = Telegram()
    pacer = Pacer(Limits(1000, 100_000, 1))
    sender = Sender(store, telegram, pacer, DESK, time.clock(), telegram, lambda: None)
    claims = sender.claims()
    refused = sqlite3.OperationalError("database or disk is full")
    refused.sqlite_errorcode = sqlite3.SQLITE_FULL
    refusals = [refused]

    def move_meanwhile() -> None:
        with closing(sqlite3.connect(database.path)) as another, another:
            moves.follow(another, Move(old, KnownChat(new, "Moved", 1, 1)))

    def queue_and_claim(tx: sqlite3.Connection) -> None:
        put(tx, a_draft("first", old), ids)
        claims.claim(tx, {old})
        if refusals:
            raise refusals.pop()

    time.during_sleep = move_meanwhile
    task = asyncio.create_task(sender.run())
    try:
        await store("queue", queue_and_claim)
        time.during_sleep = lambda: None
        claims.begin()
        await store("queue", lambda tx: put(tx, a_draft("second", ACME), ids))
        sender.wake({ACME})
        await until(lambda: len(telegram.sent) == 2)
    finally:
        task.cancel()
        await asyncio.wait({task})
    assert sorted(telegram.sent) == ["first", "second"]


async def test_what_is_claimed_while_the_relay_stops_is_sent(database: Database) -> None:
    """A transaction has claimed, and the event loop does not know yet."""
    time, ids = Time(), RandomIds()
    store = WatchedStore(database, time.clock())
    telegram: Any = Telegram()
    pacer = Pacer(Limits(1000, 100_000, 1000))
    sender = Sender(store, telegram, pacer, DESK, time.clock(), telegram, lambda: None)
    claims = sender.claims()
    has_claimed, may_commit = threading.Event(), threading.Event()

    def queue_and_claim(tx: sqlite3.Connection) -> None:
        put(tx, a_draft("claimed", ACME), ids)
        put(tx, a_draft("behind", ACME), ids)
        claims.claim(tx, {ACME})
        has_claimed.set()
        may_commit.wait(10)

    async def intake() -> None:
        await store("queue", queue_and_claim)
        claims.begin()

    tasks = {asyncio.create_task(sender.run()), asyncio.create_task(intake())}
    try:
        await asyncio.to_thread(has_claimed.wait, 10)
        drained = asyncio.create_task(sender.drain())
        await asyncio.sleep(0)
        may_commit.set()
        await drained
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    assert telegram.sent == ["claimed"]
    assert select(database, "SELECT state FROM outbox") == [("queued",)]
