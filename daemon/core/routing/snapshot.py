"""What is known at the moment of routing."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.core.model import Bot, ChatId, ChatRole, Inbound, InboundKind, Link, Ticket, TicketId
from daemon.core.texts import Texts


@dataclass(frozen=True, slots=True)
class Target:
    """The message that is replied to, where it belongs to a ticket."""

    link: Link
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the relay knows at the moment of routing one message."""

    bot: Bot
    texts: Texts
    staff_group: ChatId
    role: ChatRole
    sender_is_admin: bool
    target: Target | None
    in_a_ticket: bool
    """The message itself belongs to a ticket already: this is a later edit of it."""
    new_ticket_id: TicketId
    """The number that a ticket opened now gets."""


def may_administer(snapshot: Snapshot, inbound: Inbound) -> bool:
    return snapshot.sender_is_admin and may_command(inbound)


def may_command(inbound: Inbound) -> bool:
    """Commands run only from what a person wrote here, and just now."""
    return inbound.kind is InboundKind.NEW and not inbound.forwarded and not inbound.via_bot
