"""What is to be done: the values that routing returns and that the relay carries out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from daemon.core.model import (
    ChatId,
    Link,
    LinkRole,
    Media,
    MessageKey,
    Ticket,
    TicketId,
    TicketStatus,
)
from daemon.core.text import Text


@dataclass(frozen=True, slots=True)
class UnderWrapper:
    """Reply to the wrapper of the ticket, sent or still waiting to be sent."""


@dataclass(frozen=True, slots=True)
class Send:
    """One message to be written to the outbox."""

    destination: ChatId
    role: LinkRole
    ticket_id: TicketId | None
    text: Text
    reply_to: MessageKey | UnderWrapper | None
    media: tuple[Media, ...] = ()
    source: MessageKey | None = None
    """The person's message that this one copies or answers; failures are told under it."""
    confirm: bool = False
    """Tell the staff under `source` once it is sent."""


@dataclass(frozen=True, slots=True)
class OpenTicket:
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class SetStatus:
    ticket_id: TicketId
    status: TicketStatus


@dataclass(frozen=True, slots=True)
class AddLink:
    """Note that a person's own message belongs to a ticket."""

    link: Link


@dataclass(frozen=True, slots=True)
class EnrolGroup:
    chat_id: ChatId
    title: str


@dataclass(frozen=True, slots=True)
class RemoveGroup:
    chat_id: ChatId


class Refusal(StrEnum):
    """Why somebody's command does nothing, as the log tells it."""

    NOT_AN_ADMIN = "not_an_admin"
    NOT_ON_STAFF_LIST = "not_on_staff_list"


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do nothing, in silence; the log alone tells why."""

    reason: Refusal


Action = Send | OpenTicket | SetStatus | AddLink | EnrolGroup | RemoveGroup | Refuse
