"""What is to be done, read beside a relay that may be running on the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from daemon.core.condition import Queue, Work
from daemon.core.model import TicketStatus
from daemon.storage.db import is_begun, refuse_newer_schema
from daemon.storage.reading import connect_read_only

_QUEUES = """
SELECT destination, coalesce(title, ''), count(*), min(queued_at), coalesce(since + wait_ms, 0)
FROM outbox LEFT JOIN chats ON chats.chat_id = destination
            LEFT JOIN waits ON waits.chat_id = destination
WHERE state IN ('queued', 'sending')
GROUP BY destination ORDER BY min(queued_at), destination
"""
_UNHANDLED = "SELECT count(*), min(received_at) FROM inbox"
_UNDELIVERED = "SELECT count(*) FROM outbox WHERE state = 'failed'"
_KNOWS_RESTORES = "SELECT 1 FROM sqlite_schema WHERE name = 'held_back'"
_HELD_BACK = "SELECT count(*) FROM held_back"
_DEAD_LETTERS = "SELECT count(*) FROM dead_letters"
_TICKETS = "SELECT status, count(*) FROM tickets GROUP BY status"


def workload(path: Path) -> Work:
    """Read the database; nothing to do where no relay has made it yet.

    Raises `ForeignDatabase`, `SchemaTooNew`, `sqlite3.Error`, `OSError` where it cannot be used."""
    if not path.exists():
        return Work()
    with closing(connect_read_only(path)) as connection:
        connection.execute("BEGIN")
        if not is_begun(connection) or refuse_newer_schema(connection) is None:
            return Work()
        tickets = dict(connection.execute(_TICKETS).fetchall())
        unhandled, unhandled_since = connection.execute(_UNHANDLED).fetchone()
        held_back = _held_back(connection)
        return Work(
            open_tickets=tickets.get(TicketStatus.OPEN.value, 0),
            closed_tickets=tickets.get(TicketStatus.CLOSED.value, 0),
            queues=tuple(Queue(*row) for row in connection.execute(_QUEUES)),
            unhandled=unhandled,
            unhandled_since=unhandled_since,
            undelivered=_count(connection, _UNDELIVERED) - held_back,
            held_back=held_back,
            dead_letters=_count(connection, _DEAD_LETTERS),
        )


def _held_back(connection: sqlite3.Connection) -> int:
    """None where the relay was last started before it knew of restores."""
    if connection.execute(_KNOWS_RESTORES).fetchone() is None:
        return 0
    return _count(connection, _HELD_BACK)


def _count(connection: sqlite3.Connection, query: str) -> int:
    (number,) = connection.execute(query).fetchone()
    return int(number)
