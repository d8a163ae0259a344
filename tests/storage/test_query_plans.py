"""No statement that runs for each message looks through a whole table that grows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from daemon.core.model import LinkRole, MessageKey, TicketNumbers, TicketStatus
from daemon.core.pacing import Limits
from daemon.core.sync import AccountState, Batch, Gap, KnownChat
from daemon.storage import (
    backlog,
    groups,
    inbox,
    links,
    merging,
    moves,
    outbox,
    sync_state,
    tickets,
    undelivered,
    waits,
)
from tests.builders import (
    ACME,
    ANSWER,
    QUESTION,
    STAFF,
    TICKET,
    WRAPPER,
    a_ticket,
    an_inbound,
)
from tests.storage.drafts import RandomIds, a_draft, claimed, put

Tx = sqlite3.Connection

ALLOWED = {
    "SCAN (subquery-1)",  # a count that has a limit
    "SCAN CONSTANT ROW",  # an INSERT … SELECT of values
    "SCAN inbox USING COVERING INDEX sqlite_autoindex_inbox_1",  # the chats that wait; it empties
}


def take_in(tx: Tx) -> None:
    batch = Batch(
        chats={ACME: KnownChat(ACME, "Acme", 1)},
        gaps=[Gap(ACME, 1, 2)],
        tops={ACME: 5},
        account=AccountState(1, 1, 1, 1),
        pts={ACME: 5},
    )
    sync_state.put_state(tx, batch)
    inbox.put(tx, an_inbound(), 0)
    outbox.tell_id(tx, 1, 2)


def route(tx: Tx) -> None:
    inbox.waiting_chats(tx)
    sync_state.has_gap(tx, ACME)
    for row in inbox.of_chat(tx, ACME, 50):
        inbox.set_context(tx, row.id, None)
        links.get(tx, row.key)
        groups.is_customer(tx, ACME)
        outbox.in_flight_below(tx, row.key)
        inbox.note_receipt(tx, row, 0)
        inbox.take(tx, row)
        inbox.bury(tx, row, "x", 0)
    for numbers in TicketNumbers:
        number = tickets.new_id(tx, numbers, 5)
        tickets.open_ticket(tx, a_ticket(ticket_id=number), STAFF, 0)
    tickets.get(tx, TICKET)
    tickets.last_of(tx, ACME, QUESTION.chat_id, 1, 2)
    tickets.set_status(tx, TICKET, TicketStatus.CLOSED, 0)
    links.add(tx, QUESTION, TICKET, LinkRole.QUESTION, None)
    tickets.wrapper_of(tx, TICKET)
    outbox.waiting_wrapper(tx, TICKET)
    moves.current(tx, ACME)
    moves.former(tx, ACME)


def send(tx: Tx) -> None:
    ids = RandomIds()
    draft = a_draft(ticket_id=TICKET, role=LinkRole.WRAPPER)
    first = put(tx, draft, ids)
    put(tx, a_draft(reply_to=first), ids)
    for _ in range(2):
        role = LinkRole.CONTINUATION
        put(tx, a_draft(ticket_id=TICKET, role=role, destination=STAFF, source=QUESTION), ids)
    backlog.is_behind(tx, STAFF, 0, Limits())
    merging.merge_next(tx, STAFF, ids)
    undelivered.of(tx, QUESTION)
    undelivered.requeue(tx, QUESTION, ids, 0)
    outbox.next_size(tx, ACME)
    waits.left_ms(tx, ACME, 0)
    row = claimed(tx)
    outbox.release(tx, row)
    outbox.renew(tx, claimed(tx), ids)
    links.linked_among(tx, ANSWER, 900)
    outbox.settle(tx, row, [WRAPPER.msg_id])
    waits.end(tx, ACME)
    waits.note(tx, ACME, 1, 0)
    tickets.set_anchor(tx, TICKET, MessageKey(ACME, 7))
    outbox.fail(tx, claimed(tx), "x")


def clean_up(tx: Tx) -> None:
    inbox.forget_receipts(tx, 0)


@pytest.mark.parametrize("work", [take_in, route, send, clean_up])
def test_statements_use_indexes(tx: Tx, work: Callable[[Tx], None]) -> None:
    tickets.open_ticket(tx, a_ticket(), STAFF, 0)
    if work is route:
        inbox.put(tx, an_inbound(), 0)
    statements: list[str] = []
    tx.set_trace_callback(statements.append)
    work(tx)
    tx.set_trace_callback(None)
    statements = [sql for sql in statements if not sql.startswith("--")]
    assert statements
    for sql in statements:
        for *_, step in tx.execute(f"EXPLAIN QUERY PLAN {sql}"):
            assert not step.startswith("SCAN") or step in ALLOWED, sql


def test_a_look_through_a_whole_table_would_show(tx: Tx) -> None:
    """The check itself."""
    steps = tx.execute("EXPLAIN QUERY PLAN SELECT 1 FROM outbox WHERE text = 'x'").fetchall()
    assert [step for *_, step in steps] == ["SCAN outbox"]


def test_replies_to_a_row_that_goes_are_found_by_an_index(tx: Tx) -> None:
    """The foreign key looks for them at each deletion."""
    plan = tx.execute("EXPLAIN QUERY PLAN SELECT 1 FROM outbox WHERE reply_outbox = 5").fetchall()
    assert ["outbox_by_reply" in step for *_, step in plan] == [True]
