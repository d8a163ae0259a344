"""The database for a command that runs while no relay does: one transaction, or a rehearsal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from daemon.storage.db import BUSY_TIMEOUT_S, make_file, prepare
from daemon.storage.reading import connect_read_only


@contextmanager
def transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, made where there is none, in a transaction: committed at the end of the
    block, undone where it raises.

    Raises `ForeignDatabase`, `SchemaTooNew`, `sqlite3.Error`, `OSError`."""
    make_file(path)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    with closing(connection):
        prepare(connection)
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")  # closing without it undoes all


@contextmanager
def rehearsal(path: Path) -> Iterator[sqlite3.Connection]:
    """A copy in memory, for doing the very same without any effect.

    Raises `ForeignDatabase`, `SchemaTooNew`, `sqlite3.Error`, `OSError`."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        if path.exists():
            with closing(connect_read_only(path)) as connection:
                connection.backup(copy)
        prepare(copy)
        copy.execute("BEGIN")
        yield copy
