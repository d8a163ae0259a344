"""A database for each test, as a real file."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from daemon.storage.db import Database, migrate


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """The relay's database, as the relay opens it."""
    opened = await Database.open(tmp_path / "state" / "tickets.db")
    yield opened
    await opened.close()


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a database with the relay's schema, in a transaction that never ends."""
    with closing(sqlite3.connect(tmp_path / "tickets.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)
        connection.execute("BEGIN IMMEDIATE")
        yield connection
