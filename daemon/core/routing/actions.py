"""What is to be done: the values that routing returns and that the relay carries out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from daemon.core.membership import Known, Look
from daemon.core.model import (
    ChatId,
    Link,
    LinkRole,
    Media,
    MessageKey,
    Sender,
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
class Retry:
    """Send again what could not be sent of a person's message."""

    source: MessageKey


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


@dataclass(frozen=True, slots=True)
class TellAdmins:
    """Tell each admin in private; where one cannot be reached, the staff group once."""

    text: Text


@dataclass(frozen=True, slots=True)
class Remember:
    """Note what somebody is in a group."""

    chat_id: ChatId
    person_id: ChatId
    known: Known


@dataclass(frozen=True, slots=True)
class NoteLook:
    """Note what a look at a group found."""

    chat_id: ChatId
    look: Look


@dataclass(frozen=True, slots=True)
class LookAt:
    """Find out how a group is before anything is said of it. `actor` did what led to this."""

    chat_id: ChatId
    actor: Sender | None


Action = (
    Send
    | OpenTicket
    | SetStatus
    | AddLink
    | Retry
    | EnrolGroup
    | RemoveGroup
    | Refuse
    | TellAdmins
    | Remember
    | NoteLook
    | LookAt
)
