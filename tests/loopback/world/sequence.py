"""A pts sequence: every event of a message box in the order it happened.

https://core.telegram.org/api/updates#message-related-event-sequences
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from tests.loopback.world.message import StoredMessage


class Event(Enum):
    NEW = auto()
    EDITED = auto()
    DELETED = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `pts` is the number of the sequence after it, `count` the steps it took."""

    pts: int
    count: int
    event: Event
    messages: tuple[StoredMessage, ...]
    """One message, or all that one deletion took."""
    date: datetime


class Sequence:
    """The events of one message box: a supergroup's own, or an account's."""

    __slots__ = ("_entries", "pts")

    def __init__(self) -> None:
        self.pts = 1
        """Never 0: a client that is told 0 keeps no state."""
        self._entries: list[Entry] = []

    def record(self, event: Event, messages: tuple[StoredMessage, ...], date: datetime) -> Entry:
        self.pts += len(messages)
        entry = Entry(self.pts, len(messages), event, messages, date)
        self._entries.append(entry)
        return entry

    def after(self, pts: int) -> list[Entry]:
        """What happened after this point, oldest first."""
        return self._entries[bisect_right(self._entries, pts, key=lambda entry: entry.pts) :]

    @property
    def last_date(self) -> datetime | None:
        return self._entries[-1].date if self._entries else None
