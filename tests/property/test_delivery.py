"""One message through everything that can happen to a send: never twice, never called failed when
it is there, never called sent when it is not."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, TypeVar, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.core.model import ChatId
from daemon.core.retry import ErrorKind, Failure
from daemon.core.text import Entity, Text
from daemon.relay.alternatives import Alternatives
from daemon.relay.delivery import Delivery, Failed, Outcome, Postponed, Sent
from daemon.relay.finder import Finder
from daemon.storage import outbox
from daemon.storage.db import migrate
from daemon.telegram.fetcher import OwnMessage
from daemon.telegram.requests import Outgoing
from tests.builders import ACME, QUESTION, STAFF
from tests.examples import examples
from tests.storage.drafts import RandomIds, a_draft, put
from tests.storage.relaying import DESK, Time

T = TypeVar("T")


class Event(Enum):
    """What becomes of one attempt."""

    GOES_WELL = auto()
    ANSWER_LOST = auto()
    REQUEST_LOST = auto()
    OFFLINE_FOR_HOURS = auto()
    TROUBLE_THOUGH_STORED = auto()
    TROUBLE = auto()
    FLOOD_WAIT = auto()
    REFUSED = auto()
    FORBIDDEN = auto()
    REPLY_GONE = auto()


LOST = [Event.ANSWER_LOST, Event.REQUEST_LOST, Event.OFFLINE_FOR_HOURS]
STORES = {Event.GOES_WELL, Event.ANSWER_LOST, Event.TROUBLE_THOUGH_STORED}
KINDS = {
    **dict.fromkeys(LOST, ErrorKind.UNKNOWN_OUTCOME),
    Event.TROUBLE_THOUGH_STORED: ErrorKind.SERVER_TROUBLE,
    Event.TROUBLE: ErrorKind.SERVER_TROUBLE,
    Event.FLOOD_WAIT: ErrorKind.FLOOD_WAIT,
    Event.REFUSED: ErrorKind.REFUSED,
    Event.FORBIDDEN: ErrorKind.FORBIDDEN,
    Event.REPLY_GONE: ErrorKind.REPLY_GONE,
}
FLOOR = 500
"""The highest id in the chat before."""
MEMORY_S = 6 * 60
"""How long this Telegram knows a random_id: a little longer than the relay relies on."""


@dataclass
class Telegram:
    """The other side: what it stored, and which random_ids it knows."""

    time: Time
    story: list[Event]
    tells_duplicates: bool
    """A repeated random_id is an error, not answered with the first message's id."""
    stored: list[tuple[int, str]] = field(default_factory=list)
    known: dict[int, tuple[int, float]] = field(default_factory=dict)

    async def send(self, message: Outgoing, patience_s: float) -> tuple[int, ...] | Failure:
        event = self.story.pop(0) if self.story else Event.GOES_WELL
        if event is Event.REPLY_GONE and message.reply_to is None:
            event = Event.GOES_WELL
        if event is Event.OFFLINE_FOR_HOURS:
            self.time.now_s += 3 * 3600
        (random_id,) = message.random_ids
        msg_id, since = self.known.get(random_id, (0, 0.0))
        if msg_id and self.time.now_s - since <= MEMORY_S:
            if event not in STORES:
                return Failure(KINDS[event], event.name, 5.0)
            if self.tells_duplicates and event is Event.GOES_WELL:
                return Failure(ErrorKind.DUPLICATE, "RANDOM_ID_DUPLICATE")
        elif event in STORES:
            msg_id = FLOOR + 1 + len(self.stored)
            self.stored.append((msg_id, message.text.text))
            self.known[random_id] = (msg_id, self.time.now_s)
        if event is Event.GOES_WELL:
            return (msg_id,)
        return Failure(KINDS[event], event.name, 5.0)

    async def now_at(self, _chat: ChatId) -> None:
        """No group moves here."""

    async def own_messages(self, _chat: ChatId, first: int, last: int) -> list[OwnMessage]:
        return [OwnMessage(number, text) for number, text in self.stored if first <= number <= last]


def delivered(telegram: Telegram, destination: ChatId) -> Outcome:
    """What the relay makes of it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)

        async def store(_name: str, work: Callable[[sqlite3.Connection], T]) -> T:
            return work(connection)

        clock = telegram.time.clock()
        gateway = cast(Any, telegram)
        text = Text("hello", (Entity("Bold", 0, 5),))
        put(connection, a_draft(text, destination, reply_to=QUESTION), RandomIds())
        outbox.claim(connection, destination, clock.now_ms(), FLOOR)
        row = outbox.sending(connection, destination)
        assert row is not None
        delivery = Delivery(
            cast(Any, store),
            gateway,
            Finder(cast(Any, store), gateway, lambda _: FLOOR),
            Alternatives(gateway, gateway, DESK, 0),
            DESK,
            clock,
            server_time_ms=lambda local_ms: local_ms,
        )
        _, outcome = asyncio.run(delivery.deliver(row, left_over=False))
        return outcome


stories = st.lists(st.sampled_from(Event), max_size=25)


@settings(max_examples=examples(300))
@given(stories, st.sampled_from([ACME, STAFF]), st.booleans())
def test_a_message_arrives_once_or_is_told_not_to_have_arrived(
    story: list[Event], destination: ChatId, tells_duplicates: bool
) -> None:
    telegram = Telegram(Time(), list(story), tells_duplicates)
    outcome = delivered(telegram, destination)
    assert len(telegram.stored) <= 1, "it is there twice"
    match outcome:
        case Sent(msg_ids):
            assert list(msg_ids) == [msg_id for msg_id, _ in telegram.stored]
        case Failed() | Postponed():
            assert telegram.stored == [], "it is there, and will be sent again or called failed"


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("trouble", [Event.TROUBLE, Event.TROUBLE_THOUGH_STORED])
@pytest.mark.parametrize("attempts", [1, 11, 12, 40])
def test_a_long_outage_does_not_make_the_first_trouble_behind_it_the_last(
    lost: Event, trouble: Event, attempts: int
) -> None:
    telegram = Telegram(Time(), [*[lost] * attempts, trouble], tells_duplicates=False)
    assert isinstance(delivered(telegram, ACME), Sent)
    assert len(telegram.stored) == 1


def test_trouble_that_does_not_end_is_given_up() -> None:
    telegram = Telegram(Time(), [Event.TROUBLE] * 100, tells_duplicates=False)
    assert isinstance(delivered(telegram, ACME), Failed)
