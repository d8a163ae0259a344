"""What waits in a chat, and what must not overtake it.

What one person writes, and what concerns one ticket, takes effect in the order in which Telegram
shows it. Anything else goes on meanwhile.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from daemon.core.model import Bot, ChatId, Inbound, MessageKey, TicketId
from daemon.core.routing import wanted
from daemon.storage import links, outbox


@dataclass(slots=True)
class Held:
    """What was held of one chat so far, its messages looked at in their order."""

    bot: Bot
    _senders: set[ChatId] = field(default_factory=set)
    _tickets: set[TicketId] = field(default_factory=set)
    _messages: set[MessageKey] = field(default_factory=set)
    """A reply to one of them concerns its ticket, even where that is not known yet."""

    def add(self, tx: sqlite3.Connection, inbound: Inbound) -> None:
        """The message waits."""
        self._senders.add(inbound.sender.id)
        self._tickets |= _tickets_of(tx, inbound, self.bot)
        self._messages.update(inbound.keys)

    def concerns(self, tx: sqlite3.Connection, inbound: Inbound) -> bool:
        """Whether the message must wait for one before it."""
        if not self._messages:
            return False
        return (
            inbound.sender.id in self._senders
            or inbound.reply_to in self._messages
            or not self._tickets.isdisjoint(_tickets_of(tx, inbound, self.bot))
        )


def may_answer_an_unsettled(tx: sqlite3.Connection, inbound: Inbound) -> bool:
    """Whether the message replies to one that may be ours and whose id we do not know yet:
    people can see and answer a message before its sender is told that it was sent."""
    reply_to = inbound.reply_to
    return (
        reply_to is not None
        and links.get(tx, reply_to) is None
        and bool(outbox.in_flight_below(tx, reply_to))
    )


def _tickets_of(tx: sqlite3.Connection, inbound: Inbound, bot: Bot) -> set[TicketId]:
    """The tickets that a message concerns, or may concern."""
    concerned = {wanted(inbound, bot).ticket}
    if inbound.reply_to is not None:
        link = links.get(tx, inbound.reply_to)
        concerned |= {link.ticket_id} if link else outbox.in_flight_below(tx, inbound.reply_to)
    return {ticket_id for ticket_id in concerned if ticket_id is not None}
