"""One SQLite connection, its transactions and its schema.

A transaction is one function run as a whole on aiosqlite's thread: one thread hop in place of
one per statement, and no other task's statement can fall between two of its own. A caller that
is cancelled leaves the transaction to finish, whole, on the thread.

A transaction announces its steps as audit events (`sys.audit`): `ticket_relay.transaction` with
the transaction's name and `begin`, `commit` or `done`. Nothing listens by default.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

import aiosqlite

T = TypeVar("T")

BUSY_TIMEOUT_S = 5.0
"""How long another's transaction is waited for."""


CHECKPOINT_PAGES = 4000
"""The log is copied into the database whenever it has so many pages, 16 MB: a conversation writes
the same few over and over, and each time all but the last are copied for nothing. It is synced at
each commit all the same. https://www.sqlite.org/wal.html#automatic_checkpoint"""

_MAY_PASS = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,  # of its journal
    sqlite3.SQLITE_NOMEM,
}
_PRIMARY = 0xFF


def may_pass(error: sqlite3.OperationalError) -> bool:
    """Whether it is the disk that refuses, or another process that is in the way; the same
    transaction may succeed later. https://www.sqlite.org/rescode.html"""
    return error.sqlite_errorcode & _PRIMARY in _MAY_PASS


class SchemaTooNew(Exception):
    """The database was written by a newer version of the relay; update the relay."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(f"schema version {found}, this version knows up to {known}")


class ForeignDatabase(Exception):
    """The database is another program's."""


class Database:
    """The relay's database. Make one with `Database.open`."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    async def open(cls, path: Path) -> Database:
        """Open or create the database and bring its schema up to date.

        Raises `ForeignDatabase`, `SchemaTooNew`, or `sqlite3.Error` where the file is no usable
        database."""
        make_file(path)
        connection = await aiosqlite.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        database = cls(connection, path)
        try:
            await database._on_thread(prepare)
        except BaseException:
            await connection.close()
            raise
        return database

    async def transaction(self, name: str, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one transaction: committed when it returns, undone when it raises.

        Raises what `work` raises, or `sqlite3.Error` where the commit fails."""

        def run(connection: sqlite3.Connection) -> T:
            sys.audit("ticket_relay.transaction", name, "begin")
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                sys.audit("ticket_relay.transaction", name, "commit")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            sys.audit("ticket_relay.transaction", name, "done")
            return result

        return await self._on_thread(run)

    async def close(self) -> None:
        await self._connection.close()

    async def _on_thread(self, function: Callable[[sqlite3.Connection], T]) -> T:
        def run(connection: sqlite3.Connection) -> T:
            try:
                return function(connection)
            except StopIteration as error:  # a future takes none, and its waiter would not wake
                raise RuntimeError("StopIteration") from error

        # aiosqlite has no public way to run a function on its thread; its version is pinned.
        return await self._connection._execute(  # type: ignore[no-any-return, no-untyped-call]
            run, self._connection._conn
        )


def make_file(path: Path) -> None:
    """Make the database's file, readable by its user alone, where there is none yet."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def prepare(connection: sqlite3.Connection) -> None:
    """Set what SQLite keeps for each connection by itself, and bring the schema up to date.

    Raises `ForeignDatabase`, `SchemaTooNew`, `sqlite3.Error`."""
    is_begun(connection)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    migrate(connection)


def migrate(connection: sqlite3.Connection) -> None:
    """Apply the numbered migrations that are missing, each together with its record."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations"
        " (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT"
    )
    current = refuse_newer_schema(connection)
    migrations = _migrations()
    for version in sorted(v for v in migrations if current is None or v > current):
        name, script = migrations[version]
        # A script takes no parameters; both values come from the name of our own file.
        record = f"INSERT INTO schema_migrations VALUES ({version}, '{name}');"  # noqa: S608
        try:
            connection.executescript(f"BEGIN IMMEDIATE;\n{script}\n{record}\nCOMMIT;")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


def is_begun(connection: sqlite3.Connection) -> bool:
    """Whether a relay has made tables in it. Raises `ForeignDatabase` where others did."""
    names = [name for (name,) in connection.execute(_TABLES)]
    if names and "schema_migrations" not in names:
        raise ForeignDatabase(f"it has the tables {', '.join(names)}")
    return bool(names)


def refuse_newer_schema(connection: sqlite3.Connection) -> int | None:
    """The version of the schema, None before the first migration. Raises `SchemaTooNew`."""
    current: int | None
    (current,) = connection.execute("SELECT max(version) FROM schema_migrations").fetchone()
    known = max(_migrations())
    if current is not None and current > known:
        raise SchemaTooNew(current, known)
    return current


def newest_schema() -> int:
    """The version of the schema that this program brings a database to."""
    return max(_migrations())


def _migrations() -> dict[int, tuple[str, str]]:
    return numbered(resources.files("daemon.storage") / "migrations")


def numbered(folder: Traversable) -> dict[int, tuple[str, str]]:
    """The migrations in a folder: of each number the name and the script."""
    found: dict[int, tuple[str, str]] = {}
    for file in folder.iterdir():
        if file.name.endswith(".sql"):
            version = int(file.name[:4])
            if version in found:
                raise RuntimeError(f"two migrations have the number {version}")
            found[version] = (file.name.removesuffix(".sql"), file.read_text("utf-8"))
    return found
