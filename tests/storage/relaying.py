"""The relay's parts on a real database, with a clock and a disk that do as a test says."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, TypeVar

from daemon.core.model import ChatId, TicketNumbers
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.relay.store import Store
from daemon.storage.db import Database
from tests.builders import ADMIN, BOT, STAFF, TEXTS

T = TypeVar("T")

DESK = Desk(
    bot=BOT,
    staff_group=STAFF,
    admins=frozenset({ADMIN.id}),
    texts=TEXTS,
    log_message_text=False,
    staff_allowlist=frozenset(),
    ticket_numbers=TicketNumbers.TIMESTAMP,
    follow_up_s=0,
)


class Time:
    """A clock that a test moves. A sleep takes no time and does what the test wants of it."""

    def __init__(self) -> None:
        self.now_s = 1_737_456_789.0
        self.slept: list[float] = []
        self.during_sleep: Callable[[], object] = lambda: None
        self.random_ids: Iterator[int] = itertools.count(1)

    def clock(self) -> Clock:
        return Clock(
            now_ms=lambda: int(self.now_s * 1000),
            monotonic=lambda: self.now_s,
            sleep=self.sleep,
            random_id=lambda: next(self.random_ids),
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds
        self.during_sleep()
        await asyncio.sleep(0)


class WatchedStore(Store):
    """Notes the transactions that were committed, and calls `after_each` behind each."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self.committed: list[str] = []
        self.busy = False
        self.after_each: Callable[[], object] = lambda: None

    async def __call__(self, name: str, work: Callable[[sqlite3.Connection], T]) -> T:
        self.busy = True
        result = await super().__call__(name, work)
        self.busy = False
        self.committed.append(name)
        self.after_each()
        return result


async def impatient(database: Database) -> None:
    """Wait milliseconds for another's lock, not seconds."""
    await database.transaction("setup", lambda tx: tx.execute("PRAGMA busy_timeout = 5"))


async def pages(database: Database, limit: int) -> None:
    """Let the file grow to so many pages, and call the disk full then."""
    pragma = f"PRAGMA max_page_count = {limit}"
    await database.transaction("setup", lambda tx: tx.execute(pragma).fetchall())


async def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds. Each look is a turn of the loop."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 what it looks at is in a file
            await asyncio.sleep(0)


def select(database: Database, sql: str) -> list[tuple[Any, ...]]:
    """What another process would find there now."""
    with closing(sqlite3.connect(database.path)) as another:
        return another.execute(sql).fetchall()


def a_group(number: int) -> ChatId:
    return ChatId(-1002000000000 - number)
