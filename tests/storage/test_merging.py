"""Rows of the outbox that become one before they are claimed."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from daemon.core.media import Way
from daemon.core.model import LinkRole, MessageKey, OutboxId, TicketId
from daemon.storage import links, merging, outbox, tickets
from tests.builders import ACME, STAFF, TICKET, a_photo, a_sticker, a_ticket
from tests.storage.drafts import RandomIds, a_draft, claimed, put

Tx = sqlite3.Connection
OTHER = TicketId(TICKET + 1)


@pytest.fixture(autouse=True)
def two_tickets(tx: Tx) -> None:
    for number in (TICKET, OTHER):
        tickets.open_ticket(tx, a_ticket(ticket_id=number), STAFF, 0)


def waits(tx: Tx, text: str, ids: RandomIds, **more: Any) -> OutboxId:
    """What a customer went on with, unless said otherwise."""
    values: dict[str, Any] = {"role": LinkRole.CONTINUATION, "ticket_id": TICKET}
    values |= {"source": said(text), "destination": STAFF}
    return put(tx, a_draft(text, **values | more), ids)


def said(text: str) -> MessageKey:
    """The customer's message with this text."""
    return MessageKey(ACME, 1000 + sum(map(ord, text)))


def texts(tx: Tx, ids: RandomIds) -> list[str]:
    """What is sent to the staff, message by message."""
    sent = []
    while outbox.next_size(tx, STAFF):
        merging.merge_next(tx, STAFF, ids)
        row = claimed(tx, STAFF)
        sent.append(row.text.text)
        outbox.settle(tx, row, [len(sent)])
    return sent


def test_a_ticket_goes_on_in_one_message_around_those_of_others(tx: Tx) -> None:
    ids = RandomIds()
    for text, ticket in (("a", TICKET), ("x", OTHER), ("b", TICKET), ("c", TICKET), ("y", OTHER)):
        waits(tx, text, ids, ticket_id=ticket)
    assert texts(tx, ids) == ["a\n\nb\n\nc", "x\n\ny"]
    link = links.get(tx, MessageKey(STAFF, 1))
    assert link is not None
    assert (link.ticket_id, link.counterpart) == (TICKET, said("c"))


@pytest.mark.parametrize(
    "between",
    [
        {"role": LinkRole.NOTICE},
        {"role": LinkRole.CONTINUATION, "media": (a_photo(),)},
        {"role": LinkRole.MEDIA_COPY, "media": (a_sticker(),)},
    ],
)
def test_what_stands_between_keeps_its_place(tx: Tx, between: dict[str, Any]) -> None:
    ids = RandomIds()
    waits(tx, "a", ids)
    waits(tx, "between", ids, **between)
    waits(tx, "b", ids)
    waits(tx, "c", ids)
    assert texts(tx, ids) == ["a", "between", "b\n\nc"]


def test_what_goes_to_customers_is_left_as_it_is(tx: Tx) -> None:
    ids = RandomIds()
    waits(tx, "a", ids)
    waits(tx, "answer", ids, role=LinkRole.ANSWER, destination=ACME)
    waits(tx, "b", ids)
    assert texts(tx, ids) == ["a\n\nb"]
    assert claimed(tx, ACME).text.text == "answer"


def test_what_was_claimed_once_is_left_as_it_is(tx: Tx) -> None:
    ids = RandomIds()
    waits(tx, "a", ids)
    waits(tx, "b", ids)
    before = claimed(tx, STAFF)
    waits(tx, "c", ids)
    assert merging.merge_next(tx, STAFF, ids) == 1  # what waits behind it
    assert outbox.sending(tx, STAFF) == before
    outbox.release(tx, before)
    assert merging.merge_next(tx, STAFF, ids) == 0
    assert texts(tx, ids) == ["a", "b\n\nc"]


def test_replies_to_what_became_a_part_of_another_go_to_that(tx: Tx) -> None:
    ids = RandomIds()
    waits(tx, "a", ids)
    b = waits(tx, "b", ids)
    put(tx, a_draft("reply", STAFF, reply_to=b), ids)
    assert merging.merge_next(tx, STAFF, ids) == 1
    outbox.settle(tx, claimed(tx, STAFF), [5])
    assert claimed(tx, STAFF).reply_to == MessageKey(STAFF, 5)


@pytest.mark.parametrize(
    "text, media, merged",
    [
        ("short", (a_photo(),), True),
        ("short", (a_photo(), a_photo()), True),
        ("short", (a_sticker(),), False),
        ("x" * 1025, (a_photo(),), False),
    ],
)
def test_a_ticket_takes_its_media_along(
    tx: Tx, text: str, media: tuple[Any, ...], merged: bool
) -> None:
    ids = RandomIds()
    wrapper = waits(tx, text, ids, role=LinkRole.WRAPPER)
    waits(tx, "", ids, role=LinkRole.MEDIA_COPY, media=media, reply_to=wrapper)
    waits(tx, "and more", ids)
    assert merging.merge_next(tx, STAFF, ids) == merged
    assert outbox.next_size(tx, STAFF) == (len(media) if merged else 1)
    row = claimed(tx, STAFF)
    assert (row.role, row.text.text) == (LinkRole.WRAPPER, text)
    assert (row.media, row.way) == ((media, Way.COPY) if merged else ((), None))


def test_a_row_that_cannot_be_read_is_left_to_be_set_aside(tx: Tx) -> None:
    ids = RandomIds()
    waits(tx, "a", ids)
    b = waits(tx, "b", ids)
    waits(tx, "c", ids)
    tx.execute("UPDATE outbox SET media = '{' WHERE id = ?", (b,))
    assert merging.merge_next(tx, STAFF, ids) == 0
    assert merging.merge_next(tx, ACME, ids) == 0


def test_what_became_one_message_is_taken_apart_again(tx: Tx) -> None:
    ids = RandomIds()
    wrapper = waits(tx, "wrapper", ids, role=LinkRole.WRAPPER)
    waits(tx, "", ids, role=LinkRole.MEDIA_COPY, media=(a_photo(), a_photo()), reply_to=wrapper)
    for text in "abc":
        waits(tx, text, ids, reply_to=wrapper)
    sent = []
    for taken_apart in (True, False, False, True, False, False, False):
        merging.merge_next(tx, STAFF, ids)
        row = claimed(tx, STAFF)
        assert merging.take_apart(tx, row, ids) is taken_apart
        if not taken_apart:
            sent.append((row.role, row.text.text, len(row.media), row.reply_to, row.source))
            outbox.settle(tx, row, [50 + len(sent)])
    under, of_nothing = MessageKey(STAFF, 51), said("")
    goes_on = [(LinkRole.CONTINUATION, text, 0, under, said(text)) for text in "abc"]
    assert sent == [
        (LinkRole.WRAPPER, "wrapper", 0, None, said("wrapper")),
        (LinkRole.MEDIA_COPY, "", 2, under, of_nothing),
        *goes_on,
    ]
    assert outbox.next_size(tx, STAFF) == 0
    assert tx.execute("SELECT count(*) FROM merged").fetchone() == (0,)


def test_what_was_merged_and_is_merged_again_is_taken_apart_whole(tx: Tx) -> None:
    ids = RandomIds()
    first = waits(tx, "a", ids)
    waits(tx, "b", ids)
    waits(tx, "c", ids)
    tx.execute("UPDATE outbox SET state = 'failed' WHERE id = ?", (first,))
    assert merging.merge_next(tx, STAFF, ids) == 1
    tx.execute("UPDATE outbox SET state = 'queued' WHERE id = ?", (first,))  # by /retry
    assert merging.merge_next(tx, STAFF, ids) == 1
    row = claimed(tx, STAFF)
    assert row.text.text == "a\n\nb\n\nc"
    assert merging.take_apart(tx, row, ids)
    assert texts(tx, ids) == ["a", "b", "c"]
