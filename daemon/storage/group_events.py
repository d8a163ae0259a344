"""What happened to groups and was not yet routed. A group's messages may have to wait for others
that are missing; what happens to the group does not."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from daemon.core.membership import GroupSeen, Membership
from daemon.core.model import ChatId

GroupEvent = Membership | GroupSeen

_KINDS: dict[type[GroupEvent], str] = {Membership: "membership", GroupSeen: "seen"}
_TYPES = {kind: made for made, kind in _KINDS.items()}

_PUT = "INSERT INTO group_events (chat_id, kind, payload, received_at) VALUES (?, ?, ?, ?)"
_WAITING = """
SELECT id, chat_id, kind, payload, received_at FROM group_events ORDER BY id LIMIT ?
"""
_DELETE = "DELETE FROM group_events WHERE id = ?"
_BURY = """
INSERT INTO dead_letters (chat_id, msg_id, kind, payload, error, at)
SELECT chat_id, 0, kind, payload, ?, ? FROM group_events WHERE id = ?
"""


@dataclass(frozen=True, slots=True)
class EventRow:
    id: int
    chat_id: ChatId
    kind: str
    payload: str
    received_at: int
    """ms"""

    def event(self) -> GroupEvent:
        """Raises what `decode` raises."""
        return decode(self.kind, self.payload)


def put(tx: sqlite3.Connection, event: GroupEvent, now: int) -> None:
    """`now` in ms."""
    payload = msgspec.json.encode(event).decode()
    tx.execute(_PUT, (event.chat_id, _KINDS[type(event)], payload, now))


def decode(kind: str, payload: str) -> GroupEvent:
    """Raises `KeyError` for an unknown kind, `msgspec.DecodeError` where the payload is not
    readable."""
    event: GroupEvent = msgspec.json.decode(payload, type=_TYPES[kind])
    return event


def waiting(tx: sqlite3.Connection, limit: int) -> Iterator[EventRow]:
    """The oldest ones, at most `limit`."""
    for row_id, chat_id, *rest in tx.execute(_WAITING, (limit,)).fetchall():
        yield EventRow(row_id, ChatId(chat_id), *rest)


def take(tx: sqlite3.Connection, row: EventRow) -> None:
    """Remove an event that is routed."""
    tx.execute(_DELETE, (row.id,))


def bury(tx: sqlite3.Connection, row: EventRow, error: str, now: int) -> int:
    """Move an event that cannot be routed to the dead letters; its number there. `now` in ms."""
    number = tx.execute(_BURY, (error, now, row.id)).lastrowid
    take(tx, row)
    return number or 0
