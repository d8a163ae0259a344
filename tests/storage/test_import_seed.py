"""Taking over the aiogram bot's database: all of it or nothing, and again without harm."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon.commands.import_seed import import_seed
from daemon.config import Config, load
from daemon.exit_codes import ExitCode
from daemon.failures import explain
from daemon.lock import FileLock
from daemon.storage import offline
from daemon.storage.db import ForeignDatabase, SchemaTooNew
from tests.old_bot import GROUP, NUMBER, OldBot
from tests.scene import API_HASH

STAFF = -1009876543210
BOT = 7000000001


@pytest.fixture
def old(tmp_path: Path) -> OldBot:
    return OldBot(tmp_path / "old.db")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return a_config(tmp_path)


def a_config(folder: Path, staff_group: int = STAFF, bot: int = BOT) -> Config:
    file = folder / "config.toml"
    file.write_text(
        f"""
        [telegram]
        bot_token = "{bot}:AAtest-token_of_nobody_0123456789abc"
        api_id = 4242
        api_hash = "{API_HASH}"
        [relay]
        staff_group = {staff_group}
        admins = [77]
        database = "tickets.db"
        """
    )
    return load(file, {})


def take_over(config: Config, old: OldBot, *, dry_run: bool = False) -> list[str]:
    """The lines that are said."""
    lines: list[str] = []
    assert import_seed(config, old.path, lines.append, io.StringIO(), dry_run=dry_run) == 0
    return [line.replace(str(config.relay.database), "tickets.db") for line in lines]


def refused(config: Config, old: OldBot) -> tuple[ExitCode, str]:
    """Exit code and reasons; and nothing was changed."""
    before = contents(config)
    with pytest.raises(Exception) as caught:  # noqa: PT011 any: it must have words
        import_seed(config, old.path, lambda _: None, io.StringIO(), dry_run=False)
    assert contents(config) == before
    failure = explain(caught.value, config)
    assert failure is not None
    return failure.code, failure.reason.replace(str(old.path), "old.db")


def contents(config: Config) -> dict[str, list[Any]] | None:
    """All that the relay's database holds; None where there is none."""
    if not config.relay.database.exists():
        return None
    with closing(sqlite3.connect(config.relay.database)) as database:
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return {name: database.execute(f"SELECT * FROM {name}").fetchall() for (name,) in tables}


def rows(config: Config, query: str) -> list[Any]:
    with closing(sqlite3.connect(config.relay.database)) as database:
        return database.execute(query).fetchall()


TICKETS = """
SELECT ticket_id, staff_chat_id, staff_msg_id, cust_group_id, cust_msg_id, user_id, username,
       user_name, customer_anchor_msg_id, status, opened_at, closed_at
FROM tickets ORDER BY ticket_id
"""
LINKS = "SELECT chat_id, msg_id, ticket_id, role FROM links ORDER BY chat_id, msg_id"


def test_every_column_is_taken_over(config: Config, old: OldBot) -> None:
    old.group()
    old.ticket()
    old.ticket(
        501, ticket_id=NUMBER + 5, cust_msg_id=200, status="closed", closed_at=NUMBER + 9000,
        username=None, customer_anchor_msg_id=None,
    )  # fmt: skip
    assert take_over(config, old) == [
        "✓ took over 1 customer group and 2 tickets into tickets.db",
    ]
    assert rows(config, "SELECT group_id FROM customer_groups") == [(GROUP,)]
    assert rows(config, TICKETS) == [
        (NUMBER, STAFF, 500, GROUP, 100, 11, "alice", "", 101, "open", NUMBER, None),
        (NUMBER + 5, STAFF, 501, GROUP, 200, 11, None, "", None, "closed", NUMBER + 5,
         NUMBER + 9000),
    ]  # fmt: skip
    assert rows(config, LINKS) == [
        (STAFF, 500, NUMBER, "wrapper"),
        (STAFF, 501, NUMBER + 5, "wrapper"),
        (GROUP, 100, NUMBER, "question"),
        (GROUP, 101, NUMBER, "answer"),
        (GROUP, 200, NUMBER + 5, "question"),
    ]
    assert config.relay.database.stat().st_mode & 0o077 == 0


def test_again_nothing_changes(config: Config, old: OldBot) -> None:
    old.group()
    old.ticket()
    take_over(config, old)
    before = contents(config)
    assert take_over(config, old) == [
        "✓ took over 0 customer groups and 0 tickets into tickets.db",
        "✓ here already, and left as it is: 1 customer group and 1 ticket",
    ]
    assert contents(config) == before


def test_later_what_is_new_is_added_and_what_is_known_stays(config: Config, old: OldBot) -> None:
    old.group()
    old.ticket()
    take_over(config, old)
    with offline.transaction(config.relay.database) as tx:
        tx.execute("UPDATE tickets SET status = 'closed', closed_at = 7")
    old.run("UPDATE tickets SET customer_anchor_msg_id = 150")
    old.ticket(600, ticket_id=NUMBER + 1, cust_msg_id=160)
    assert take_over(config, old)[0].startswith("✓ took over 0 customer groups and 1 ticket ")
    assert rows(config, "SELECT status, closed_at FROM tickets") == [("closed", 7), ("open", None)]
    answers = "SELECT msg_id FROM links WHERE ticket_id = {} AND role = 'answer'"
    assert rows(config, answers.format(NUMBER)) == [(101,), (150,)]


def test_a_dry_run_tells_the_same_and_changes_nothing(config: Config, old: OldBot) -> None:
    old.group()
    old.ticket()
    told = take_over(config, old, dry_run=True)
    assert told == [
        "✓ would take over 1 customer group and 1 ticket into tickets.db",
        "✓ a dry run: nothing was changed",
    ]
    assert not config.relay.database.exists()
    take_over(config, old)
    old.ticket(600, ticket_id=NUMBER + 1)
    before = contents(config)
    assert "0 customer groups and 1 ticket " in take_over(config, old, dry_run=True)[0]
    assert contents(config) == before


def test_one_number_for_two_customers(config: Config, old: OldBot) -> None:
    old.ticket()
    old.ticket(502, cust_group_id=GROUP - 1)
    told = take_over(config, old)
    assert told[1] == (
        f"⚠ number {NUMBER} stood for several tickets: one of them goes on as {NUMBER + 1}"
    )
    assert rows(config, "SELECT ticket_id, cust_group_id FROM tickets ORDER BY ticket_id") == [
        (NUMBER, GROUP),
        (NUMBER + 1, GROUP - 1),
    ]
    assert (STAFF, 502, NUMBER + 1, "wrapper") in rows(config, LINKS)
    before = contents(config)
    assert "left as it is: 0 customer groups and 2 tickets" in take_over(config, old)[1]
    assert contents(config) == before


def test_the_staff_group_does_not_become_its_own_customer(config: Config, old: OldBot) -> None:
    old.group(STAFF)
    old.ticket(cust_group_id=STAFF)
    assert take_over(config, old) == [
        "✓ took over 0 customer groups and 0 tickets into tickets.db",
        "⚠ left out, being of the staff group itself: 1 customer group and 1 ticket",
    ]
    assert rows(config, LINKS) == []


def test_a_status_from_before_there_was_one(config: Config, old: OldBot) -> None:
    old.ticket(status=None)
    take_over(config, old)
    assert rows(config, "SELECT status FROM tickets") == [("open",)]


@pytest.mark.parametrize(
    "column,value,told",
    [
        ("ticket_id", None, "ticket NULL, wrapper 500: ticket_id is NULL, not a whole number"),
        ("ticket_id", 0, "ticket_id is 0, which cannot be"),
        ("ticket_id", 2**60, f"ticket_id is {2**60}, which cannot be"),
        ("ticket_id", 2**53, f"ticket_id is {2**53}, a time that has not come yet"),
        ("staff_msg_id", -5, "staff_msg_id is -5, which cannot be"),
        ("cust_group_id", 5, "cust_group_id is 5, not the id of a group"),
        ("cust_group_id", None, "cust_group_id is NULL, not the id of a group"),
        ("cust_msg_id", "abc", "cust_msg_id is 'abc', not a whole number"),
        ("cust_msg_id", 2**31, "cust_msg_id is 2147483648, which cannot be"),
        ("user_id", None, "user_id is NULL, not a whole number"),
        ("user_id", 1.5, "user_id is 1.5, not a whole number"),
        ("username", b"alice", "username is b'alice', not a text"),
        ("customer_anchor_msg_id", "x" * 99, "customer_anchor_msg_id is 'xxxxxxxxxxxxxxxx"),
        ("status", "done", 'status is \'done\', neither "open" nor "closed"'),
        ("status", 7.5, "status is '7.5', neither"),
        ("closed_at", -1, "closed_at is -1, which cannot be"),
    ],
)
def test_one_wrong_value_and_nothing_is_taken_over(
    config: Config, old: OldBot, column: str, value: Any, told: str
) -> None:
    old.group()
    old.ticket(499, ticket_id=NUMBER - 1)
    old.ticket(**{column: value})
    code, reason = refused(config, old)
    assert code == ExitCode.DATA
    assert told in reason
    assert not config.relay.database.exists()


def test_many_wrong_rows_are_told_in_few_lines(config: Config, old: OldBot) -> None:
    for number in range(12):
        old.ticket(500 + number, user_id=None)
    _, reason = refused(config, old)
    lines = reason.split("; ")
    assert lines[4] == f"old.db: ticket {NUMBER}, wrapper 504: user_id is NULL, not a whole number"
    assert lines[5:] == ["old.db: and 7 more rows like these"]


def test_a_wrong_group(config: Config, old: OldBot) -> None:
    old.ticket()
    old.group(77)
    assert refused(config, old) == (
        ExitCode.DATA,
        "old.db: a customer group: group_id is 77, not the id of a group",
    )


Spoil = Callable[[OldBot], None]


def no_file(old: OldBot) -> None:
    old.path.unlink()


def a_folder(old: OldBot) -> None:
    old.path.unlink()
    old.path.mkdir()


def an_empty_file(old: OldBot) -> None:
    old.path.write_bytes(b"")


def a_text(old: OldBot) -> None:
    old.path.write_text("Dear diary, " * 1000)


def half_a_file(old: OldBot) -> None:
    old.path.write_bytes(old.path.read_bytes()[:6000])


def a_torn_page(old: OldBot) -> None:
    content = bytearray(old.path.read_bytes())
    content[-4096:-2048] = bytes(2048)
    old.path.write_bytes(content)


def no_table(old: OldBot) -> None:
    old.run("DROP TABLE customer_groups")


def no_column(old: OldBot) -> None:
    old.run("ALTER TABLE tickets DROP COLUMN closed_at")


@pytest.mark.parametrize(
    "spoil,told",
    [
        (no_file, "cannot be read: No such file or directory"),
        (a_folder, "cannot be read: Is a directory"),
        (
            an_empty_file,
            "is no database of the aiogram bot: customer_groups.group_id, tick",
        ),
        (a_text, "is no SQLite database"),
        (half_a_file, "is damaged: "),
        (a_torn_page, "is damaged: "),
        (no_table, "is no database of the aiogram bot: customer_groups.group_id missing"),
        (no_column, "is no database of the aiogram bot: tickets.closed_at missing"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(
    config: Config, old: OldBot, spoil: Spoil, told: str
) -> None:
    for number in range(200):
        old.ticket(500 + number, ticket_id=NUMBER + number, username="a" * 30)
    spoil(old)
    code, reason = refused(config, old)
    assert (code, reason.startswith(f"old.db: {told}")) == (ExitCode.DATA, True), reason
    assert "\n" not in reason
    assert "***" not in reason
    assert not config.relay.database.exists()


def test_this_relays_own_database_and_a_copy_of_it(config: Config, tmp_path: Path) -> None:
    with offline.transaction(config.relay.database):
        pass
    own = OldBot(config.relay.database, "")
    assert "is this relay's own database" in refused(config, own)[1]
    copy = OldBot(tmp_path / "backup.db", "")
    copy.path.write_bytes(config.relay.database.read_bytes())
    assert "is a database of Ticket Relay itself" in refused(config, copy)[1]


def test_a_file_left_in_the_middle_of_a_change(config: Config, old: OldBot) -> None:
    """As a power cut leaves it: the file changed already, and how it was in a journal beside."""
    old.ticket()
    with closing(sqlite3.connect(old.path, isolation_level=None)) as database:
        database.execute("PRAGMA cache_size = 1")
        database.execute("BEGIN")
        for number in range(1000):
            database.execute(
                "INSERT INTO tickets (staff_msg_id, ticket_id) VALUES (?, ?)", (1000 + number, 1)
            )
        journal = Path(f"{old.path}-journal")
        left = (old.path.read_bytes(), journal.read_bytes())
    old.path.write_bytes(left[0])
    journal.write_bytes(left[1])
    code, reason = refused(config, old)
    assert code == ExitCode.DATA
    assert "was left in the middle of a change" in reason
    assert "open the copy once" in reason
    assert (old.path.read_bytes(), journal.read_bytes()) == left


def test_a_file_with_a_log_is_read_without_a_trace(config: Config, old: OldBot) -> None:
    old.run("PRAGMA journal_mode = WAL")
    old.ticket()
    before = {file.name for file in old.path.parent.iterdir()}
    take_over(config, old)
    beside = {file.name for file in old.path.parent.iterdir()} - before
    assert beside <= {"tickets.db", "tickets.db.lock"}
    assert rows(config, "SELECT ticket_id FROM tickets") == [(NUMBER,)]


def test_while_the_old_bot_writes(config: Config, old: OldBot) -> None:
    with closing(sqlite3.connect(old.path, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        assert refused(config, old) == (
            ExitCode.DATA,
            "old.db: is in use; stop the aiogram bot first",
        )


def test_while_a_relay_runs(config: Config, old: OldBot) -> None:
    with FileLock(config.relay.database):
        code, reason = refused(config, old)
    assert (code, "stop that one first" in reason) == (ExitCode.LOCKED, True)


def test_another_bots_or_staff_groups_database(tmp_path: Path, old: OldBot) -> None:
    take_over(a_config(tmp_path), old)
    for other in (a_config(tmp_path, staff_group=-5), a_config(tmp_path, bot=BOT + 1)):
        code, reason = refused(other, old)
        assert (code, f"bot {BOT} and staff group {STAFF}" in reason) == (ExitCode.CONFIG, True)


def test_the_file_of_another_staff_group(config: Config, old: OldBot, tmp_path: Path) -> None:
    old.ticket()
    take_over(config, old)
    other = OldBot(tmp_path / "other.db")
    other.group()
    other.ticket(499, ticket_id=NUMBER + 1)
    other.ticket(500, ticket_id=NUMBER + 2, user_id=12)
    code, reason = refused(config, other)
    assert code == ExitCode.DATA
    assert "the file is of another bot or another staff group: message 500 " in reason
    assert f"belongs to ticket {NUMBER} here and to ticket {NUMBER + 2} there" in reason


@pytest.mark.parametrize("error", [ForeignDatabase, SchemaTooNew])
def test_a_database_of_ours_that_cannot_be_used(
    config: Config, old: OldBot, error: type[Exception]
) -> None:
    old.ticket()
    if error is ForeignDatabase:
        OldBot(config.relay.database)
    else:
        with offline.transaction(config.relay.database) as tx:
            tx.execute("INSERT INTO schema_migrations VALUES (9999, 'future')")
    code, _ = refused(config, old)
    assert code == ExitCode.CONFIG


def test_large_files_are_taken_over_in_one_go(config: Config, old: OldBot) -> None:
    with closing(sqlite3.connect(old.path)) as database:
        database.executemany(
            "INSERT INTO tickets VALUES (?, ?, ?, ?, 11, 'alice', ?, 'open', NULL)",
            ((n, NUMBER + n, GROUP - n % 300, 2 * n, 2 * n + 1) for n in range(1, 5001)),
        )
        database.commit()
    assert "5,000 tickets" in take_over(config, old)[0]
    assert rows(config, "SELECT count(*) FROM links") == [(15_000,)]
