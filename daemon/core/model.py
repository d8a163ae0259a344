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
    """What people call it; `core.media` tells how each kind is copied."""

    PHOTO = "photo"
    VIDEO = "video"
    ANIMATION = "animation"
    DOCUMENT = "document"
    AUDIO = "audio"
    VOICE = "voice"
    VIDEO_NOTE = "video_note"
    STICKER = "sticker"
    CONTACT = "contact"
    LOCATION = "location"
    LIVE_LOCATION = "live_location"
    VENUE = "venue"
    POLL = "poll"
    QUIZ = "quiz"
    """A poll with a right answer that the bot is not told."""
    DICE = "dice"
    GAME = "game"
    STORY = "story"
    INVOICE = "invoice"
    SELF_DESTRUCTING = "self_destructing"
    """A photo, video or voice message to be seen once, or that is gone already."""
    PAID_MEDIA = "paid_media"
    GIVEAWAY = "giveaway"
    CHECKLIST = "checklist"
    UNSUPPORTED = "unsupported"
    """Anything else, newer kinds of media among them."""


@dataclass(frozen=True, slots=True)
class Media:
    """What a message carries beside its text."""

    kind: MediaKind
    source: MessageKey
    """The message that carries it: to fetch it afresh when the file reference has expired, to
    forward it, to link to it."""
    blob: bytes
    """The media as Telegram sent it; only the telegram layer can read it."""
    title: str = ""
    """Of a poll its question, of music its performer and title, of a contact its name, …"""
    file_name: str = ""
    """As the sender chose it, not yet cleaned; empty where there is none."""
    size_bytes: int = 0
    """0 where there is no file."""
    duration_s: int = 0
    """0 where it does not play."""
    file_id: int = 0
    """Telegram's number of the file; 0 where there is none. In the blob are also a reference and
    rights, which are others each time."""


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
    UNREADABLE = "unreadable"
    """Stands in the inbox for what could not be made an `Inbound`; it is never routed."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message, or an edit of one, on its way in."""

    kind: InboundKind
    key: MessageKey
    chat_title: str
    sender: Sender
    text: Text
    reply_to: MessageKey | None = None
    media: tuple[Media, ...] = ()
    """An album has several."""
    grouped_id: int | None = None
    """Telegram's number of the album that the message is a part of."""
    parts: tuple[MessageKey, ...] = ()
    """Where it stands for a whole album: the messages of that, this one first."""
    forwarded: bool = False
    via_bot: bool = False
    date: int = 0
    """When it was written, or edited: seconds since the epoch, Telegram's clock."""

    @property
    def keys(self) -> tuple[MessageKey, ...]:
        """The messages that it is: one, or the parts of an album."""
        return self.parts or (self.key,)


@dataclass(frozen=True, slots=True)
class Bot:
    """Who the relay is logged in as."""

    id: ChatId
    username: str


class ChatRole(StrEnum):
    """What a chat is to the relay."""

    STAFF = "staff"
    CUSTOMER = "customer"
    PRIVATE = "private"
    """A conversation with one person."""
    OTHER = "other"
    """A group that is none of ours: not yet, or no longer."""


class TicketStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class TicketNumbers(StrEnum):
    """How tickets are numbered."""

    TIMESTAMP = "timestamp"
    """By the time in ms since the epoch: 1737456789000."""
    SEQUENTIAL = "sequential"
    """1, 2, 3, …"""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One question and the conversation that follows from it."""

    ticket_id: TicketId
    question: MessageKey
    user_id: ChatId
    username: str | None
    user_name: str
    status: TicketStatus
    asked_at: int = 0
    """Seconds since the epoch, Telegram's clock; 0 where it is not known."""
    moved_to: ChatId | None = None
    """The supergroup that the question's chat became."""

    @property
    def group(self) -> ChatId:
        """Where its customers are now."""
        return self.moved_to or self.question.chat_id


@dataclass(frozen=True, slots=True)
class CustomerGroup:
    """A customer group as a list shows it."""

    chat_id: ChatId
    title: str
    """Empty where it is not known."""
    open_tickets: int


class Fate(StrEnum):
    """What became of a person's message that the relay was to send on."""

    FAILED = "failed"
    """It cannot be sent, at least some part of it, and is kept."""
    WAITING = "waiting"
    ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A person's message that somebody wants to be sent again."""

    source: MessageKey
    fate: Fate


class LinkRole(StrEnum):
    """What a message is in its ticket."""

    QUESTION = "question"
    FOLLOW_UP = "follow_up"
    STAFF_REPLY = "staff_reply"
    WRAPPER = "wrapper"
    CONTEXT = "context"
    """A copy of what the question replies to."""
    MEDIA_COPY = "media_copy"
    CONTINUATION = "continuation"
    ANSWER = "answer"
    NOTICE = "notice"
    HINT = "hint"
    """A notice that asks for a question; a reply to it is one."""
    ADMIN_NOTICE = "admin_notice"
    REACTION = "reaction"
    """No message: an emoji, the row's text, under the one that it replies to."""

    @property
    def is_notice(self) -> bool:
        """Whether the relay itself says it where somebody wrote; its failure is told to nobody."""
        return self in (LinkRole.NOTICE, LinkRole.HINT)

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
    grouped_id: int | None = None
    """The album that a person's message is a part of."""
