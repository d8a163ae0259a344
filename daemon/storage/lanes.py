"""What there is to do for a destination, all of it in one statement."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from daemon.core.model import ChatId
from daemon.storage import waits

_LOOK = """
SELECT new_chat_id, since, wait_ms,
       EXISTS (SELECT 1 FROM outbox WHERE destination = ?1 AND state = 'sending'),
       (SELECT count(*) FROM outbox_parts WHERE outbox_id = (
            SELECT id FROM outbox WHERE destination = ?1 AND state = 'queued'
            ORDER BY urgent DESC, id LIMIT 1))
FROM (SELECT 1) LEFT JOIN chat_aliases ON old_chat_id = ?1 LEFT JOIN waits ON chat_id = ?1
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """A destination as the sender finds it."""

    moved_to: ChatId | None
    """The supergroup that it became."""
    is_sending: bool
    """A row was claimed, by this process or an earlier one."""
    messages: int
    """How many the next row consists of; 0 where none is queued."""
    wait_ms: int
    """Telegram told us to leave it alone for so long yet."""


def look(tx: sqlite3.Connection, destination: ChatId, now: int) -> Lane:
    """`now` in ms."""
    row = tx.execute(_LOOK, (destination,)).fetchone()
    moved_to, since, wait_ms, is_sending, messages = row
    left_ms = waits.left_of(tx, destination, since, wait_ms, now) if since is not None else 0
    return Lane(moved_to, bool(is_sending), messages, left_ms)
