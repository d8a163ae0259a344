"""Messages that could not be delivered: kept in the outbox, and queued again on demand."""

from __future__ import annotations

import sqlite3

import msgspec

from daemon.core.media import ways
from daemon.core.model import ChatId, Fate, LinkRole, Media, MessageKey, Undelivered
from daemon.storage import links, moves
from daemon.storage.outbox import RandomId
from daemon.storage.outbox_row import OutboxRow

_OF_SOURCE = """
SELECT id, state FROM outbox
WHERE source_chat = ? AND source_msg = ? AND role NOT IN ('notice', 'hint', 'admin_notice')
ORDER BY id
"""
_HOLD_BACK = """
UPDATE outbox SET state = 'failed', error = ?
WHERE source_chat = ? AND source_msg = ? AND role = 'answer' AND state = 'queued' AND id > ?
"""
_LINK = """
SELECT role, other_chat_id, other_msg_id, grouped_id FROM links WHERE chat_id = ? AND msg_id = ?
"""
_FAILED = "SELECT destination, media FROM outbox WHERE id = ?"
_PARTS = "SELECT position FROM outbox_parts WHERE outbox_id = ?"
_NEW_RANDOM_ID = """
UPDATE outbox_parts SET random_id = ?, msg_id = NULL WHERE outbox_id = ? AND position = ?
"""
_REQUEUE = """
UPDATE outbox
SET state = 'queued', destination = ?, way = coalesce(?, way), queued_at = ?, attempts = 0,
    claimed_at = NULL, floor_msg_id = NULL, error = NULL
WHERE id = ?
"""


def of(tx: sqlite3.Connection, message: MessageKey) -> Undelivered | None:
    """What became of a person's message, or of the one that a message of the relay is about. None
    where it is no message that is relayed."""
    row = tx.execute(_LINK, (message.chat_id, message.msg_id)).fetchone()
    source = message
    if row is not None:
        role, other_chat, other_msg, grouped_id = row
        if LinkRole(role).by_bot:
            if other_chat is None:
                return None
            source = MessageKey(other_chat, other_msg)
        elif grouped_id is not None:
            first = links.of_album(tx, message.chat_id, grouped_id)
            source = first.key if first else message
    states = [state for _, state in _rows(tx, source)]
    if "failed" in states:
        return Undelivered(source, Fate.FAILED)
    if states:
        return Undelivered(source, Fate.WAITING)
    return Undelivered(source, Fate.ARRIVED) if links.get(tx, source) else None


def is_told(tx: sqlite3.Connection, row: OutboxRow) -> bool:
    """Whether another part of the same message has failed, so that people know."""
    others = _rows(tx, row.source) if row.source else []
    return any(state == "failed" and row_id != row.id for row_id, state in others)


def hold_back(tx: sqlite3.Connection, row: OutboxRow, reason: str) -> None:
    """What follows a part of an answer that failed fails with it: it says nothing without that,
    and is sent again with it."""
    if row.source is not None:
        source = (row.source.chat_id, row.source.msg_id)
        tx.execute(_HOLD_BACK, (reason, *source, row.id))


def requeue(
    tx: sqlite3.Connection, source: MessageKey, random_id: RandomId, now: int
) -> set[ChatId]:
    """Queue what failed of a person's message again, with new random_ids: nothing of it was sent.
    The destinations that it waits for now. `now` in ms."""
    destinations = set()
    for row_id, state in _rows(tx, source):
        if state != "failed":
            continue
        destination, media = tx.execute(_FAILED, (row_id,)).fetchone()
        now_at = moves.current(tx, destination)
        for (position,) in tx.execute(_PARTS, (row_id,)).fetchall():
            tx.execute(_NEW_RANDOM_ID, (random_id(), row_id, position))
        tx.execute(_REQUEUE, (now_at, _first_way(media), now, row_id))
        destinations.add(now_at)
    return destinations


def _rows(tx: sqlite3.Connection, source: MessageKey) -> list[tuple[int, str]]:
    return tx.execute(_OF_SOURCE, (source.chat_id, source.msg_id)).fetchall()


def _first_way(media: str) -> str | None:
    """None where there are no media, or none that can be read."""
    try:
        items = msgspec.json.decode(media, type=tuple[Media, ...])
    except msgspec.DecodeError:
        return None
    return ways(items)[0] if items else None
