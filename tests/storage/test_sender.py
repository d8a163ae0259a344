"""The sender's lanes: one for each destination, while there is something to send."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

from daemon.core.model import ChatId
from daemon.core.pacing import Limits, Pacer
from daemon.relay.delivery import Sent
from daemon.relay.sender import Sender
from daemon.storage.db import Database
from daemon.storage.outbox import OutboxRow
from tests.builders import ACME
from tests.storage.drafts import RandomIds, a_draft, put
from tests.storage.relaying import DESK, Time, WatchedStore, until


class Telegram:
    """Takes every message, and gives it the next id."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def deliver(self, row: OutboxRow, *, left_over: bool) -> tuple[OutboxRow, Sent]:
        self.sent.append(row.text.text)
        return row, Sent((len(self.sent),))

    def top_of(self, sequence: ChatId) -> int:
        return len(self.sent)

    def note_top(self, chat_id: ChatId, msg_id: int) -> None:
        pass

    def server_time_ms(self, local_ms: int) -> int:
        return local_ms


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
