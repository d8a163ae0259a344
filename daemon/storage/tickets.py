"""Tickets."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from daemon.core.model import ChatId, MessageKey, Ticket, TicketId, TicketNumbers, TicketStatus

_OPEN = """
INSERT INTO tickets (ticket_id, staff_chat_id, cust_group_id, cust_msg_id, user_id, username,
                     user_name, status, opened_at, asked_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
COLUMNS = """
tickets.ticket_id, cust_group_id, cust_msg_id, user_id, username, user_name, status, asked_at,
new_chat_id
"""
"""Of `tickets` joined with the `chat_aliases` of the customer group, as `read` takes them."""
_SELECT = f"""
SELECT {COLUMNS} FROM tickets LEFT JOIN chat_aliases ON old_chat_id = cust_group_id
"""  # noqa: S608 columns of our own
_GET = _SELECT + "WHERE ticket_id = ?"
_LAST_OF = (
    _SELECT
    + """
WHERE cust_group_id = ? AND user_id = ? AND asked_at BETWEEN ? AND ?
ORDER BY asked_at DESC, cust_msg_id DESC LIMIT 1
"""
)
_SET_STATUS = "UPDATE tickets SET status = ?, closed_at = ? WHERE ticket_id = ?"
_SET_WRAPPER = """
UPDATE OR IGNORE tickets SET staff_chat_id = ?, staff_msg_id = ? WHERE ticket_id = ?
"""
_WRAPPER = """
SELECT staff_chat_id, staff_msg_id FROM tickets WHERE ticket_id = ? AND staff_msg_id IS NOT NULL
"""
_GROUPS_OF_OPEN = """
WITH RECURSIVE groups (id) AS (  -- from group to group by the index: their tickets may be many
    SELECT min(cust_group_id) FROM tickets
    UNION ALL
    SELECT (SELECT min(cust_group_id) FROM tickets WHERE cust_group_id > id)
    FROM groups WHERE id IS NOT NULL)
SELECT id FROM groups
WHERE EXISTS (SELECT 1 FROM tickets WHERE cust_group_id = id AND status = 'open')
"""
_SET_ANCHOR = "UPDATE tickets SET customer_anchor_msg_id = ? WHERE ticket_id = ?"


FIRST_TIMESTAMP = 1_000_000_000_000
"""ms: September 2001. Numbers below are sequential ones, whatever the setting was before."""

HIGHEST = {
    TicketNumbers.TIMESTAMP: "(SELECT max(ticket_id) FROM tickets)",
    TicketNumbers.SEQUENTIAL: f"""
max(coalesce((SELECT ticket_id FROM tickets WHERE ticket_id < {FIRST_TIMESTAMP}
              ORDER BY ticket_id DESC LIMIT 1), 0),
    coalesce((SELECT highest_number FROM restores WHERE id = 1), 0))
""",  # noqa: S608 a number of our own
}
"""An expression of SQL: the highest number that was given in this way, or passed over."""


def new_id(tx: sqlite3.Connection, numbers: TicketNumbers, now: int) -> TicketId:
    """A number that no ticket has; see `number_above`."""
    (highest,) = tx.execute(f"SELECT {HIGHEST[numbers]}").fetchone()
    return number_above(highest, numbers, now)


def number_above(highest: int | None, numbers: TicketNumbers, now: int) -> TicketId:
    """The number after the highest. By time it is `now` (ms), or one more than the highest where
    two tickets are opened within one millisecond or the clock went back."""
    above = (highest or 0) + 1
    return TicketId(max(now, above) if numbers is TicketNumbers.TIMESTAMP else above)


def open_ticket(tx: sqlite3.Connection, ticket: Ticket, staff_chat: ChatId, now: int) -> None:
    """Store a new ticket. `now` in ms."""
    asked = ticket.question
    who = (ticket.user_id, ticket.username, ticket.user_name)
    when = (now, ticket.asked_at)
    tx.execute(
        _OPEN,
        (ticket.ticket_id, staff_chat, asked.chat_id, asked.msg_id, *who, ticket.status, *when),
    )


def get(tx: sqlite3.Connection, ticket_id: TicketId) -> Ticket | None:
    row = tx.execute(_GET, (ticket_id,)).fetchone()
    if row is None:
        return None
    return read(row)


def last_of(
    tx: sqlite3.Connection, chat_id: ChatId, user_id: ChatId, first: int, last: int
) -> Ticket | None:
    """The ticket of the user's last question in the chat between two times, both included:
    seconds since the epoch, Telegram's clock."""
    row = tx.execute(_LAST_OF, (chat_id, user_id, first, last)).fetchone()
    return read(row) if row else None


def read(row: Sequence[Any]) -> Ticket:
    """The ticket in the `COLUMNS`."""
    number, group_id, msg_id, user_id, username, user_name, status, asked_at, moved_to = row
    return Ticket(
        ticket_id=number,
        question=MessageKey(group_id, msg_id),
        user_id=user_id,
        username=username,
        user_name=user_name,
        status=TicketStatus(status),
        asked_at=asked_at,
        moved_to=moved_to,
    )


def set_status(tx: sqlite3.Connection, ticket_id: TicketId, status: TicketStatus, now: int) -> None:
    """`now` in ms; it becomes `closed_at` of a closed ticket."""
    closed_at = now if status is TicketStatus.CLOSED else None
    tx.execute(_SET_STATUS, (status, closed_at, ticket_id))


def set_wrapper(tx: sqlite3.Connection, ticket_id: TicketId, wrapper: MessageKey) -> None:
    """Note the wrapper's message. One that is another ticket's already stays that one's."""
    tx.execute(_SET_WRAPPER, (wrapper.chat_id, wrapper.msg_id, ticket_id))


def wrapper_of(tx: sqlite3.Connection, ticket_id: TicketId) -> MessageKey | None:
    """The wrapper's message; None until it is sent."""
    row = tx.execute(_WRAPPER, (ticket_id,)).fetchone()
    return MessageKey(*row) if row else None


def set_anchor(tx: sqlite3.Connection, ticket_id: TicketId, answer: MessageKey) -> None:
    """Note the newest answer in the customer group."""
    tx.execute(_SET_ANCHOR, (answer.msg_id, ticket_id))


def groups_of_open(tx: sqlite3.Connection) -> list[ChatId]:
    """The groups in which a ticket is open, customer groups or not."""
    return [ChatId(group_id) for (group_id,) in tx.execute(_GROUPS_OF_OPEN)]
