"""Counts that tell how the relay stands."""

from __future__ import annotations

import sqlite3

_OPEN_TICKETS = "SELECT count(*) FROM tickets WHERE status = 'open'"
_TO_SEND = "SELECT count(*) FROM outbox WHERE state <> 'failed'"


def open_tickets(tx: sqlite3.Connection) -> int:
    count: int
    (count,) = tx.execute(_OPEN_TICKETS).fetchone()
    return count


def to_send(tx: sqlite3.Connection) -> int:
    """Messages queued or on their way; what can never be sent is not counted."""
    count: int
    (count,) = tx.execute(_TO_SEND).fetchone()
    return count
