"""Transactions: all or nothing, whatever happens to them or to who waits for them."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from daemon.storage.db import CHECKPOINT_PAGES, Database


class Outside(BaseException):
    """An error that is no `Exception`, like the end of an interpreter."""


def a_row(tx: sqlite3.Connection, number: int) -> None:
    tx.execute("INSERT INTO gaps (chat_id, next_id, last_id) VALUES (?, 1, 2)", (number,))


def both(first: int = 1, between: Callable[[], object] = lambda: None) -> Any:
    """A transaction that writes two rows, the first and the one after it."""

    def work(tx: sqlite3.Connection) -> str:
        a_row(tx, first)
        between()
        a_row(tx, first + 1)
        return "done"

    return work


async def rows(database: Database) -> list[int]:
    def read(tx: sqlite3.Connection) -> list[int]:
        return [row[0] for row in tx.execute("SELECT chat_id FROM gaps ORDER BY chat_id")]

    return await database.transaction("read", read)


def raising(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


async def test_a_transaction_returns_what_its_work_returns_and_is_stored(
    database: Database,
) -> None:
    assert await database.transaction("both", both()) == "done"
    with closing(sqlite3.connect(database.path)) as another:
        assert another.execute("SELECT count(*) FROM gaps").fetchone() == (2,)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        sqlite3.IntegrityError("x"),
        asyncio.CancelledError(),
        GeneratorExit(),
        Outside(),
    ],
    ids=repr,
)
async def test_an_error_undoes_everything_and_is_raised(
    database: Database, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        await database.transaction("both", both(between=raising(error)))
    assert await rows(database) == []
    await database.transaction("both", both())
    assert await rows(database) == [1, 2]


async def test_an_exhausted_iterator_is_an_error_like_any_other(database: Database) -> None:
    """A future takes no `StopIteration`: whoever waits for it would wait for ever."""
    with pytest.raises(RuntimeError):
        async with asyncio.timeout(5):
            await database.transaction("both", both(between=raising(StopIteration())))
    assert await rows(database) == []


async def test_an_error_at_the_commit_undoes_everything_and_is_raised(database: Database) -> None:
    def work(tx: sqlite3.Connection) -> None:
        a_row(tx, 1)
        tx.execute("PRAGMA defer_foreign_keys = ON")
        tx.execute(
            "INSERT INTO links (chat_id, msg_id, ticket_id, role) VALUES (1, 1, 404, 'answer')"
        )

    with pytest.raises(sqlite3.IntegrityError):
        await database.transaction("dangling", work)
    assert await rows(database) == []


async def test_a_lock_held_by_another_process_is_an_error_and_no_more(database: Database) -> None:
    await database.transaction("patience", lambda tx: tx.execute("PRAGMA busy_timeout = 20"))
    with closing(sqlite3.connect(database.path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await database.transaction("both", both())
        another.execute("ROLLBACK")
    await database.transaction("both", both())
    assert await rows(database) == [1, 2]


async def test_a_full_disk_is_an_error_and_no_more(database: Database) -> None:
    def fill(tx: sqlite3.Connection) -> None:
        for number in range(100_000):
            a_row(tx, number)

    await database.transaction("limit", lambda tx: tx.execute("PRAGMA max_page_count = 40"))
    with pytest.raises(sqlite3.OperationalError, match="full"):
        await database.transaction("fill", fill)
    await database.transaction("limit", lambda tx: tx.execute("PRAGMA max_page_count = 100000"))
    await database.transaction("both", both())
    assert await rows(database) == [1, 2]


# --- a caller that is cancelled ---


@contextmanager
def held() -> Iterator[tuple[threading.Event, threading.Event]]:
    """Two signals: the work has come to its middle; it may go on."""
    reached, may_go_on = threading.Event(), threading.Event()
    try:
        yield reached, may_go_on
    finally:
        may_go_on.set()


def wait_there(reached: threading.Event, may_go_on: threading.Event) -> Callable[[], None]:
    def wait() -> None:
        reached.set()
        assert may_go_on.wait(10)

    return wait


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled_in_the_middle_it_is_stored_whole(database: Database) -> None:
    with held() as (reached, may_go_on):
        work = both(between=wait_there(reached, may_go_on))
        task = asyncio.create_task(database.transaction("both", work))
        await asyncio.to_thread(reached.wait, 10)
        await cancelled(task)
    assert await rows(database) == [1, 2]


async def test_cancelled_while_it_waits_for_its_turn_it_is_stored_whole(
    database: Database,
) -> None:
    with held() as (reached, may_go_on):
        work = both(between=wait_there(reached, may_go_on))
        first = asyncio.create_task(database.transaction("both", work))
        await asyncio.to_thread(reached.wait, 10)
        second = asyncio.create_task(database.transaction("both", both(11)))
        await asyncio.sleep(0)
        await cancelled(second)
        may_go_on.set()
        await first
    assert await rows(database) == [1, 2, 11, 12]


async def test_cancelled_and_failing_it_leaves_nothing(database: Database) -> None:
    with held() as (reached, may_go_on):
        wait = wait_there(reached, may_go_on)

        def wait_and_fail() -> None:
            wait()
            raise ValueError

        task = asyncio.create_task(database.transaction("both", both(between=wait_and_fail)))
        await asyncio.to_thread(reached.wait, 10)
        await cancelled(task)
    assert await rows(database) == []


@pytest.mark.parametrize("steps", range(6))
async def test_cancelled_at_any_step_of_the_loop_it_is_whole_or_not_there(
    database: Database, steps: int
) -> None:
    tasks = [
        asyncio.create_task(database.transaction("both", both(number)))
        for number in range(0, 100, 10)
    ]
    for _ in range(steps):
        await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    found = await rows(database)
    assert {number for number in found if number % 10 == 0} == {n - 1 for n in found if n % 10}
    assert set(found) >= {number + extra for number in range(10, 100, 20) for extra in (0, 1)}


async def test_transactions_never_fall_between_each_others_statements(database: Database) -> None:
    def count_up(tx: sqlite3.Connection) -> None:
        (seen,) = tx.execute("SELECT count(*) FROM gaps").fetchone()
        a_row(tx, seen)

    await asyncio.gather(*(database.transaction("count", count_up) for _ in range(30)))
    assert await rows(database) == list(range(30))


# --- the file ---


async def test_what_is_stored_is_on_the_disk(database: Database) -> None:
    """FULL: a commit is not lost with the power; in WAL mode NORMAL would lose it."""

    def read(tx: sqlite3.Connection) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [tx.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert await database.transaction("read", read) == ["wal", 2, 1]


async def test_the_log_does_not_grow_without_end(database: Database) -> None:
    """It is copied into the database, which takes from it what each page is at last."""

    def write(tx: sqlite3.Connection) -> None:
        letter = (0, 0, "x", "x" * 4096 * 500, "x", 0)
        tx.execute("INSERT INTO dead_letters VALUES (NULL, ?, ?, ?, ?, ?, ?)", letter)

    for _ in range(20):
        await database.transaction("write", write)
    log = database.path.with_name(f"{database.path.name}-wal")
    assert log.stat().st_size < 2 * CHECKPOINT_PAGES * 4096


async def test_files_and_folder_are_for_the_relay_alone(tmp_path: Path) -> None:
    old_mask = os.umask(0)
    try:
        database = await Database.open(tmp_path / "state" / "tickets.db")
        await database.transaction("both", both())
        files = {
            file.name: stat.S_IMODE(file.stat().st_mode) for file in database.path.parent.iterdir()
        }
        folder = stat.S_IMODE(database.path.parent.stat().st_mode)
        await database.close()
    finally:
        os.umask(old_mask)
    assert files == {"tickets.db": 0o600, "tickets.db-wal": 0o600, "tickets.db-shm": 0o600}
    assert folder == 0o700


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    path.write_text("Dear diary, " * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        await Database.open(path)
    assert path.read_text().startswith("Dear diary, ")


async def test_what_was_stored_is_there_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    for start in (1, 11):
        database = await Database.open(path)
        await database.transaction("both", both(start))
        await database.close()
    database = await Database.open(path)
    assert await rows(database) == [1, 2, 11, 12]
    await database.close()


async def test_a_transaction_announces_its_steps(database: Database) -> None:
    steps: list[str] = []
    listening = True

    def listen(event: str, values: tuple[Any, ...]) -> None:
        if listening and event == "ticket_relay.transaction":
            steps.append(" ".join(values))

    sys.addaudithook(listen)  # there is no way to remove it again
    await database.transaction("good", both())
    with pytest.raises(ValueError, match="x"):
        await database.transaction("bad", both(11, raising(ValueError("x"))))
    listening = False
    assert steps == ["good begin", "good commit", "good done", "bad begin"]
