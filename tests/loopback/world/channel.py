"""Channels for broadcasts, as groups meet them.

Their owners may write in groups under their name, and their posts come into their discussion
group: https://core.telegram.org/api/discussion. What else is posted in them the world does not
know.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.loopback.world.person import Person


@dataclass(slots=True, eq=False)
class Channel:
    id: int
    title: str
    owner: Person
    username: str | None = None
    posts: int = 0
    """How many there are; they are numbered from 1."""
