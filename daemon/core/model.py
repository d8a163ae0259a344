"""The relay's own words for what happens on Telegram, free of any wire format."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from daemon.core.text import Text

ChatId = NewType("ChatId", int)
"""A *marked* peer id: users positive, basic groups `-id`, channels and supergroups `-100…`.
One number space for all kinds of peer, so ids of different kinds never compare equal."""

TicketId = NewType("TicketId", int)

OutboxId = NewType("OutboxId", int)


@dataclass(frozen=True, slots=True, order=True)
class MessageKey:
    """One message. Message ids are counted per supergroup, so the chat belongs to the key."""

    chat_id: ChatId
    msg_id: int


class MediaKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Media:
    """What a message carries beside its text."""

    kind: MediaKind
    source: MessageKey
    """The message to fetch afresh when the file reference has expired."""
    blob: bytes
    """The media as Telegram sent it; only the telegram layer can read it."""
    label: str = ""
    """What people call it: a file name, or the constructor of an unsupported kind."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote a message. An anonymous admin or a linked channel is a chat, not a user."""

    id: ChatId
    name: str
    """First and last name of a user, title of a chat; as Telegram gave it, not yet cleaned."""
    username: str | None = None
    is_bot: bool = False


class InboundKind(StrEnum):
    NEW = "new"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message, or an edit of one, on its way in."""

    kind: InboundKind
    key: MessageKey
    chat_title: str
    sender: Sender
    text: Text
    reply_to: MessageKey | None = None
    media: Media | None = None
    grouped_id: int | None = None
    forwarded: bool = False
    via_bot: bool = False
    date: int = 0
    """Seconds since the epoch, Telegram's clock."""


@dataclass(frozen=True, slots=True)
class Bot:
    """Who the relay is logged in as."""

    id: ChatId
    username: str


class ChatRole(StrEnum):
    """What a chat is to the relay."""

    STAFF = "staff"
    CUSTOMER = "customer"
    OTHER = "other"


class TicketStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Ticket:
    """One question and the conversation that follows from it."""

    ticket_id: TicketId
    question: MessageKey
    user_id: ChatId
    username: str | None
    user_name: str
    status: TicketStatus


class LinkRole(StrEnum):
    """What a message is in its ticket."""

    QUESTION = "question"
    FOLLOW_UP = "follow_up"
    STAFF_REPLY = "staff_reply"
    WRAPPER = "wrapper"
    MEDIA_COPY = "media_copy"
    CONTINUATION = "continuation"
    ANSWER = "answer"
    NOTICE = "notice"

    @property
    def by_bot(self) -> bool:
        """Whether the relay itself wrote the message; only such a message takes answers."""
        return self not in (LinkRole.QUESTION, LinkRole.FOLLOW_UP, LinkRole.STAFF_REPLY)


@dataclass(frozen=True, slots=True)
class Link:
    """A message that belongs to a ticket."""

    key: MessageKey
    ticket_id: TicketId
    role: LinkRole
    counterpart: MessageKey | None = None
    """The message that this one is a copy of, or answers to; None for a person's own."""
