"""Which message belongs to which ticket."""

from __future__ import annotations

import sqlite3

from daemon.core.model import ChatId, Link, LinkRole, MessageKey, TicketId

_ADD = """
INSERT OR IGNORE INTO links (chat_id, msg_id, ticket_id, role, other_chat_id, other_msg_id,
                             grouped_id)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_OF_ALBUM = """
SELECT msg_id FROM links WHERE chat_id = ? AND grouped_id = ? ORDER BY msg_id LIMIT 1
"""
_GET = """
SELECT ticket_id, role, other_chat_id, other_msg_id FROM links
WHERE chat_id = ? AND msg_id = ? AND ticket_id IS NOT NULL
"""
_ROLE_OF = "SELECT role FROM links WHERE chat_id = ? AND msg_id = ?"
_LINKED_AMONG = """
SELECT msg_id FROM links WHERE chat_id = ? AND msg_id BETWEEN ? AND ?
"""


def add(
    tx: sqlite3.Connection,
    key: MessageKey,
    ticket_id: TicketId | None,
    role: LinkRole,
    counterpart: MessageKey | None,
    grouped_id: int | None = None,
) -> None:
    other = (counterpart.chat_id, counterpart.msg_id) if counterpart else (None, None)
    tx.execute(_ADD, (key.chat_id, key.msg_id, ticket_id, role, *other, grouped_id))


def get(tx: sqlite3.Connection, key: MessageKey) -> Link | None:
    """The link of a message that belongs to a ticket."""
    row = tx.execute(_GET, (key.chat_id, key.msg_id)).fetchone()
    if row is None:
        return None
    ticket_id, role, other_chat, other_msg = row
    counterpart = MessageKey(other_chat, other_msg) if other_chat is not None else None
    return Link(key, ticket_id, LinkRole(role), counterpart)


def role_of(tx: sqlite3.Connection, key: MessageKey) -> LinkRole | None:
    """What a message is that the relay wrote or took up, be it of no ticket."""
    row = tx.execute(_ROLE_OF, (key.chat_id, key.msg_id)).fetchone()
    return LinkRole(row[0]) if row else None


def of_album(tx: sqlite3.Connection, chat_id: ChatId, grouped_id: int) -> Link | None:
    """The link of the first part of an album that belongs to a ticket."""
    row = tx.execute(_OF_ALBUM, (chat_id, grouped_id)).fetchone()
    return get(tx, MessageKey(chat_id, row[0])) if row else None


def linked_among(tx: sqlite3.Connection, first: MessageKey, last_id: int) -> set[int]:
    """The ids from `first` to `last_id` that the relay knows of, notices included."""
    rows = tx.execute(_LINKED_AMONG, (first.chat_id, first.msg_id, last_id))
    return {msg_id for (msg_id,) in rows}
