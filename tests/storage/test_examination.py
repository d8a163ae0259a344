"""Whether a database is sound."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from daemon.core.premises import Examination
from daemon.storage import offline
from daemon.storage.db import newest_schema
from daemon.storage.examination import examine
from tests.storage.test_survey import fill, unchanged


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.db"
    with offline.transaction(path) as tx:
        fill(tx)
    return path


def test_a_sound_one(path: Path) -> None:
    with unchanged(path.parent):
        assert examine(path) == Examination(newest_schema(), newest_schema())


def test_none_yet(tmp_path: Path) -> None:
    assert examine(tmp_path / "tickets.db") is None


def test_an_older_schema(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM schema_migrations WHERE version > 3")
    assert examine(path) == Examination(3, newest_schema())


def test_a_damaged_one(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        (page,) = database.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'outbox_by_destination'"
        ).fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 100)
    found = examine(path)
    assert found is not None
    assert found.damage
