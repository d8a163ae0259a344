"""The router: the inbox in order, each message once, and none that stops the others."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing

import pytest

from daemon.core.model import ChatId, Inbound, LinkRole, MessageKey
from daemon.core.sync import Batch, Gap
from daemon.storage import groups, inbox, outbox, sync_state
from daemon.storage.db import Database
from tests.builders import ACME, ADMIN, BOB, GLOBEX, QUESTION, STAFF, an_inbound
from tests.storage.drafts import RandomIds, a_draft
from tests.storage.relaying import Time, a_group, impatient, pages, select
from tests.storage.routing import Routing


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def routing(database: Database, time: Time) -> Routing:
    def enrol(tx: sqlite3.Connection) -> None:
        for chat in (ACME, GLOBEX):
            groups.add(tx, chat, 0)

    await database.transaction("enrol", enrol)
    return Routing(database, time)


def ask(msg_id: int, words: str = "Help", chat: ChatId = ACME) -> Inbound:
    return an_inbound(f"/ask {words}", key=MessageKey(chat, msg_id))


async def test_a_question_becomes_a_ticket_a_link_and_a_wrapper(routing: Routing) -> None:
    await routing.receive(ask(1))
    await routing.routed()
    counts = [routing.count(table) for table in ("tickets", "links", "outbox", "receipts")]
    assert counts == [1, 1, 1, 1]
    assert routing.destinations == {STAFF}


async def test_the_same_question_again_has_no_effect(routing: Routing) -> None:
    for _ in range(3):
        await routing.receive(ask(1))
        await routing.routed()
    assert routing.count("tickets") == 1


async def test_messages_of_a_chat_are_routed_in_the_order_of_their_ids(routing: Routing) -> None:
    numbers = [*range(60, 120), *range(1, 60)]
    await routing.receive(*(ask(number, f"number {number};") for number in numbers))
    await routing.routed()
    wrappers = routing.texts()
    assert [text.split("number ")[1] for text in wrappers] == [f"{n};" for n in range(1, 120)]


async def test_what_lies_behind_a_gap_waits_and_other_chats_do_not(routing: Routing) -> None:
    def gap(tx: sqlite3.Connection) -> None:
        sync_state.put_state(tx, Batch(gaps=[Gap(ACME, 1, 4)]))

    await routing.database.transaction("gap", gap)
    await routing.receive(ask(5, "behind"), ask(1, "elsewhere", GLOBEX))
    await routing.routed(waiting=1)
    assert len(routing.texts()) == 1
    await routing.receive(ask(3, "missed"))
    await routing.database.transaction("fill", lambda tx: sync_state.advance_gap(tx, ACME, 5))
    await routing.routed()
    assert [text.split("\n")[-1] for text in routing.texts()] == [
        "elsewhere",
        "missed",
        "behind",
    ]


@pytest.mark.parametrize("payload", ["{", "{}", '{"kind": "new", "sender": 5}'])
async def test_a_message_that_cannot_be_read_is_set_aside_and_the_others_go_on(
    routing: Routing, payload: str
) -> None:
    def poison(tx: sqlite3.Connection) -> None:
        for message in (ask(1, "before"), ask(2, "poison"), ask(3, "after"), ask(1, "x", GLOBEX)):
            inbox.put(tx, message, 0)
        tx.execute("UPDATE inbox SET payload = ? WHERE msg_id = 2", (payload,))

    await routing.database.transaction("poison", poison)
    await routing.routed()
    letters = select(routing.database, "SELECT chat_id, msg_id, payload, error FROM dead_letters")
    assert [letter[:3] for letter in letters] == [(ACME, 2, payload)]
    assert "Traceback" in str(letters[0][3])
    assert routing.count("tickets") == 3
    told = [text for text in routing.texts() if "dead letter" in text]
    assert len(told) == 1


@pytest.mark.parametrize(
    "column, value",
    [("kind", "of a newer version"), ("kind", ""), ("content_hash", b""), ("grouped_id", -1)],
)
async def test_a_row_of_any_kind_is_taken_or_set_aside(
    routing: Routing, column: str, value: str | bytes | int
) -> None:
    def put(tx: sqlite3.Connection) -> None:
        for message in (ask(1, "odd"), ask(2, "after")):
            inbox.put(tx, message, 0)
        tx.execute(f"UPDATE inbox SET {column} = ? WHERE msg_id = 1", (value,))

    await routing.database.transaction("put", put)
    await routing.routed()
    assert routing.count("dead_letters") == (column == "kind")
    assert sum("after" in text for text in routing.texts()) == 1


async def test_a_context_that_cannot_be_read_is_set_aside_with_its_message(
    routing: Routing,
) -> None:
    def put(tx: sqlite3.Connection) -> None:
        inbox.put(tx, an_inbound("/ask", key=MessageKey(ACME, 2), reply_to=QUESTION), 0)
        inbox.put(tx, ask(3, "after"), 0)
        tx.execute("UPDATE inbox SET context = '{' WHERE msg_id = 2")

    await routing.database.transaction("put", put)
    await routing.routed()
    assert routing.count("dead_letters") == 1
    assert sum("after" in text for text in routing.texts()) == 1


async def test_a_message_that_fails_halfway_leaves_nothing_but_the_dead_letter(
    routing: Routing, time: Time
) -> None:
    """Its random_id fits no column: ticket, link and outbox row are written when that shows."""
    time.random_ids = itertools.chain([2**63], itertools.count(1))
    await routing.receive(ask(1), ask(2, "after"))
    await routing.routed()
    counts = [routing.count(table) for table in ("dead_letters", "tickets", "links", "outbox")]
    assert counts == [1, 1, 1, 2]
    assert sum("after" in text for text in routing.texts()) == 1


FILL = """
BEGIN
    INSERT INTO dead_letters (chat_id, msg_id, kind, payload, error, at)
    VALUES (0, 0, 'new', hex(zeroblob(1000000)), '', 0);
END
"""


async def test_a_disk_that_fails_halfway_is_no_fault_of_the_message(
    routing: Routing, time: Time
) -> None:
    """What it refuses once it takes later: nothing is set aside for that."""

    def spoil(tx: sqlite3.Connection) -> None:
        tx.create_function("is_full", 0, lambda: len(time.slept) < 3)
        tx.execute("CREATE TEMP TRIGGER spoilt BEFORE INSERT ON tickets WHEN is_full() " + FILL)

    await pages(routing.database, 300)
    await routing.database.transaction("spoil", spoil)
    await routing.receive(ask(1), ask(2))
    await routing.routed()
    assert len(time.slept) == 3
    assert (routing.count("dead_letters"), routing.count("tickets")) == (0, 2)


async def test_a_locked_database_is_no_fault_of_the_message(routing: Routing, time: Time) -> None:
    await impatient(routing.database)
    await routing.receive(ask(1))
    with closing(sqlite3.connect(routing.database.path, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")

        def give_up_the_lock() -> None:
            if len(time.slept) == 3:
                another.execute("ROLLBACK")

        time.during_sleep = give_up_the_lock
        await routing.routed()
    assert len(time.slept) == 3
    assert routing.count("dead_letters") == 0
    assert routing.count("tickets") == 1


async def test_what_is_under_the_wrapper_waits_for_it_and_then_replies_to_it(
    routing: Routing,
) -> None:
    await routing.receive(ask(1, "word " * 1500))
    await routing.routed()
    database = routing.database
    replies = "SELECT reply_outbox, reply_msg FROM outbox WHERE role = 'continuation'"
    assert select(database, replies) == [(1, None)]

    def settle(tx: sqlite3.Connection) -> None:
        row = outbox.claim(tx, STAFF, 0, 0)
        assert row is not None
        outbox.settle(tx, row, [500])

    await database.transaction("settle", settle)
    assert select(database, replies) == [(None, 500)]


async def test_a_reply_to_what_may_be_ours_is_held_until_that_is_known(routing: Routing) -> None:
    """And with it what follows in its chat, but nothing elsewhere."""
    database = routing.database

    def claim(tx: sqlite3.Connection) -> None:
        outbox.put(tx, a_draft(destination=STAFF), RandomIds(), 0)
        outbox.claim(tx, STAFF, now=0, floor_msg_id=500)

    await database.transaction("claim", claim)
    reply = an_inbound("Yes", sender=BOB, key=MessageKey(STAFF, 502), reply_to=in_staff(501))
    later = an_inbound("/close", sender=BOB, key=MessageKey(STAFF, 503))
    await routing.receive(reply, later, ask(1))
    await routing.routed(waiting=2)
    assert routing.count("tickets") == 1

    def settle(tx: sqlite3.Connection) -> None:
        row = outbox.sending(tx, STAFF)
        assert row is not None
        outbox.settle(tx, row, [501])

    await database.transaction("settle", settle)
    await routing.routed()


def in_staff(msg_id: int) -> MessageKey:
    return MessageKey(STAFF, msg_id)


async def test_a_reply_to_an_older_message_is_not_held(routing: Routing) -> None:
    def claim(tx: sqlite3.Connection) -> None:
        outbox.put(tx, a_draft(destination=STAFF), RandomIds(), 0)
        outbox.claim(tx, STAFF, now=0, floor_msg_id=500)

    await routing.database.transaction("claim", claim)
    colleague = an_inbound("Hm", sender=BOB, key=MessageKey(STAFF, 502), reply_to=in_staff(499))
    await routing.receive(colleague)
    await routing.routed()


async def test_a_reply_across_chats_finds_no_ticket(routing: Routing) -> None:
    """Not though the number is that of a message of the bot, in both chats."""

    def settle(tx: sqlite3.Connection) -> None:
        row = outbox.claim(tx, STAFF, 0, 0)
        assert row is not None
        outbox.settle(tx, row, [500])

    await routing.receive(ask(1))
    await routing.routed()
    await routing.database.transaction("settle", settle)
    stranger = an_inbound("Let me in", key=MessageKey(GLOBEX, 7), reply_to=in_staff(500))
    same_number = an_inbound("Me too", key=MessageKey(GLOBEX, 8), reply_to=MessageKey(GLOBEX, 500))
    await routing.receive(stranger, same_number)
    await routing.routed()
    assert routing.count("outbox") == 0


async def test_a_group_is_enrolled_before_what_is_written_next_in_it(routing: Routing) -> None:
    chat = a_group(9)
    enrol = an_inbound("/addgroup", sender=ADMIN, key=MessageKey(chat, 1), chat_title="Nine")
    await routing.receive(ask(2, chat=chat), enrol)
    await routing.routed()
    assert routing.count("tickets") == 1
    assert [known.chat_id for known in routing.enrolled] == [chat]


async def test_a_ticket_its_outbox_row_and_its_receipt_are_one_transaction(
    routing: Routing,
) -> None:
    seen: set[tuple[int, ...]] = set()
    tables = ("inbox", "tickets", "outbox", "receipts")

    def look() -> None:
        with closing(sqlite3.connect(routing.database.path)) as another:
            seen.add(
                tuple(another.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables)
            )

    routing.store.after_each = look
    await routing.receive(*(ask(number) for number in range(1, 121)))
    await routing.routed()
    assert {(120 - tickets, tickets, tickets, tickets) for _, tickets, *_ in seen} == seen
    assert (0, 120, 120, 120) in seen


async def test_notices_are_links_of_no_ticket_or_of_theirs(routing: Routing) -> None:
    await routing.receive(an_inbound("/ask", key=MessageKey(ACME, 1)))
    await routing.routed()
    rows = select(routing.database, "SELECT role, ticket_id FROM outbox")
    assert rows == [(LinkRole.HINT.value, None)]
