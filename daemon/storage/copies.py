"""Whole copies of a database, made beside the relay that writes to it.

https://www.sqlite.org/backup.html
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from daemon.storage.db import is_begun
from daemon.storage.reading import connect_read_only

_TRIES = 5


class CopyDamaged(Exception):
    """A database is not whole; says what is wrong with it."""


def copy(source: Path, target: Path) -> None:
    """Copy the database as it is at one moment, whatever is written meanwhile, into one new file.

    Raises `CopyDamaged`, `ForeignDatabase`, `sqlite3.Error`, `OSError`."""
    for _ in range(_TRIES):
        target.unlink(missing_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        before = _written(source)
        with (
            closing(connect_read_only(source)) as origin,
            closing(sqlite3.connect(target, isolation_level=None)) as draft,
        ):
            origin.backup(draft)
            draft.execute("PRAGMA journal_mode = DELETE")  # one file, with no log beside it
        # Read as unchanging, for want of a log, and somebody began one meanwhile: once more.
        if before[0] or _written(source) == before:
            return
    raise CopyDamaged("it was opened again and again while it was copied")


def verify(path: Path) -> None:
    """Make sure that a database is whole, and a relay's.

    Raises `CopyDamaged`, `ForeignDatabase`, `sqlite3.Error`, `OSError`."""
    with closing(connect_read_only(path)) as connection:
        try:
            (first, *_) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if first != "ok":
                raise CopyDamaged(str(first))
            if not is_begun(connection):
                raise CopyDamaged("it is empty")
            dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
        except sqlite3.DatabaseError as error:
            raise CopyDamaged(str(error)) from None
    if dangling is not None:
        raise CopyDamaged(f"a row of {dangling[0]} refers to one that is not there")


def _written(source: Path) -> tuple[bool, int, int]:
    """Whether there is a log, and what changes with the file."""
    stat = source.stat()
    return Path(f"{source}-wal").exists(), stat.st_mtime_ns, stat.st_size
