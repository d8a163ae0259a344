"""What is stored of the people in groups, and which groups are to be looked at."""

from __future__ import annotations

import sqlite3

from daemon.core.membership import Known, Look, MemberStatus
from daemon.core.model import ChatId
from daemon.storage import members
from tests.builders import ACME, ADMIN, ALICE, BOB, GLOBEX, STAFF


def asked(tx: sqlite3.Connection) -> list[ChatId]:
    return [lookup.chat_id for lookup in members.asked_for(tx)]


def test_of_each_person_the_newest_is_known(tx: sqlite3.Connection) -> None:
    members.put(tx, STAFF, BOB.id, Known(MemberStatus.MEMBER, 100))
    members.put(tx, STAFF, BOB.id, Known(MemberStatus.LEFT, 200))
    members.put(tx, STAFF, ADMIN.id, Known(MemberStatus.ADMIN, 150))
    assert members.of_chat(tx, STAFF) == {
        BOB.id: Known(MemberStatus.LEFT, 200),
        ADMIN.id: Known(MemberStatus.ADMIN, 150),
    }


def test_groups_are_kept_apart(tx: sqlite3.Connection) -> None:
    members.put(tx, STAFF, BOB.id, Known(MemberStatus.MEMBER, 100))
    members.put_look(tx, STAFF, Look("staff", None, True))
    assert members.of_chat(tx, ACME) == {}
    assert members.last_look(tx, ACME) is None


def test_the_last_look_counts(tx: sqlite3.Connection) -> None:
    for look in (Look("staff", "News", True), Look(None, None, False)):
        members.put_look(tx, STAFF, look)
        assert members.last_look(tx, STAFF) == look


def test_a_group_is_looked_at_once_however_often_that_is_asked_for(tx: sqlite3.Connection) -> None:
    members.ask_for_look(tx, [ACME, GLOBEX])
    members.ask_for_look(tx, [ACME])
    assert sorted(asked(tx)) == sorted([ACME, GLOBEX])


def test_a_look_that_is_asked_for_again_meanwhile_is_not_over(tx: sqlite3.Connection) -> None:
    members.ask_for_look(tx, [ACME])
    (lookup,) = members.asked_for(tx)
    members.ask_for_look(tx, [ACME])
    members.end_look(tx, lookup)
    assert asked(tx) == [ACME]
    (again,) = members.asked_for(tx)
    members.end_look(tx, again)
    assert asked(tx) == []


def test_who_led_to_a_look_is_kept_until_it_is_over(tx: sqlite3.Connection) -> None:
    members.ask_for_look(tx, [ACME], actor=ALICE)
    members.ask_for_look(tx, [ACME])  # by whom, that time nobody told
    (lookup,) = members.asked_for(tx)
    assert members.end_look(tx, lookup) == ALICE
    assert members.end_look(tx, lookup) is None
