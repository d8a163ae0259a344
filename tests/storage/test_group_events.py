"""What happened to groups, from the intake to the routing."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import msgspec
import pytest

from daemon.core.membership import GroupSeen, Membership, MemberStatus
from daemon.storage import group_events
from tests.builders import ACME, ADMIN, ALICE, BOB, GLOBEX

JOINED = Membership(
    chat_id=ACME,
    chat_title="Customer Support",
    person=ALICE,
    before=None,
    after=MemberStatus.MEMBER,
    actor=ADMIN,
    date=1_700_000_000,
)
SEEN = GroupSeen(GLOBEX, "Globex", MemberStatus.ADMIN, username="globex", members=(ALICE, BOB))


def test_events_come_back_as_they_were_in_their_order(tx: sqlite3.Connection) -> None:
    events: list[group_events.GroupEvent] = [JOINED, SEEN, replace(JOINED, after=MemberStatus.LEFT)]
    for number, event in enumerate(events):
        group_events.put(tx, event, number)
    rows = list(group_events.waiting(tx, 10))
    assert [row.event() for row in rows] == events
    assert [row.received_at for row in rows] == [0, 1, 2]
    assert [row.chat_id for row in rows] == [ACME, GLOBEX, ACME]


def test_the_oldest_come_first_and_leave_once_they_are_routed(tx: sqlite3.Connection) -> None:
    for event in (JOINED, SEEN):
        group_events.put(tx, event, 0)
    (first,) = group_events.waiting(tx, 1)
    group_events.take(tx, first)
    assert [row.event() for row in group_events.waiting(tx, 10)] == [SEEN]


@pytest.mark.parametrize("payload", ["{", "{}", '{"chat_id": "x"}'])
def test_one_that_cannot_be_read_is_kept_as_a_dead_letter(
    tx: sqlite3.Connection, payload: str
) -> None:
    group_events.put(tx, JOINED, 0)
    tx.execute("UPDATE group_events SET payload = ?", (payload,))
    (row,) = group_events.waiting(tx, 10)
    with pytest.raises(msgspec.DecodeError):
        row.event()
    number = group_events.bury(tx, row, "odd", 1000)
    letters = tx.execute("SELECT id, chat_id, kind, payload, error, at FROM dead_letters")
    assert letters.fetchall() == [(number, ACME, "membership", payload, "odd", 1000)]
    assert list(group_events.waiting(tx, 10)) == []
