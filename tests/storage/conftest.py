"""A database for each test, as a real file."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from daemon.core.model import TicketId
from daemon.storage import tickets
from daemon.storage.db import Database, migrate
from tests.builders import STAFF, TICKET, a_ticket
from tests.storage.drafts import RandomIds


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


@pytest.fixture
def ids() -> RandomIds:
    return RandomIds()


@pytest.fixture
def ticket(tx: sqlite3.Connection) -> TicketId:
    """A ticket that is stored."""
    tickets.open_ticket(tx, a_ticket(), STAFF, 0)
    return TICKET
