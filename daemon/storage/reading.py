"""Opens a database of SQLite for reading alone, beside whoever may be using it.

Nothing is written, not even the side files of SQLite's log: made by another user than the
database's own they could keep that one out. https://www.sqlite.org/wal.html#read_only_databases
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

_BUSY_TIMEOUT_S = 5.0

_READ_VERSION = 19
"""Where the file's header says how it is written: https://www.sqlite.org/fileformat.html"""
_WAL = 2


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Raises `sqlite3.Error`, or `OSError` where the file cannot be read."""
    with path.open("rb") as file:
        header = file.read(_READ_VERSION + 1)
    # A file with a log, but without one now: nobody has it open, or has written yet. It can be
    # taken for unchanging, and then no log is begun for the reading alone.
    has_log = header[_READ_VERSION:] == bytes([_WAL]) and not Path(f"{path}-wal").exists()
    address = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if has_log else ''}"
    return sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
