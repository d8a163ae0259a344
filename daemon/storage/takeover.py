"""Takes over what another bot left, so that it goes on here."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from daemon.core.model import ChatId, MessageKey, Ticket, TicketId, TicketNumbers, TicketStatus
from daemon.core.takeover import Conversation
from daemon.storage import links, tickets

_PUT = """
INSERT INTO tickets (ticket_id, staff_chat_id, staff_msg_id, cust_group_id, cust_msg_id, user_id,
                     username, user_name, customer_anchor_msg_id, status, opened_at, closed_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class AnothersMessages(Exception):
    """A message of the staff group belongs to one ticket here and to another in what is taken
    over: that was another bot or another staff group."""

    def __init__(self, wrapper: MessageKey, here: TicketId, there: int) -> None:
        super().__init__(
            f"message {wrapper.msg_id} of the staff group {wrapper.chat_id} belongs to ticket"
            f" {here} here and to ticket {there} there"
        )


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What became of one ticket."""

    number: TicketId
    is_new: bool
    """False: it was here already; what is known of it here stays as it is."""


def take_over(
    tx: sqlite3.Connection, conversation: Conversation, staff_group: ChatId, now: int
) -> TakenOver:
    """Make a ticket of the conversation, unless it is one here already. Messages that are not
    known yet are linked in both cases. `now` in ms.

    Raises `AnothersMessages`."""
    known = _ticket_here(tx, conversation, staff_group)
    if known is not None:
        number = known.ticket_id
    else:
        number = TicketId(conversation.first.ticket_id)
        if tickets.get(tx, number) is not None:
            number = tickets.new_id(tx, TicketNumbers.TIMESTAMP, number)
        _put(tx, conversation, number, staff_group, now)
    for link in conversation.links(number, staff_group):
        links.add(tx, link.key, link.ticket_id, link.role, link.counterpart)
    return TakenOver(number, is_new=known is None)


def _ticket_here(
    tx: sqlite3.Connection, conversation: Conversation, staff_group: ChatId
) -> Ticket | None:
    for row in conversation.rows:
        wrapper = MessageKey(staff_group, row.staff_msg_id)
        link = links.get(tx, wrapper)
        ticket = tickets.get(tx, link.ticket_id) if link else None
        if ticket is None:
            continue
        if (ticket.question.chat_id, ticket.user_id) != (row.question.chat_id, row.user_id):
            raise AnothersMessages(wrapper, ticket.ticket_id, row.ticket_id)
        return ticket
    return None


def _put(
    tx: sqlite3.Connection,
    conversation: Conversation,
    number: TicketId,
    staff_group: ChatId,
    now: int,
) -> None:
    ticket = conversation.ticket(number)
    closed_at = conversation.closed_at if ticket.status is TicketStatus.CLOSED else None
    tx.execute(
        _PUT,
        (
            number,
            staff_group,
            conversation.first.staff_msg_id,
            ticket.question.chat_id,
            ticket.question.msg_id,
            ticket.user_id,
            ticket.username,
            ticket.user_name,
            conversation.anchor,
            ticket.status,
            min(conversation.first.ticket_id, now),  # its number was the time, in ms
            closed_at,
        ),
    )
