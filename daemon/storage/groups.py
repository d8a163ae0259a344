"""The customer groups."""

from __future__ import annotations

import sqlite3

from daemon.core.model import ChatId, CustomerGroup

_ADD = "INSERT OR IGNORE INTO customer_groups (group_id, added_at) VALUES (?, ?)"
_IS_CUSTOMER = "SELECT 1 FROM customer_groups WHERE group_id = ?"
_NEVER_SEEN = """
SELECT group_id FROM customer_groups LEFT JOIN chats ON chat_id = group_id
WHERE chat_id IS NULL OR (pts IS NULL AND group_id < -1000000000000)  -- supergroups have a pts
ORDER BY added_at, group_id
"""
_REMOVE = "DELETE FROM customer_groups WHERE group_id = ?"
_OVERVIEW = """
SELECT group_id, title,
       (SELECT count(*) FROM tickets WHERE status = 'open' AND cust_group_id IN (
            SELECT group_id UNION ALL
            SELECT old_chat_id FROM chat_aliases WHERE new_chat_id = group_id))
FROM customer_groups LEFT JOIN chats ON chat_id = group_id
ORDER BY added_at, group_id
"""
_ALL = "SELECT group_id FROM customer_groups ORDER BY added_at, group_id"


def add(tx: sqlite3.Connection, group_id: ChatId, now: int) -> bool:
    """Make a group a customer group; False where it is one already. `now` in ms."""
    return tx.execute(_ADD, (group_id, now)).rowcount > 0


def remove(tx: sqlite3.Connection, group_id: ChatId) -> bool:
    """Make a group no customer group any more, its tickets stay; False where it was none."""
    return tx.execute(_REMOVE, (group_id,)).rowcount > 0


def is_customer(tx: sqlite3.Connection, chat_id: ChatId) -> bool:
    return tx.execute(_IS_CUSTOMER, (chat_id,)).fetchone() is not None


def all_groups(tx: sqlite3.Connection) -> list[ChatId]:
    return [ChatId(group_id) for (group_id,) in tx.execute(_ALL)]


def never_seen(tx: sqlite3.Connection) -> list[ChatId]:
    """Customer groups of which it is not known what it takes to follow their updates."""
    return [ChatId(group_id) for (group_id,) in tx.execute(_NEVER_SEEN)]


def overview(tx: sqlite3.Connection) -> tuple[CustomerGroup, ...]:
    """The customer groups, the oldest first."""
    return tuple(
        CustomerGroup(ChatId(group_id), title or "", open_tickets)
        for group_id, title, open_tickets in tx.execute(_OVERVIEW)
    )
