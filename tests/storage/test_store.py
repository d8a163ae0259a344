"""What the store tries again, and what ends the run."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from daemon.relay.clock import Clock
from daemon.relay.store import Store
from daemon.storage.db import Database
from tests.storage.relaying import Time, impatient


def insert(tx: sqlite3.Connection) -> None:
    tx.execute("INSERT INTO customer_groups VALUES (-1, 0)")


@pytest.mark.parametrize(
    "sql, error",
    [
        ("SELECT * FROM no_such_table", "no such table"),
        ("SELECT no_such_column FROM tickets", "no such column"),
        ("SELEKT", "syntax error"),
        ("BEGIN", "within a transaction"),
    ],
)
async def test_an_error_of_the_program_is_raised_at_once(
    database: Database, sql: str, error: str
) -> None:
    time = Time()
    store = Store(database, time.clock())
    with pytest.raises(sqlite3.OperationalError, match=error):
        await store("odd", lambda tx: tx.execute(sql))
    assert not time.slept


async def test_what_another_holds_is_tried_again_and_told(database: Database) -> None:
    time = Time()
    told: list[str] = []
    store = Store(database, time.clock(), told.append)
    await impatient(database)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        time.during_sleep = lambda: another.execute("ROLLBACK")
        await store("insert", insert)
    assert told == ["The database takes nothing in, and nothing goes on: database is locked"]
    assert len(time.slept) == 1


async def test_a_database_that_may_only_be_read_is_tried_again(database: Database) -> None:
    """Its error has an extended code."""

    async def set_read_only(setting: int) -> None:
        pragma = f"PRAGMA query_only = {setting}"
        await database._on_thread(lambda connection: connection.execute(pragma))

    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            await set_read_only(0)

    await set_read_only(1)
    await Store(database, Clock(sleep=sleep))("insert", insert)
    assert slept == [0.1, 0.2, 0.4]
