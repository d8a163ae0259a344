"""Reading the database beside a relay, without a trace."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from daemon.core.model import ChatId, MessageKey, Ticket, TicketId, TicketStatus
from daemon.core.sync import KnownChat, Move
from daemon.storage import groups, moves, offline, sync_state, tickets
from daemon.storage.db import Database, ForeignDatabase, SchemaTooNew
from daemon.storage.survey import Survey, survey
from daemon.storage.sync_state import Identity

ACME = ChatId(-1009)
IDENTITY = Identity(ChatId(7), ChatId(-1001))
FULL = Survey(IDENTITY, (ACME,), {ACME: KnownChat(ACME, "Acme", 42, 5, 0)})


def fill(tx: sqlite3.Connection) -> None:
    sync_state.set_identity(tx, IDENTITY)
    sync_state.put_chat(tx, FULL.chats[ACME])
    groups.add(tx, ACME, 0)


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Nothing in the folder is made, removed or written."""

    def contents() -> dict[str, bytes]:
        # SQLite's shared memory holds the locks of readers, too.
        return {f.name: f.read_bytes() for f in folder.iterdir() if not f.name.endswith("-shm")}

    before = contents()
    yield
    assert contents() == before


async def test_beside_an_open_database(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "tickets.db")
    await database.transaction("fill", fill)
    with unchanged(tmp_path):
        assert survey(tmp_path / "tickets.db") == FULL
    await database.close()


async def test_after_a_clean_stop(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "tickets.db")
    await database.transaction("fill", fill)
    await database.close()
    assert os.listdir(tmp_path) == ["tickets.db"]
    with unchanged(tmp_path):
        assert survey(tmp_path / "tickets.db") == FULL


async def test_in_the_middle_of_a_transaction_it_sees_what_is_committed(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "tickets.db")
    seen: list[Survey | None] = []

    def fill_and_look(tx: sqlite3.Connection) -> None:
        fill(tx)
        seen.append(survey(tmp_path / "tickets.db"))

    await database.transaction("fill", fill_and_look)
    await database.close()
    assert seen == [Survey(None, (), {})]


def test_groups_that_moved(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    new = ChatId(-1002000001009)
    with offline.transaction(path) as tx:
        fill(tx)
        moves.follow(tx, Move.from_the_beginning(ACME, new, "Acme"))
    found = survey(path)
    assert found is not None
    assert (found.customer_groups, found.moved) == ((new,), {ACME: new})
    with offline.transaction(path) as tx:
        tx.execute("DROP TABLE chat_aliases")  # as before the relay knew of moves
    before = survey(path)
    assert before is not None
    assert before.moved == {}


def test_groups_with_open_tickets_that_are_no_customer_groups_any_more(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    old, new, closed = ChatId(-1007), ChatId(-1002000001007), ChatId(-1006)
    with offline.transaction(path) as tx:
        fill(tx)
        for number, chat_id in enumerate((ACME, old, closed), start=1):
            ticket = a_ticket(number, chat_id)
            tickets.open_ticket(tx, ticket, IDENTITY.staff_group, 0)
        tickets.set_status(tx, TicketId(3), TicketStatus.CLOSED, 1)
        moves.follow(tx, Move.from_the_beginning(old, new, "Old"))
    found = survey(path)
    assert found is not None
    assert (found.customer_groups, found.former_groups) == ((ACME,), (new,))


def a_ticket(number: int, chat_id: ChatId) -> Ticket:
    return Ticket(
        ticket_id=TicketId(number),
        question=MessageKey(chat_id, number),
        user_id=ChatId(77),
        username=None,
        user_name="Alice",
        status=TicketStatus.OPEN,
        asked_at=0,
    )


def test_no_database_yet(tmp_path: Path) -> None:
    with unchanged(tmp_path):
        assert survey(tmp_path / "tickets.db") is None


def test_a_database_that_was_begun_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "tickets.db").touch()
    assert survey(tmp_path / "tickets.db") is None
    with closing(sqlite3.connect(tmp_path / "tickets.db")) as database:
        database.execute("CREATE TABLE schema_migrations (version INTEGER, name TEXT)")
    assert survey(tmp_path / "tickets.db") is None


async def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "tickets.db")) as database:
        database.execute("CREATE TABLE customer_groups (group_id INTEGER PRIMARY KEY)")
    with unchanged(tmp_path):
        with pytest.raises(ForeignDatabase, match="customer_groups"):
            survey(tmp_path / "tickets.db")
        with pytest.raises(ForeignDatabase, match="customer_groups"):
            await Database.open(tmp_path / "tickets.db")


def test_a_path_with_signs_that_mean_something_in_an_address(tmp_path: Path) -> None:
    folder = tmp_path / "50% off?mode=rwc#1"
    folder.mkdir()
    (folder / "tickets.db").touch()
    with unchanged(folder):
        assert survey(folder / "tickets.db") is None


def test_no_database_at_all(tmp_path: Path) -> None:
    (tmp_path / "tickets.db").write_text("Dear diary, " * 100)
    with pytest.raises(sqlite3.DatabaseError):
        survey(tmp_path / "tickets.db")


def test_a_newer_schema(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "tickets.db")) as database:
        database.execute("CREATE TABLE schema_migrations (version INTEGER, name TEXT)")
        database.execute("INSERT INTO schema_migrations VALUES (9999, 'future')")
        database.commit()
    with pytest.raises(SchemaTooNew):
        survey(tmp_path / "tickets.db")
