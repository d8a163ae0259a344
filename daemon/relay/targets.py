"""What a message is about: the message it replies to, the album it is a part of."""

from __future__ import annotations

import sqlite3

from daemon.core.model import Inbound, InboundKind, Link, LinkRole, MessageKey, Undelivered
from daemon.core.routing import Target
from daemon.storage import links, moves, tickets, undelivered


def target_of(tx: sqlite3.Connection, inbound: Inbound) -> Target | None:
    """What is replied to, where it belongs to a ticket."""
    reply_to = _reply_here(tx, inbound)
    return _target(tx, links.get(tx, reply_to)) if reply_to else None


def answers_hint(tx: sqlite3.Connection, inbound: Inbound) -> bool:
    """Whether the relay asked for a question with what is replied to."""
    reply_to = _reply_here(tx, inbound)
    return reply_to is not None and links.role_of(tx, reply_to) is LinkRole.HINT


def sibling_of(tx: sqlite3.Connection, inbound: Inbound) -> Target | None:
    """A part of the same album that belongs to a ticket."""
    if inbound.grouped_id is None or inbound.kind is not InboundKind.NEW:
        return None
    return _target(tx, links.of_album(tx, inbound.key.chat_id, inbound.grouped_id))


def undelivered_of(tx: sqlite3.Connection, inbound: Inbound) -> Undelivered | None:
    """The message that is to be sent again: the one replied to, or what that is about."""
    reply_to = _reply_here(tx, inbound)
    return undelivered.of(tx, reply_to) if reply_to else None


def _reply_here(tx: sqlite3.Connection, inbound: Inbound) -> MessageKey | None:
    """A reply across chats is none, but to the group that this one was: a chat sees only its own
    tickets."""
    reply_to, here = inbound.reply_to, inbound.key.chat_id
    if reply_to is None or here not in (reply_to.chat_id, moves.current(tx, reply_to.chat_id)):
        return None
    return reply_to


def _target(tx: sqlite3.Connection, link: Link | None) -> Target | None:
    ticket = tickets.get(tx, link.ticket_id) if link else None
    return Target(link, ticket) if link and ticket else None
