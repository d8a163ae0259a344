"""What an account counts for itself: the ids and events of its basic groups and private chats."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tests.loopback.rpc import TlObject
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.person import Person
from tests.loopback.world.sequence import Entry, Event, Sequence

if TYPE_CHECKING:
    from tests.loopback.world.world import World


class Mailbox:
    """One account's message ids, its pts sequence, and its qts sequence of other events."""

    __slots__ = ("_next_id", "_other", "log", "messages", "owner", "qts")

    def __init__(self, owner: Person) -> None:
        self.owner = owner
        self.messages: dict[int, StoredMessage] = {}
        self.log = Sequence()
        self.qts = 1
        self._next_id = 1
        self._other: list[tuple[int, TlObject]] = []

    def keep(self, message: StoredMessage) -> None:
        """Give the message this account's next id."""
        message.own_ids[self.owner.id] = self._next_id
        self.messages[self._next_id] = message
        self._next_id += 1

    def next_qts(self) -> int:
        self.qts += 1
        return self.qts

    def note(self, update: TlObject) -> None:
        """Remember an update that carries the newest qts."""
        self._other.append((self.qts, update))

    def noted_after(self, qts: int) -> list[TlObject]:
        start = bisect_right(self._other, qts, key=lambda noted: noted[0])
        return [update for _, update in self._other[start:]]


def record_in_mailboxes(
    world: World, readers: Iterable[Person], event: Event, messages: tuple[StoredMessage, ...]
) -> Iterator[tuple[Person, Entry]]:
    """Put an event in the sequence of each reader who may know of it; a new message gets an id
    there. Messages of one call are of one chat."""
    date = world.now()
    for person in readers:
        mailbox = world.mailbox(person)
        if event is Event.NEW:
            known = tuple(m for m in messages if person.id not in m.hidden_from)
            for message in known:
                mailbox.keep(message)
        else:
            known = tuple(m for m in messages if m.seen_by(person))
        if known:
            yield person, mailbox.log.record(event, known, date)
