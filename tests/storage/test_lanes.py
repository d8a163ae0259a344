"""What the sender finds for a destination."""

from __future__ import annotations

import sqlite3

from daemon.core.sync import KnownChat, Move
from daemon.storage import lanes, moves, waits
from daemon.storage.lanes import Lane
from tests.builders import ACME, GLOBEX, a_photo
from tests.storage.drafts import RandomIds, a_draft, claimed, put

Tx = sqlite3.Connection

IDLE = Lane(moved_to=None, is_sending=False, messages=0, wait_ms=0)


def test_nothing_is_to_be_done_where_nothing_waits(tx: Tx, ids: RandomIds) -> None:
    put(tx, a_draft(destination=GLOBEX), ids)
    claimed(tx, GLOBEX)
    waits.note(tx, GLOBEX, 5_000, 0)
    assert lanes.look(tx, ACME, 0) == IDLE


def test_what_is_next_and_what_is_under_way(tx: Tx, ids: RandomIds) -> None:
    put(tx, a_draft("first"), ids)
    put(tx, a_draft("album", media=(a_photo(), a_photo())), ids)
    assert lanes.look(tx, ACME, 0) == Lane(None, is_sending=False, messages=1, wait_ms=0)
    claimed(tx)
    assert lanes.look(tx, ACME, 0) == Lane(None, is_sending=True, messages=2, wait_ms=0)


def test_a_wait_begins_anew_where_the_clock_went_back(tx: Tx) -> None:
    waits.note(tx, ACME, 5_000, 100_000)
    left = [lanes.look(tx, ACME, now).wait_ms for now in (102_000, 105_000, 50_000, 51_000)]
    assert left == [3_000, 0, 5_000, 4_000]


def test_where_a_group_went(tx: Tx) -> None:
    moves.follow(tx, Move(ACME, KnownChat(GLOBEX, "Acme", 1)))
    assert lanes.look(tx, ACME, 0).moved_to == GLOBEX
    assert lanes.look(tx, GLOBEX, 0).moved_to is None
