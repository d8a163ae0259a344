"""Whether a database is sound, read beside a relay that may be running on it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from daemon.core.premises import Examination
from daemon.storage.db import is_begun, newest_schema, refuse_newer_schema
from daemon.storage.reading import connect_read_only

_CHECK = "PRAGMA quick_check(3)"
"""All pages and rows, but not whether indexes and tables agree, at most this many complaints:
https://www.sqlite.org/pragma.html#pragma_quick_check"""

_SOUND = "ok"


def examine(path: Path) -> Examination | None:
    """Look through the whole file; None where no relay has made it yet.

    Raises `ForeignDatabase`, `SchemaTooNew`, or `sqlite3.Error` where it cannot be read at all."""
    if not path.exists():
        return None
    with closing(connect_read_only(path)) as connection:
        if not is_begun(connection) or (schema := refuse_newer_schema(connection)) is None:
            return None
        found = [text for (row,) in connection.execute(_CHECK) for text in row.splitlines()]
        damage = tuple(text for text in found if text != _SOUND)
        return Examination(schema, newest_schema(), damage)
