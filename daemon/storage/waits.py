"""Chats that Telegram told us to leave alone for a while."""

from __future__ import annotations

import sqlite3

from daemon.core.model import ChatId

_NOTE = "INSERT OR REPLACE INTO waits (chat_id, since, wait_ms) VALUES (?, ?, ?)"
_GET = "SELECT since, wait_ms FROM waits WHERE chat_id = ?"
_END = "DELETE FROM waits WHERE chat_id = ?"


def note(tx: sqlite3.Connection, chat_id: ChatId, wait_ms: int, now: int) -> None:
    """Telegram told us to leave the chat alone for a while. `now` in ms."""
    tx.execute(_NOTE, (chat_id, now, wait_ms))


def left_ms(tx: sqlite3.Connection, chat_id: ChatId, now: int) -> int:
    """What is left of the chat's wait. Where the clock went back the wait begins anew, so that
    it does not last until the clock has caught up."""
    row = tx.execute(_GET, (chat_id,)).fetchone()
    if row is None:
        return 0
    since, wait_ms = row
    return left_of(tx, chat_id, since, wait_ms, now)


def left_of(tx: sqlite3.Connection, chat_id: ChatId, since: int, wait_ms: int, now: int) -> int:
    """As `left_ms` tells, of a wait that is known."""
    if since > now:
        note(tx, chat_id, wait_ms, now)
        return wait_ms
    return max(0, since + wait_ms - now)


def end(tx: sqlite3.Connection, chat_id: ChatId) -> None:
    tx.execute(_END, (chat_id,))
