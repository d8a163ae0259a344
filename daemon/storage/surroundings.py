"""What routing asks of a message, all of it in one statement: what its chat is, whether the message
is known, what it replies to, and the number for a ticket that it may open."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from daemon.core.model import (
    ChatId,
    Link,
    LinkRole,
    MessageKey,
    Ticket,
    TicketId,
    TicketNumbers,
)
from daemon.storage import tickets

_AROUND = """
SELECT chat_now, staff_now,
       (SELECT old_chat_id FROM chat_aliases WHERE new_chat_id = :chat),
       EXISTS (SELECT 1 FROM customer_groups WHERE group_id = chat_now),
       EXISTS (SELECT 1 FROM links
               WHERE chat_id = :chat AND msg_id = :msg AND ticket_id IS NOT NULL),
       {highest_number},
       links.role, links.other_chat_id, links.other_msg_id,
       {ticket}
FROM (SELECT coalesce((SELECT new_chat_id FROM chat_aliases WHERE old_chat_id = :chat),
                      :chat) AS chat_now,
             coalesce((SELECT new_chat_id FROM chat_aliases WHERE old_chat_id = :staff),
                      :staff) AS staff_now)
     LEFT JOIN links
         ON links.chat_id = :reply_chat AND links.msg_id = :reply_msg
            AND :chat IN (:reply_chat, (SELECT new_chat_id FROM chat_aliases
                                        WHERE old_chat_id = :reply_chat))
     LEFT JOIN tickets ON tickets.ticket_id = links.ticket_id
     LEFT JOIN chat_aliases ON chat_aliases.old_chat_id = tickets.cust_group_id
"""
_STATEMENTS = {
    numbers: _AROUND.format(highest_number=highest, ticket=tickets.COLUMNS)
    for numbers, highest in tickets.HIGHEST.items()
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around a message."""

    chat_now: ChatId
    """Where its chat is now; mostly where it was."""
    staff_group_now: ChatId
    former_chat: ChatId | None
    """The basic group that its chat was."""
    is_customer_group: bool
    in_a_ticket: bool
    """The message itself belongs to a ticket."""
    new_ticket_id: TicketId
    """The number that a ticket opened now gets."""
    reply_role: LinkRole | None
    """What the message that is replied to is to the relay; None where the relay does not know it,
    or where it is in another chat: a chat sees only its own tickets."""
    reply_target: tuple[Link, Ticket] | None
    """That message, where it belongs to a ticket."""


def around(
    tx: sqlite3.Connection,
    message: MessageKey,
    reply_to: MessageKey | None,
    staff_group: ChatId,
    numbers: TicketNumbers,
    now: int,
) -> Surroundings:
    """`now` in ms."""
    row = tx.execute(
        _STATEMENTS[numbers],
        {
            "chat": message.chat_id,
            "msg": message.msg_id,
            "staff": staff_group,
            "reply_chat": reply_to.chat_id if reply_to else None,
            "reply_msg": reply_to.msg_id if reply_to else None,
        },
    ).fetchone()
    (chat_now, staff_now, former, is_customer, in_a_ticket, highest, role) = row[:7]
    (other_chat, other_msg, *ticket_row) = row[7:]
    target = None
    if reply_to is not None and ticket_row[0] is not None:
        ticket = tickets.read(ticket_row)
        counterpart = MessageKey(other_chat, other_msg) if other_chat is not None else None
        target = Link(reply_to, ticket.ticket_id, LinkRole(role), counterpart), ticket
    return Surroundings(
        chat_now=ChatId(chat_now),
        staff_group_now=ChatId(staff_now),
        former_chat=ChatId(former) if former is not None else None,
        is_customer_group=bool(is_customer),
        in_a_ticket=bool(in_a_ticket),
        new_ticket_id=tickets.number_above(highest, numbers, now),
        reply_role=LinkRole(role) if role is not None else None,
        reply_target=target,
    )
