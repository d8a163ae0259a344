"""What waits in the outbox, chat by chat, and whether the staff know that it waits for long."""

from __future__ import annotations

import sqlite3

from daemon.core.backlog import Queue
from daemon.core.model import ChatId

_QUEUES = """
SELECT destination, count(*), min(queued_at) FROM outbox JOIN outbox_parts ON outbox_id = id
WHERE state IN ('queued', 'sending') AND urgent = 0 GROUP BY destination
"""
_IS_TOLD = "SELECT 1 FROM backlog"
_TELL = "INSERT OR IGNORE INTO backlog (id, told_at) VALUES (1, ?)"
_FORGET = "DELETE FROM backlog"


def queues(tx: sqlite3.Connection) -> list[Queue]:
    """An album counts as the messages it consists of; what is urgent waits for nothing."""
    return [Queue(ChatId(chat_id), *counts) for chat_id, *counts in tx.execute(_QUEUES)]


def is_told(tx: sqlite3.Connection) -> bool:
    return tx.execute(_IS_TOLD).fetchone() is not None


def note_told(tx: sqlite3.Connection, now: int) -> None:
    """`now` in ms."""
    tx.execute(_TELL, (now,))


def forget(tx: sqlite3.Connection) -> None:
    """The backlog is over; the next one is told again."""
    tx.execute(_FORGET)
