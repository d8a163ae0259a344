"""Who comes and goes: what Telegram tells of it, and what a look at a group finds.

https://core.telegram.org/api/rights
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from daemon.core.model import ChatId, Sender


class MemberStatus(StrEnum):
    """What somebody is in a group, as far as it matters to the relay."""

    ADMIN = "admin"
    MEMBER = "member"
    MUTED = "muted"
    """In it, but may not write texts."""
    LEFT = "left"
    """Not in it: never was, went, or was put out."""

    @property
    def is_in(self) -> bool:
        return self is not MemberStatus.LEFT


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody came, went, or may do more or less than before. Telegram may tell one change in
    several ways, each at its own time."""

    chat_id: ChatId
    chat_title: str
    person: Sender
    before: MemberStatus | None
    """None where it is not told."""
    after: MemberStatus
    actor: Sender | None
    """Who did it, perhaps the person; None where it is not told."""
    date: int
    """Seconds since the epoch, Telegram's clock."""


@dataclass(frozen=True, slots=True)
class GroupSeen:
    """What a look at a group finds: how it is now, however that came about."""

    chat_id: ChatId
    chat_title: str
    """Empty where it is not known."""
    status: MemberStatus
    """The bot's own."""
    username: str | None = None
    """That of a public group."""
    linked_channel: str | None = None
    """Title of the channel that it is the discussion group of."""
    migrated_from: ChatId | None = None
    """The basic group that became this supergroup."""
    members: tuple[Sender, ...] | None = None
    """Everybody in it, the bot included; None where that was not asked or not told."""
    actor: Sender | None = None
    """Who did what led to the look, where that is known."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was last known of somebody in a group."""

    status: MemberStatus
    date: int
    """When Telegram said so, in seconds since the epoch; 0 where a look at the group found it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the last look at a group found, as far as a change of it is told."""

    username: str | None = None
    linked_channel: str | None = None
    members_told: bool = False
    """Whether it told who is in the group."""
