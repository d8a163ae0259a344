"""How far the relay has read: sequences, gaps, and what one batch of updates brings.

https://core.telegram.org/api/updates
"""

from __future__ import annotations

from dataclasses import dataclass, field

from daemon.core.membership import Membership
from daemon.core.model import ChatId, Inbound, MessageKey

ACCOUNT = ChatId(0)
"""Stands for all basic groups and private chats, which share one sequence of message ids."""

_FIRST_CHANNEL = -1_000_000_000_000


def sequence_of(chat_id: ChatId) -> ChatId:
    """Which sequence of message ids a chat counts in: its own, or that of the account.

    https://core.telegram.org/api/bots/ids"""
    return chat_id if chat_id < _FIRST_CHANNEL else ACCOUNT


@dataclass(frozen=True, slots=True)
class AccountState:
    """The account's common sequence. `date` in seconds since the epoch, Telegram's clock."""

    pts: int
    qts: int
    date: int
    seq: int


@dataclass(frozen=True, slots=True)
class KnownChat:
    """What it takes to speak to a chat and to ask for what it missed."""

    chat_id: ChatId
    title: str
    access_hash: int | None
    """None for basic groups, which have none."""
    pts: int | None = None
    """The channel's own sequence; None for basic groups, and where it is not known yet."""
    top_msg_id: int = 0
    """Highest message id seen there."""


FIRST_PTS = 1
"""Where a supergroup's sequence begins; its first message moves it to 2."""


@dataclass(frozen=True, slots=True)
class Move:
    """A basic group became a supergroup. https://core.telegram.org/api/channel#migration"""

    old: ChatId
    new: KnownChat
    """With the pts from which on its messages count."""

    @staticmethod
    def from_the_beginning(
        old: ChatId, new: ChatId, title: str = "", access_hash: int | None = None
    ) -> Move:
        """A move that was seen as it happened, or missed in a while of absence: whatever was
        written in the new group counts. Its first message only says where it comes from.

        A bot may name a supergroup it is in without knowing the access hash."""
        return Move(old, KnownChat(new, title, access_hash or 0, FIRST_PTS, top_msg_id=1))


NO_END = 2**31 - 1
"""No message id is higher: https://core.telegram.org/constructor/message"""


FROM_ENROLMENT = -1
"""As `Gap.since`: from when the group became a customer group. Of any other there is no gap."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages that Telegram will not push any more and that must be fetched by their ids."""

    chat_id: ChatId
    """A supergroup, or `ACCOUNT`."""
    next_id: int
    last_id: int
    """`NO_END` where Telegram does not tell: then it ends where nothing more is found."""
    since: int = 0
    """Seconds since the epoch, Telegram's clock. What was written before is none of ours: where no
    message was ever seen, its date alone can tell."""

    @property
    def is_open_ended(self) -> bool:
        return self.last_id == NO_END


@dataclass(frozen=True, slots=True)
class SentId:
    """Telegram tells which id a message got that was sent with a random_id."""

    random_id: int
    msg_id: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An update that could not be read: kept as it came, for a person to look at."""

    key: MessageKey
    """Of the message that it is about; zeros where not even that could be read."""
    update: bytes
    """As Telegram sent it."""
    error: str
    """The traceback."""


@dataclass(slots=True)
class Batch:
    """What one batch of updates brings, and the state that holds once it is stored."""

    messages: list[Inbound] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    chats: dict[ChatId, KnownChat] = field(default_factory=dict)
    """Chats that came with the messages; `pts` and `top_msg_id` are not set in these."""
    sent_ids: list[SentId] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    changed: set[ChatId] = field(default_factory=set)
    """Groups of which it is told that something changed, and not what."""
    gaps: list[Gap] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    unknown: set[int] = field(default_factory=set)
    """Constructors that came and that this version does not know: https://core.telegram.org/mtproto/TL
    """
    tops: dict[ChatId, int] = field(default_factory=dict)
    account: AccountState | None = None
    pts: dict[ChatId, int] = field(default_factory=dict)
    """Sequences that moved since the batch before."""

    @property
    def must_be_stored(self) -> bool:
        """Whether the batch brings more than a moved state, which the next one brings too."""
        messages = (self.messages, self.unreadable, self.sent_ids, self.gaps)
        return any((*messages, self.memberships, self.changed, self.moves, self.unknown))
