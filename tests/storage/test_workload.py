"""What is to be done, as the database tells it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from daemon.core.condition import Queue, Work
from daemon.core.model import ChatId
from daemon.core.sync import KnownChat
from daemon.storage import offline, sync_state
from daemon.storage.db import SchemaTooNew
from daemon.storage.workload import workload
from tests.storage.test_survey import unchanged

ACME = ChatId(-1009)
STAFF = ChatId(-1001)


def test_no_database_yet(tmp_path: Path) -> None:
    assert workload(tmp_path / "tickets.db") == Work()
    (tmp_path / "tickets.db").touch()
    assert workload(tmp_path / "tickets.db") == Work()


def test_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    with offline.transaction(path) as tx:
        sync_state.put_chat(tx, KnownChat(ACME, "Acme", 42))
        for number, status in enumerate(("open", "open", "closed"), start=1):
            tx.execute(
                "INSERT INTO tickets (ticket_id, staff_chat_id, cust_group_id, cust_msg_id,"
                " user_id, user_name, status, opened_at) VALUES (?, -1, -2, ?, 7, 'A', ?, 0)",
                (number, number, status),
            )
        for number, (chat, state, at) in enumerate(
            [
                (ACME, "queued", 300),
                (ACME, "sending", 200),
                (STAFF, "queued", 100),
                (STAFF, "failed", 1),
                (STAFF, "failed", 2),
                (STAFF, "failed", 3),
            ],
            start=1,
        ):
            tx.execute(
                "INSERT INTO outbox (id, destination, role, text, media, confirm, state, queued_at)"
                " VALUES (?, ?, 'notice', '{}', '[]', 0, ?, ?)",
                (number, chat, state, at),
            )
        tx.execute("INSERT INTO held_back VALUES (4)")
        tx.execute("INSERT INTO waits (chat_id, since, wait_ms) VALUES (?, 1000, 5000)", (ACME,))
        for at in (50, 40):
            tx.execute(
                "INSERT INTO inbox (chat_id, msg_id, kind, content_hash, payload, received_at)"
                " VALUES (-2, ?, 'new', x'', '{}', ?)",
                (at, at),
            )
        tx.execute("INSERT INTO dead_letters VALUES (1, -2, 3, 'new', '{}', 'why', 0)")
    with unchanged(tmp_path):
        found = workload(path)
    assert found == Work(
        open_tickets=2,
        closed_tickets=1,
        queues=(Queue(STAFF, "", 1, 100), Queue(ACME, "Acme", 2, 200, 6000)),
        unhandled=2,
        unhandled_since=40,
        undelivered=2,
        held_back=1,
        dead_letters=1,
    )
    assert (found.waiting, found.oldest_at) == (3, 100)


def test_a_database_of_an_older_version(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    with offline.transaction(path) as tx:
        tx.execute("DROP TABLE held_back")  # as before the relay knew of restores
    assert workload(path) == Work()


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE schema_migrations (version INTEGER, name TEXT)")
        database.execute("INSERT INTO schema_migrations VALUES (9999, 'future')")
    with pytest.raises(SchemaTooNew):
        workload(path)
