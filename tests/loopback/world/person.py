"""Users and bots."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.loopback.rpc import TlObject

Scope = tuple[str, int, int]
"""Whom a bot's commands are for: the name of the scope, and the marked ids of a chat and of a user,
0 where the scope has none."""


@dataclass(slots=True, eq=False)
class Person:
    """An account: a user, or a bot if it has a token."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    phone: str | None = None
    """Digits alone, for the sign-in; bots have none."""
    token: str | None = None
    privacy: bool = False
    """A bot's privacy mode: in groups it gets only what is meant for it, unless it is an admin.
    https://core.telegram.org/bots/features#privacy-mode"""
    may_join_groups: bool = True
    spam_limited: bool = False
    """Reported for spam: USER_BANNED_IN_CHANNEL on every send to a supergroup."""
    hides_in_forwards: bool = False
    """Forwards of this person's messages give the name but not the account."""
    blocked: set[int] = field(default_factory=set)
    """Ids of those who may not write to this person."""
    commands: dict[tuple[Scope, str], list[TlObject]] = field(default_factory=dict)
    """A bot's commands by their scope and language."""

    @property
    def is_bot(self) -> bool:
        return self.token is not None

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}" if self.last_name else self.first_name

    def __repr__(self) -> str:
        return f"<{'bot' if self.is_bot else 'user'} {self.full_name} {self.id}>"
