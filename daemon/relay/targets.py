"""What a message is about beside what it replies to: its album, the message to be sent again."""

from __future__ import annotations

import sqlite3

from daemon.core.model import Inbound, InboundKind, Undelivered
from daemon.core.routing import Target
from daemon.storage import links, moves, tickets, undelivered


def sibling_of(tx: sqlite3.Connection, inbound: Inbound) -> Target | None:
    """A part of the same album that belongs to a ticket."""
    if inbound.grouped_id is None or inbound.kind is not InboundKind.NEW:
        return None
    link = links.of_album(tx, inbound.key.chat_id, inbound.grouped_id)
    ticket = tickets.get(tx, link.ticket_id) if link else None
    return Target(link, ticket) if link and ticket else None


def undelivered_of(tx: sqlite3.Connection, inbound: Inbound) -> Undelivered | None:
    """The message that is to be sent again: the one replied to, or what that is about."""
    reply_to, here = inbound.reply_to, inbound.key.chat_id
    if reply_to is None or here not in (reply_to.chat_id, moves.current(tx, reply_to.chat_id)):
        return None  # a chat sees only its own tickets, and those of the group that it was
    return undelivered.of(tx, reply_to)
