"""No statement that runs for each message looks through a whole table that grows. Statements of a
start, of an admin's command, and of what is measured every few seconds are not among these."""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, cast

import pytest

from daemon.core.model import ChatId, Inbound, MessageKey, TicketNumbers
from daemon.core.pacing import Limits
from daemon.core.sync import Batch, Gap, KnownChat, Move, SentId
from daemon.relay.delivery import Failed, Postponed
from daemon.storage import groups, inbox, lanes, links, merging, moves, outbox, sync_state
from daemon.storage.db import Database
from tests.bench import large
from tests.builders import ACME, ALICE, BOB, GLOBEX, NICK, STAFF, a_photo, an_edit, an_inbound
from tests.storage.at_work import Listening, Relay
from tests.storage.drafts import RandomIds, a_draft, claimed, put

Tx = sqlite3.Connection
Heard = dict[str, Any]
"""Statements, each with parameters that it had."""

ALLOWED = {
    "SCAN CONSTANT ROW": "values, not a table",
    "SCAN relay": "its one row",
    "SCAN inbox USING COVERING INDEX sqlite_autoindex_inbox_1": "the chats that wait; it empties",
    "SCAN group_events": "the oldest; it has a limit, and empties",
}
"""Steps, and why they may be."""

_WHOLE = re.compile(
    r"SCAN (?!\(subquery)"  # what that reads is a step of its own
    r"|USE TEMP B-TREE FOR ORDER BY"
    r"|SEARCH (links|receipts) .*\(chat_id=\?\)$"  # all that was ever said in a chat
    r"|SEARCH tickets .*\(cust_group_id=\?\)$"
)


def looks_through_all(tx: Tx, heard: Heard) -> Iterator[tuple[str, str]]:
    """The steps that read, or sort, as many rows as there are, and their statements."""
    for sql, parameters in heard.items():
        if sql.split()[0] in ("SAVEPOINT", "RELEASE", "ROLLBACK"):
            continue
        for *_, step in tx.execute(f"EXPLAIN QUERY PLAN {sql}", parameters):
            if _WHOLE.match(step) and step not in ALLOWED:
                yield step, sql


def conversation(first_id: int) -> Callable[..., Inbound]:
    """A way to make messages, each with the next id."""
    ids = itertools.count(first_id)

    def says(text: str, chat: ChatId = ACME, **more: Any) -> Inbound:
        who = BOB if chat == STAFF else ALICE
        values: dict[str, Any] = {"key": MessageKey(chat, next(ids)), "sender": who, "date": 1}
        return an_inbound(text, **values | more)

    return says


async def talk(relay: Relay) -> None:
    """What customers and staff do with tickets."""
    says, telegram = conversation(1000), relay.telegram
    question = says("/ask How?")
    await relay.hear(question)
    wrapper = telegram.said("How?")
    await relay.hear(says("Thus.", STAFF, reply_to=wrapper))
    await relay.hear(says("And then?", reply_to=telegram.said("Thus.")))
    await relay.hear(says("soon after", date=30))
    await relay.hear(an_edit("/ask Anew?", key=question.key))
    await relay.hear(says("/close", STAFF, reply_to=wrapper))
    await relay.hear(says("/reopen", STAFF, reply_to=wrapper))
    number = telegram.sent[0][0].ticket_id
    await relay.hear(says(f"/t {number} By number.", STAFF), says(f"/t {number}", sender=NICK))
    await relay.hear(says("/ask about this", reply_to=MessageKey(ACME, 5), sender=NICK))
    album = [says(text, grouped_id=7, media=(a_photo(),)) for text in ("/ask Which?", "")]
    await relay.hear(*album)
    await relay.hear(says("", grouped_id=7, media=(a_photo(),)))
    await relay.hear(says("/help"), joined=[NICK])


async def trouble(relay: Relay) -> None:
    """What becomes of messages that cannot be sent, or not soon."""
    says, telegram = conversation(2000), relay.telegram
    await relay.hear(says("/ask How?"))
    telegram.outcomes = {"Badly": Failed("NO_WAY"), "Late": Postponed(30)}
    badly = says("Badly.", STAFF, reply_to=telegram.said("How?"))
    await relay.hear(badly)
    await relay.hear(says("/retry", STAFF, reply_to=badly.key))
    await relay.hear(says("Late.", STAFF, reply_to=telegram.said("How?")))
    row, key = telegram.sent[-1]
    await relay.hear(sent=[SentId(row.random_ids[0], key.msg_id)])
    # Much at once: it becomes fewer messages, and answers are confirmed by a reaction.
    many = [says(f"{n}?", reply_to=telegram.said("Late.")) for n in range(20)]
    await relay.hear(*many, says("Thus.", STAFF, reply_to=telegram.said("How?")))


@pytest.fixture
async def large_database(database: Database) -> Database:
    """A relay's database after years."""
    large.fill(database.path, 2000, STAFF, [ACME])
    ids = RandomIds()

    def prepare(tx: Tx) -> None:
        groups.add(tx, ACME, 0)
        for number in range(200):
            row = put(tx, a_draft(destination=ChatId(-number - 1)), ids)
            outbox.set_aside(tx, row, "x")

    await database.transaction("prepare", prepare)
    return database


async def at_work(
    database: Database, work: Callable[[Relay], Awaitable[None]], numbers: TicketNumbers
) -> Heard:
    """All that a relay has the database execute meanwhile."""
    limits = Limits(1000, 100_000, 1000, behind_from_messages=5)
    relay = Relay(database, numbers=numbers, limits=limits)
    async with relay.running():
        await work(relay)
    return relay.store.heard


@pytest.fixture
async def heard(large_database: Database) -> Heard:
    """Both ways to number tickets, and each turn that a conversation may take."""
    by_time = await at_work(large_database, talk, TicketNumbers.TIMESTAMP)
    return by_time | await at_work(large_database, trouble, TicketNumbers.SEQUENTIAL)


async def test_statements_use_indexes(heard: Heard, large_database: Database) -> None:
    def found(tx: Tx) -> list[tuple[str, str]]:
        return list(looks_through_all(tx, heard))

    assert await large_database.transaction("explain", found) == []


async def test_the_statements_that_run_most_are_heard(
    heard: Heard, large_database: Database
) -> None:
    """Otherwise their plans would be good for want of them."""

    def run_most(tx: Tx) -> set[str]:
        statements: Heard = {}
        listening = cast(Tx, Listening(tx, statements))
        inbox.waiting_chats(listening)
        lanes.look(listening, ACME, 0)
        outbox.next_size(listening, ACME)
        outbox.claim(listening, ACME, 0, 0)
        return set(statements)

    assert await large_database.transaction("look", run_most) <= set(heard)


def test_statements_of_rare_turns_use_indexes(tx: Tx) -> None:
    """What becomes of requests that are refused, and of what no relay could read."""
    heard: Heard = {}
    listening = cast(Tx, Listening(tx, heard))
    ids, key = RandomIds(), MessageKey(ACME, 5)
    sync_state.put_state(listening, Batch(gaps=[Gap(ACME, 1, 2)]))
    sync_state.advance_gap(listening, ACME, 3)
    inbox.put(listening, an_inbound(), 0)
    inbox.bury(listening, next(inbox.of_chat(listening, ACME, 1)), "x", 0)
    inbox.forget_receipts(listening, 0)
    put(listening, a_draft(), ids)
    outbox.release(listening, claimed(listening))
    row = outbox.renew(listening, claimed(listening), ids)
    assert row is not None
    merging.take_apart(listening, row, ids)
    outbox.redirect(listening, row, ids)
    links.linked_among(listening, key, 900)
    moves.follow(listening, Move(ACME, KnownChat(GLOBEX, "Acme", 1)))
    assert heard
    assert list(looks_through_all(tx, heard)) == []


NEEDED = [
    "chat_aliases_by_new",
    "links_albums",
    "outbox_by_destination",
    "outbox_by_reply",
    "outbox_by_source",
    "outbox_sending",
    "outbox_waiting_by_ticket",
    "outbox_wrappers",
    "tickets_by_asker",
]


async def test_each_index_is_needed(heard: Heard, large_database: Database) -> None:
    """Without it some statement looks through all, and the check sees that."""

    def found(tx: Tx) -> set[str]:
        missed = set()
        for index in NEEDED:
            tx.execute("SAVEPOINT complete")
            tx.execute(f"DROP INDEX {index}")
            if any(looks_through_all(tx, heard)):
                missed.add(index)
            tx.execute("ROLLBACK TO complete")
        return missed

    assert await large_database.transaction("explain", found) == set(NEEDED)


def test_what_refers_to_a_row_that_goes_is_found_by_an_index(tx: Tx) -> None:
    """The foreign keys look for it at each deletion from the outbox, in no plan that one sees."""
    tables = [name for (name,) in tx.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    plans = {
        (table, column): tx.execute(
            f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {column} = 5"
        ).fetchall()
        for table in tables
        for _, _, parent, column, *_ in tx.execute(f"PRAGMA foreign_key_list({table})")
        if parent == "outbox"
    }
    assert ("outbox", "reply_outbox") in plans
    assert [
        refers for refers, plan in plans.items() if any("SCAN" in step for *_, step in plan)
    ] == []
