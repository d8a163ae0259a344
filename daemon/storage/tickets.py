"""Tickets."""

from __future__ import annotations

import sqlite3

from daemon.core.model import ChatId, MessageKey, Ticket, TicketId, TicketNumbers, TicketStatus

_OPEN = """
INSERT INTO tickets (ticket_id, staff_chat_id, cust_group_id, cust_msg_id, user_id, username,
                     user_name, status, opened_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_GET = """
SELECT ticket_id, cust_group_id, cust_msg_id, user_id, username, user_name, status, new_chat_id
FROM tickets LEFT JOIN chat_aliases ON old_chat_id = cust_group_id WHERE ticket_id = ?
"""
_HIGHEST = "SELECT max(ticket_id) FROM tickets"
_HIGHEST_BELOW = """
SELECT ticket_id FROM tickets WHERE ticket_id < ? ORDER BY ticket_id DESC LIMIT 1
"""
_SET_STATUS = "UPDATE tickets SET status = ?, closed_at = ? WHERE ticket_id = ?"
_SET_WRAPPER = """
UPDATE OR IGNORE tickets SET staff_chat_id = ?, staff_msg_id = ? WHERE ticket_id = ?
"""
_WRAPPER = """
SELECT staff_chat_id, staff_msg_id FROM tickets WHERE ticket_id = ? AND staff_msg_id IS NOT NULL
"""
_GROUPS_OF_OPEN = "SELECT DISTINCT cust_group_id FROM tickets WHERE status = 'open'"
_SET_ANCHOR = "UPDATE tickets SET customer_anchor_msg_id = ? WHERE ticket_id = ?"


_FIRST_TIMESTAMP = 1_000_000_000_000
"""ms: September 2001. Numbers below are sequential ones, whatever the setting was before."""


def new_id(tx: sqlite3.Connection, numbers: TicketNumbers, now: int) -> TicketId:
    """A number that no ticket has. By time it is `now` (ms), or one more than the highest where
    two tickets are opened within one millisecond or the clock went back."""
    if numbers is TicketNumbers.SEQUENTIAL:
        highest = tx.execute(_HIGHEST_BELOW, (_FIRST_TIMESTAMP,)).fetchone()
        return TicketId((highest[0] if highest else 0) + 1)
    (newest,) = tx.execute(_HIGHEST).fetchone()
    return TicketId(max(now, (newest or 0) + 1))


def open_ticket(tx: sqlite3.Connection, ticket: Ticket, staff_chat: ChatId, now: int) -> None:
    """Store a new ticket. `now` in ms."""
    question = ticket.question
    who = (ticket.user_id, ticket.username, ticket.user_name)
    tx.execute(
        _OPEN,
        (ticket.ticket_id, staff_chat, question.chat_id, question.msg_id, *who, ticket.status, now),
    )


def get(tx: sqlite3.Connection, ticket_id: TicketId) -> Ticket | None:
    row = tx.execute(_GET, (ticket_id,)).fetchone()
    if row is None:
        return None
    number, group_id, msg_id, user_id, username, user_name, status, moved_to = row
    return Ticket(
        ticket_id=number,
        question=MessageKey(group_id, msg_id),
        user_id=user_id,
        username=username,
        user_name=user_name,
        status=TicketStatus(status),
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
