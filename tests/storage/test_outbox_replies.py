"""Replies to what is not sent yet, and what a chat must wait for."""

from __future__ import annotations

import sqlite3

import pytest

from daemon.core.model import LinkRole, MessageKey, TicketId
from daemon.storage import outbox, waits
from daemon.storage.outbox_row import OutboxRow
from tests.builders import ACME, GLOBEX, STAFF
from tests.storage.drafts import RandomIds, a_draft, claimed, put

Tx = sqlite3.Connection


def states(tx: Tx) -> list[str]:
    return [state for (state,) in tx.execute("SELECT state FROM outbox ORDER BY id")]


def replying(tx: Tx, ids: RandomIds) -> OutboxRow:
    """The claimed first of two rows, the second of which replies to it."""
    first = put(tx, a_draft("first", STAFF), ids)
    put(tx, a_draft("second", STAFF, reply_to=first), ids)
    return claimed(tx, STAFF)


def test_a_reply_to_a_row_becomes_one_to_its_message(tx: Tx, ids: RandomIds) -> None:
    outbox.settle(tx, replying(tx, ids), [500])
    assert claimed(tx, STAFF).reply_to == MessageKey(STAFF, 500)


def test_a_reply_to_an_album_becomes_one_to_its_first_message(tx: Tx, ids: RandomIds) -> None:
    outbox.settle(tx, replying(tx, ids), [500, 501])
    assert claimed(tx, STAFF).reply_to == MessageKey(STAFF, 500)


def test_a_reply_to_a_failed_row_goes_without_it(tx: Tx, ids: RandomIds) -> None:
    outbox.fail(tx, replying(tx, ids), "x")
    assert claimed(tx, STAFF).reply_to is None
    assert tx.execute("SELECT count(reply_outbox) FROM outbox").fetchone() == (0,)
    waiting_for = tx.execute("SELECT reply_outbox FROM outbox WHERE state = 'sending'")
    assert waiting_for.fetchall() == [(None,)]


def test_a_reply_to_a_row_of_unknown_id_goes_without_it(tx: Tx, ids: RandomIds) -> None:
    outbox.settle(tx, replying(tx, ids), [])
    assert claimed(tx, STAFF).reply_to is None
    assert states(tx) == ["sending"]


def test_the_row_of_a_wrapper_is_told_until_it_is_sent_or_failed(
    tx: Tx, ticket: TicketId, ids: RandomIds
) -> None:
    draft = a_draft(destination=STAFF, ticket_id=ticket, role=LinkRole.WRAPPER)
    number = put(tx, draft, ids)
    assert outbox.waiting_wrapper(tx, ticket) == number
    assert outbox.waiting_wrapper(tx, TicketId(ticket + 1)) is None
    row = claimed(tx, STAFF)
    assert outbox.waiting_wrapper(tx, ticket) == number
    outbox.fail(tx, row, "x")
    assert outbox.waiting_wrapper(tx, ticket) is None


@pytest.mark.parametrize("msg_id, in_flight", [(49, False), (50, False), (51, True), (900, True)])
def test_a_message_above_the_claims_floor_may_be_the_one_being_sent(
    tx: Tx, ids: RandomIds, msg_id: int, in_flight: bool
) -> None:
    put(tx, a_draft(), ids)
    assert not outbox.in_flight_below(tx, MessageKey(ACME, msg_id))
    row = claimed(tx)
    assert bool(outbox.in_flight_below(tx, MessageKey(ACME, msg_id))) is in_flight
    assert not outbox.in_flight_below(tx, MessageKey(GLOBEX, msg_id))
    outbox.release(tx, row)
    assert not outbox.in_flight_below(tx, MessageKey(ACME, msg_id))


# --- waits ---


@pytest.mark.parametrize(
    "now, left",
    [
        (1_000_000, 30_000),
        (1_010_000, 20_000),
        (1_030_000, 0),
        (9_000_000, 0),
    ],
)
def test_a_wait_is_kept_for_its_own_chat(tx: Tx, now: int, left: int) -> None:
    waits.note(tx, ACME, 30_000, 1_000_000)
    assert waits.left_ms(tx, ACME, now) == left
    assert waits.left_ms(tx, GLOBEX, now) == 0


def test_a_newer_wait_takes_the_place_of_an_older_one_and_can_be_ended(tx: Tx) -> None:
    waits.note(tx, ACME, 30_000, 0)
    waits.note(tx, ACME, 5_000, 1_000)
    assert waits.left_ms(tx, ACME, 1_000) == 5_000
    waits.end(tx, ACME)
    assert waits.left_ms(tx, ACME, 1_000) == 0


def test_a_wait_begins_anew_where_the_clock_went_back(tx: Tx) -> None:
    """And does not last until the clock is where it was."""
    waits.note(tx, ACME, 30_000, 9_000_000)
    assert waits.left_ms(tx, ACME, 1_000_000) == 30_000
    assert waits.left_ms(tx, ACME, 1_020_000) == 10_000
    assert waits.left_ms(tx, ACME, 1_030_000) == 0
