"""What is known at the moment of routing."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.core.commands import Name, parse_command, ticket_and_text, ticket_number
from daemon.core.model import (
    Bot,
    ChatId,
    ChatRole,
    CustomerGroup,
    Inbound,
    InboundKind,
    Link,
    Ticket,
    TicketId,
    Undelivered,
)
from daemon.core.texts import Texts


@dataclass(frozen=True, slots=True)
class Wanted:
    """What has to be looked up for a message beside what every message needs."""

    ticket: TicketId | None = None
    """The ticket that the message names by its number."""
    groups: bool = False
    """All customer groups."""
    fate: bool = False
    """What became of the message that is replied to."""


def wanted(inbound: Inbound, bot: Bot) -> Wanted:
    command = parse_command(inbound.text, bot)
    if command is None or command.for_other_bot:
        return Wanted()
    if command.name in (Name.T, Name.TICKET):
        given, _ = ticket_and_text(command.arguments)
        return Wanted(ticket=ticket_number(given))
    return Wanted(
        groups=command.name in (Name.LISTGROUPS, Name.REMOVEGROUP),
        fate=command.name == Name.RETRY,
    )


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
    sibling: Target | None = None
    """A part of the same album that belongs to a ticket already: this one comes late."""
    answers_hint: bool = False
    """The relay asked for a question with the message that is replied to."""
    sender_may_answer: bool = True
    """False in the staff group for those who are not on its list, where there is a list."""
    named: Ticket | None = None
    """The ticket that the message names by its number, of whichever group."""
    just_asked: Ticket | None = None
    """The ticket of the sender's last question in the chat, where that was so short a time ago
    that what follows it belongs to it."""
    former_chat: ChatId | None = None
    """The basic group that the message's chat was; a reply to its messages is one within here."""
    context: Inbound | None = None
    """The message that a question replies to, as far as it can be had."""
    groups: tuple[CustomerGroup, ...] = ()
    """All customer groups, where the message asks about them."""
    undelivered: Undelivered | None = None
    """The message that is to be sent again, as the one that is replied to tells."""


def may_command(inbound: Inbound) -> bool:
    """Commands run only from what a person wrote here, and just now."""
    return inbound.kind is InboundKind.NEW and not inbound.forwarded and not inbound.via_bot
