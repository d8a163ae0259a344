"""What a database holds, read beside a relay that may be running on it.

Nothing is written, not even the side files of SQLite's log: made by another user than the relay's
they could keep the relay out. https://www.sqlite.org/wal.html#read_only_databases
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from daemon.core.model import ChatId
from daemon.core.sync import KnownChat
from daemon.storage import groups, sync_state
from daemon.storage.db import is_begun, refuse_newer_schema
from daemon.storage.sync_state import Identity

_BUSY_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Survey:
    """What `check` wants to know of a database."""

    identity: Identity | None
    """Whose database it is; None before the first login."""
    customer_groups: tuple[ChatId, ...]
    chats: dict[ChatId, KnownChat]


def survey(path: Path) -> Survey | None:
    """Read the database; None where no relay has made it yet.

    Raises `ForeignDatabase`, `SchemaTooNew`, or `sqlite3.Error` where it cannot be used."""
    if not path.exists():
        return None
    # Without a log nobody has it open, or has written yet: it can be taken for unchanging, and
    # then no log is begun for the reading alone.
    logged = Path(f"{path}-wal").exists()
    address = f"{path.absolute().as_uri()}?mode=ro{'' if logged else '&immutable=1'}"
    with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_S)) as connection:
        connection.execute("BEGIN")
        if not is_begun(connection) or refuse_newer_schema(connection) is None:
            return None
        return Survey(
            identity=sync_state.identity(connection),
            customer_groups=tuple(groups.all_groups(connection)),
            chats=sync_state.chats(connection),
        )
