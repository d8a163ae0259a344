"""The outbox: in order, one at a time, each with the random_id it is sent with."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from daemon.core.media import Way
from daemon.core.model import LinkRole, MediaKind, MessageKey, TicketId
from daemon.core.text import Entity, Text
from daemon.storage import links, outbox, tickets
from daemon.storage.outbox_row import OutboxRow, RowUnreadable
from tests.builders import (
    ACME,
    ANSWER,
    GLOBEX,
    QUESTION,
    STAFF,
    WRAPPER,
    a_media,
    a_photo,
    a_ticket,
)
from tests.storage.drafts import RandomIds, a_draft, claimed, put

Tx = sqlite3.Connection


def states(tx: Tx) -> list[str]:
    return [state for (state,) in tx.execute("SELECT state FROM outbox ORDER BY id")]


def test_a_message_comes_out_as_it_went_in(tx: Tx, ticket: TicketId, ids: RandomIds) -> None:
    text = Text("😀 x", (Entity("MentionName", 0, 2, user_id=12),))
    album = (a_photo(), a_media(MediaKind.VIDEO, file_name="ü.mp4", size_bytes=2**40))
    draft = a_draft(
        text,
        ticket_id=ticket,
        role=LinkRole.ANSWER,
        media=album,
        reply_to=QUESTION,
        source=WRAPPER,
        confirm=True,
    )
    number = put(tx, draft, ids, now=77)
    assert outbox.claim(tx, ACME, now=5000, floor_msg_id=42) == OutboxRow(
        id=number,
        destination=ACME,
        ticket_id=ticket,
        role=LinkRole.ANSWER,
        text=text,
        media=album,
        reply_to=QUESTION,
        source=WRAPPER,
        confirm=True,
        way=Way.COPY,
        random_ids=tuple(ids.drawn),
        told_ids=(None, None),
        attempts=1,
        queued_at=77,
        claimed_at=5000,
        floor_msg_id=42,
    )


def test_rows_of_one_destination_are_claimed_in_order(tx: Tx, ids: RandomIds) -> None:
    """The random_ids of these fall, so that an order by them shows."""
    for text in ("first", "second", "third"):
        put(tx, a_draft(text), ids)
    for text in ("first", "second", "third"):
        row = claimed(tx)
        assert row.text.text == text
        outbox.settle(tx, row, [])
    assert outbox.claim(tx, ACME, 0, 0) is None


def test_one_row_of_a_destination_is_sent_at_a_time(tx: Tx, ids: RandomIds) -> None:
    for destination in (ACME, ACME, GLOBEX):
        put(tx, a_draft(destination=destination), ids)
    first = claimed(tx)
    assert outbox.claim(tx, ACME, 0, 0) is None
    assert outbox.sending(tx, ACME) == first
    assert claimed(tx, GLOBEX).id != first.id
    outbox.settle(tx, first, [])
    assert claimed(tx).id > first.id


def test_the_schema_itself_forbids_two(tx: Tx, ids: RandomIds) -> None:
    for _ in range(2):
        put(tx, a_draft(), ids)
    with pytest.raises(sqlite3.IntegrityError):
        tx.execute("UPDATE outbox SET state = 'sending'")


def test_destinations_are_those_for_which_something_is_to_be_done(tx: Tx, ids: RandomIds) -> None:
    for destination in (ACME, ACME, GLOBEX, STAFF):
        put(tx, a_draft(destination=destination), ids)
    outbox.fail(tx, claimed(tx, GLOBEX), "x")
    claimed(tx, STAFF)
    assert sorted(outbox.destinations(tx)) == sorted([ACME, STAFF])


def test_the_size_of_the_next_row_is_told(tx: Tx, ids: RandomIds) -> None:
    assert outbox.next_size(tx, ACME) == 0
    put(tx, a_draft(), ids)
    put(tx, a_draft(media=(a_photo(), a_photo(), a_photo())), ids)
    assert outbox.next_size(tx, ACME) == 1
    claimed(tx)
    assert outbox.next_size(tx, ACME) == 3
    assert outbox.next_size(tx, GLOBEX) == 0


# --- random_ids ---


def test_every_message_gets_a_random_id_of_its_own(tx: Tx, ids: RandomIds) -> None:
    put(tx, a_draft(), ids)
    put(tx, a_draft(media=(a_photo(), a_photo())), ids)
    first = claimed(tx)
    outbox.settle(tx, first, [])
    assert [*first.random_ids, *claimed(tx).random_ids] == ids.drawn
    assert len(set(ids.drawn)) == 3


def test_a_random_id_is_never_used_twice(tx: Tx) -> None:
    put(tx, a_draft(), lambda: 5)  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        put(tx, a_draft(), lambda: 5)  # type: ignore[arg-type]


def test_a_claim_is_found_again_with_its_random_id_by_another_process(
    tx: Tx, ids: RandomIds
) -> None:
    put(tx, a_draft(media=(a_photo(), a_photo()), reply_to=QUESTION, source=WRAPPER), ids)
    assert outbox.sending(tx, ACME) is None
    row = claimed(tx)
    assert outbox.sending(tx, ACME) == row


def test_a_released_row_is_the_next_again_with_the_same_random_id(tx: Tx, ids: RandomIds) -> None:
    for text in ("first", "second"):
        put(tx, a_draft(text), ids)
    row = claimed(tx)
    outbox.release(tx, row)
    assert outbox.sending(tx, ACME) is None
    again = claimed(tx)
    assert (again.id, again.random_ids, again.attempts) == (row.id, row.random_ids, 2)


def test_a_renewed_row_has_new_random_ids_and_keeps_its_place(tx: Tx, ids: RandomIds) -> None:
    put(tx, a_draft("with", media=(a_photo(), a_photo()), reply_to=QUESTION, source=WRAPPER), ids)
    put(tx, a_draft("next"), ids)
    row = claimed(tx)
    changed = replace(row, text=Text("without"), media=(), way=None, reply_to=None)
    renewed = outbox.renew(tx, changed, ids)
    assert renewed is not None
    assert renewed == outbox.sending(tx, ACME)
    assert (renewed.id, renewed.text.text, renewed.media) == (row.id, "without", ())
    assert (renewed.reply_to, renewed.source) == (None, WRAPPER)
    assert renewed.random_ids == (ids.drawn[-1],)
    assert not set(renewed.random_ids) & set(row.random_ids)
    assert renewed.floor_msg_id == row.floor_msg_id
    assert outbox.claim(tx, ACME, 0, 0) is None


def test_ids_told_by_updates_are_kept_for_whoever_finds_the_claim(tx: Tx, ids: RandomIds) -> None:
    put(tx, a_draft(media=(a_photo(), a_photo())), ids)
    first, second = claimed(tx).random_ids
    assert outbox.tell_id(tx, second, 702)
    assert not outbox.tell_id(tx, 12345, 999)
    row = outbox.sending(tx, ACME)
    assert row is not None
    assert row.told_ids == (None, 702)
    assert outbox.tell_id(tx, first, 701)
    row = outbox.sending(tx, ACME)
    assert row is not None
    assert row.told_ids == (701, 702)


# --- what becomes of a row ---


def test_a_sent_message_is_linked_and_its_row_is_gone(
    tx: Tx, ticket: TicketId, ids: RandomIds
) -> None:
    put(tx, a_draft(ticket_id=ticket, role=LinkRole.CONTINUATION, source=QUESTION), ids)
    outbox.settle(tx, claimed(tx), [7])
    link = links.get(tx, MessageKey(ACME, 7))
    assert link is not None
    assert (link.ticket_id, link.role, link.counterpart) == (
        ticket,
        LinkRole.CONTINUATION,
        QUESTION,
    )
    assert states(tx) == []
    assert tx.execute("SELECT count(*) FROM outbox_parts").fetchone() == (0,)


def test_every_part_of_an_album_is_linked(tx: Tx, ticket: TicketId, ids: RandomIds) -> None:
    album = (a_photo(), a_photo(), a_photo())
    put(tx, a_draft(ticket_id=ticket, role=LinkRole.MEDIA_COPY, media=album), ids)
    outbox.settle(tx, claimed(tx), [7, 8, 9])
    found = [links.get(tx, MessageKey(ACME, msg_id)) for msg_id in (7, 8, 9)]
    assert [link.ticket_id if link else None for link in found] == [ticket] * 3


def test_a_sent_wrapper_and_a_sent_answer_are_noted_on_the_ticket(
    tx: Tx, ticket: TicketId, ids: RandomIds
) -> None:
    put(tx, a_draft(destination=STAFF, ticket_id=ticket, role=LinkRole.WRAPPER), ids)
    put(tx, a_draft(ticket_id=ticket, role=LinkRole.ANSWER), ids)
    outbox.settle(tx, claimed(tx, STAFF), [WRAPPER.msg_id])
    outbox.settle(tx, claimed(tx), [ANSWER.msg_id])
    row = "SELECT staff_chat_id, staff_msg_id, customer_anchor_msg_id FROM tickets"
    assert tx.execute(row).fetchone() == (STAFF, WRAPPER.msg_id, ANSWER.msg_id)


def test_a_failed_row_is_kept_with_its_error_and_not_claimed_again(tx: Tx, ids: RandomIds) -> None:
    put(tx, a_draft("bad"), ids)
    put(tx, a_draft("good"), ids)
    outbox.fail(tx, claimed(tx), "CHAT_WRITE_FORBIDDEN")
    assert claimed(tx).text.text == "good"
    assert states(tx) == ["failed", "sending"]
    assert tx.execute("SELECT error FROM outbox WHERE state = 'failed'").fetchone() == (
        "CHAT_WRITE_FORBIDDEN",
    )


@pytest.mark.parametrize(
    "column, value", [("text", "{"), ("media", '[{"kind": 5}]'), ("role", "nobody's")]
)
def test_a_row_that_cannot_be_read_is_set_aside(
    tx: Tx, ids: RandomIds, column: str, value: str
) -> None:
    damaged, after = put(tx, a_draft(), ids), put(tx, a_draft(), ids)
    tx.execute(f"UPDATE outbox SET {column} = ? WHERE id = ?", (value, damaged))
    with pytest.raises(RowUnreadable, match=f"outbox {damaged}: ") as raised:
        outbox.claim(tx, ACME, 0, 0)
    with pytest.raises(RowUnreadable):  # as another process finds it
        outbox.sending(tx, ACME)
    outbox.set_aside(tx, raised.value.row_id, "why")
    assert claimed(tx).id == after
    assert tx.execute("SELECT error FROM outbox WHERE id = ?", (damaged,)).fetchone() == ("why",)


def test_a_message_that_is_a_wrapper_already_stays_that_of_its_ticket(
    tx: Tx, ticket: TicketId, ids: RandomIds
) -> None:
    """A message that was looked for may be taken for another one; that must not stop the relay."""
    another = TicketId(ticket + 1)
    tickets.open_ticket(tx, a_ticket(ticket_id=another), STAFF, 0)
    for number in (ticket, another):
        put(tx, a_draft(destination=STAFF, ticket_id=number, role=LinkRole.WRAPPER), ids)
        outbox.settle(tx, claimed(tx, STAFF), [7])
    assert tickets.wrapper_of(tx, ticket) == MessageKey(STAFF, 7)
    assert tickets.wrapper_of(tx, another) is None
    assert outbox.destinations(tx) == []
