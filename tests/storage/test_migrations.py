"""The schema, and the way from an older one to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from daemon.storage import db
from daemon.storage.db import Database, SchemaTooNew, migrate

VERSIONS = sorted(db._migrations())
NEXT = VERSIONS[-1] + 1


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "tickets.db", isolation_level=None)) as connection:
        yield connection


def schema(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return sorted((name, " ".join(sql.split())) for name, sql in rows)


def records(connection: sqlite3.Connection) -> list[int]:
    rows = connection.execute("SELECT version FROM schema_migrations ORDER BY version")
    return [version for (version,) in rows]


def with_further(monkeypatch: pytest.MonkeyPatch, *scripts: str) -> None:
    """Further migrations behind those there are."""
    known = db._migrations()
    further = {NEXT + n: (f"{NEXT + n:04}_more", script) for n, script in enumerate(scripts)}
    monkeypatch.setattr(db, "_migrations", lambda: known | further)


def test_the_versions_are_numbered_without_gaps() -> None:
    assert list(range(1, len(VERSIONS) + 1)) == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_database_of_any_version_gets_the_schema_of_a_fresh_one(
    tmp_path: Path, empty: sqlite3.Connection, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = db._migrations()
    with monkeypatch.context() as older:
        older.setattr(db, "_migrations", lambda: {v: known[v] for v in VERSIONS if v <= version})
        migrate(empty)
    assert records(empty) == [v for v in VERSIONS if v <= version]
    migrate(empty)
    assert records(empty) == VERSIONS
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh)
        assert schema(empty) == schema(fresh)


def test_migrating_again_changes_nothing(empty: sqlite3.Connection) -> None:
    migrate(empty)
    before = schema(empty)
    changes = empty.total_changes
    migrate(empty)
    assert (schema(empty), empty.total_changes) == (before, changes)


def test_a_further_migration_is_applied_with_its_record(
    empty: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty)
    with_further(monkeypatch, "CREATE TABLE more (x INTEGER) STRICT;")
    migrate(empty)
    assert "more" in dict(schema(empty))
    assert records(empty)[-1] == NEXT


@pytest.mark.parametrize("failing", ["CREATE TABLE oops (;", "INSERT INTO nowhere VALUES (1);"])
def test_a_migration_that_fails_midway_leaves_nothing(
    empty: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    migrate(empty)
    before = schema(empty)
    half = "CREATE TABLE half (x INTEGER) STRICT; INSERT INTO half VALUES (1);"
    with_further(monkeypatch, half + failing)
    with pytest.raises(sqlite3.OperationalError):
        migrate(empty)
    assert not empty.in_transaction
    assert (schema(empty), records(empty)) == (before, VERSIONS)


def test_what_was_migrated_before_the_failing_one_stays(
    empty: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        with_further(broken, "CREATE TABLE good (x INTEGER) STRICT;", "CREATE TABLE bad (;")
        with pytest.raises(sqlite3.OperationalError):
            migrate(empty)
    assert records(empty) == [*VERSIONS, NEXT]
    with_further(monkeypatch, "SELECT 'is applied already'", "CREATE TABLE bad (x INTEGER) STRICT;")
    migrate(empty)
    assert {"good", "bad"} <= dict(schema(empty)).keys()


async def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    await (await Database.open(path)).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO schema_migrations VALUES (99, '0099_future')")
        before = schema(connection)
    with pytest.raises(SchemaTooNew, match=r"99.*up to"):
        await Database.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert schema(connection) == before
        assert records(connection) == [*VERSIONS, 99]


def test_every_table_is_strict(tx: sqlite3.Connection) -> None:
    rows = tx.execute("PRAGMA table_list").fetchall()
    ours = {name: strict for _, name, kind, _, _, strict in rows if kind == "table"}
    loose = {name for name, strict in ours.items() if not strict and "sqlite_" not in name}
    assert len(ours) > 10
    assert not loose


def test_operators_find_the_columns_they_know(tx: sqlite3.Connection) -> None:
    columns = {row[1]: row[2] for row in tx.execute("PRAGMA table_info(tickets)")}
    integers = (
        "ticket_id",
        "staff_msg_id",
        "cust_group_id",
        "cust_msg_id",
        "user_id",
        "customer_anchor_msg_id",
        "closed_at",
    )
    assert {columns[name] for name in integers} == {"INTEGER"}
    assert {columns["username"], columns["status"]} == {"TEXT"}
    assert tx.execute("SELECT group_id FROM customer_groups").fetchall() == []


def test_two_migrations_of_one_number_are_refused(tmp_path: Path) -> None:
    for name in ("0001_initial.sql", "0002_media.sql", "0002_moves.sql"):
        (tmp_path / name).touch()
    with pytest.raises(RuntimeError, match="two migrations have the number 2"):
        db.numbered(tmp_path)
