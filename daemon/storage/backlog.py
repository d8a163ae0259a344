"""What waits in the outbox, chat by chat, and whether the staff know that it waits for long."""

from __future__ import annotations

import sqlite3

from daemon.core.backlog import Queue
from daemon.core.model import ChatId
from daemon.core.pacing import Limits

_QUEUES = """
SELECT destination, count(*), min(queued_at) FROM outbox JOIN outbox_parts ON outbox_id = id
WHERE state IN ('queued', 'sending') AND urgent = 0 GROUP BY destination
"""
_OLDEST = """
SELECT queued_at FROM outbox WHERE destination = ? AND state = 'queued' AND urgent = 0
ORDER BY id LIMIT 1
"""
_COUNT = """
SELECT count(*) FROM (SELECT 1 FROM outbox
                      WHERE destination = ? AND state = 'queued' AND urgent = 0 LIMIT ?)
"""
_IS_TOLD = "SELECT 1 FROM backlog"
_TELL = "INSERT OR IGNORE INTO backlog (id, told_at) VALUES (1, ?)"
_FORGET = "DELETE FROM backlog"


def queues(tx: sqlite3.Connection) -> list[Queue]:
    """An album counts as the messages it consists of; what is urgent waits for nothing."""
    return [Queue(ChatId(chat_id), *counts) for chat_id, *counts in tx.execute(_QUEUES)]


def is_behind(tx: sqlite3.Connection, destination: ChatId, now: int, limits: Limits) -> bool:
    """Whether so much waits for the destination that its messages are to become fewer. `now` in
    ms."""
    oldest = tx.execute(_OLDEST, (destination,)).fetchone()
    if oldest is None:
        return False
    (count,) = tx.execute(_COUNT, (destination, limits.behind_from_messages + 1)).fetchone()
    return limits.is_behind((now - oldest[0]) / 1000, count)


def is_told(tx: sqlite3.Connection) -> bool:
    return tx.execute(_IS_TOLD).fetchone() is not None


def note_told(tx: sqlite3.Connection, now: int) -> None:
    """`now` in ms."""
    tx.execute(_TELL, (now,))


def forget(tx: sqlite3.Connection) -> None:
    """The backlog is over; the next one is told again."""
    tx.execute(_FORGET)
