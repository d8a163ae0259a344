"""The database of the aiogram bot, read once and never written.

SQLite keeps to no column's type, so each value is looked at before anything is made of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path

from daemon.core.model import ChatId, MessageKey, TicketStatus
from daemon.core.takeover import OldTicket, as_username
from daemon.core.text import one_line
from daemon.storage.reading import connect_read_only

_COLUMNS = {
    "customer_groups": ("group_id",),
    "tickets": (
        "ticket_id",
        "staff_msg_id",
        "cust_group_id",
        "cust_msg_id",
        "user_id",
        "username",
        "customer_anchor_msg_id",
        "status",
        "closed_at",
    ),
}
_OURS = "SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'"
_COLUMNS_OF = "SELECT name FROM pragma_table_info(?)"
_CHECK = "PRAGMA integrity_check(1)"
_GROUPS = "SELECT group_id FROM customer_groups"
_COUNT = "SELECT count(*) FROM tickets"
_TICKETS = """
SELECT ticket_id, staff_msg_id, cust_group_id, cust_msg_id, user_id, username,
       customer_anchor_msg_id, status, closed_at
FROM tickets ORDER BY ticket_id, staff_msg_id
"""

_PROBLEMS_TOLD = 5

_LONGEST_SHOWN = 40
"""Characters of a wrong value."""

_LARGEST_ID = 2**53
"""Telegram's ids of users and chats have at most 52 significant bits; times in ms have fewer."""
_LARGEST_MESSAGE_ID = 2**31 - 1

_CLOCKS_APART_MS = 24 * 60 * 60 * 1000
"""That bot's clock may have been ahead of this machine's, but hardly by more."""


class OldDatabaseUnusable(Exception):
    """The file is not what that bot left, or is damaged. Each reason is one line for a person."""

    def __init__(self, path: Path, *reasons: str) -> None:
        super().__init__(path, reasons)
        self.path = path
        self.reasons = reasons


class OldDatabase:
    """Made by `open_old_database`. Its methods raise `OldDatabaseUnusable`."""

    def __init__(self, connection: sqlite3.Connection, path: Path, now: int) -> None:
        self._connection = connection
        self._path = path
        self._newest_number = now + _CLOCKS_APART_MS

    def check(self) -> None:
        """Look at the file as a whole: sound, and with the tables and columns it must have."""
        with _told(self._path):
            if self._connection.execute(_OURS).fetchone() is not None:
                raise OldDatabaseUnusable(
                    self._path, "is a database of Ticket Relay itself, not of the aiogram bot"
                )
            (verdict,) = self._connection.execute(_CHECK).fetchone()
            if verdict != "ok":
                raise OldDatabaseUnusable(self._path, f"is damaged: {_flat(verdict)}")
            missing = [
                f"{table}.{column}"
                for table, columns in _COLUMNS.items()
                for column in self._lacks(table, columns)
            ]
        if missing:
            raise OldDatabaseUnusable(
                self._path, f"is no database of the aiogram bot: {', '.join(missing)} missing"
            )

    def _lacks(self, table: str, columns: tuple[str, ...]) -> list[str]:
        there = {name for (name,) in self._connection.execute(_COLUMNS_OF, (table,))}
        return [column for column in columns if column not in there]

    def groups(self) -> list[ChatId]:
        """The customer groups."""
        problems = _Problems(self._path)
        groups = []
        with _told(self._path):
            for (value,) in self._connection.execute(_GROUPS):
                with problems.noted("a customer group"):
                    groups.append(_group(value, "group_id"))
        problems.raise_any()
        return groups

    def count(self) -> int:
        """How many rows `tickets` has."""
        with _told(self._path):
            (count,) = self._connection.execute(_COUNT).fetchone()
        return int(count)

    def tickets(self) -> Iterator[list[OldTicket]]:
        """The rows, those of one ticket number together, in the order of the numbers. What is
        wrong with single rows is told at the end: what was done with the others must then be
        undone."""
        problems = _Problems(self._path)
        with _told(self._path):
            rows = self._connection.execute(_TICKETS)
            for number, same in groupby(rows, key=lambda row: row[0]):
                found = []
                for row in same:
                    with problems.noted(f"ticket {_shown(number)}, wrapper {_shown(row[1])}"):
                        found.append(_ticket(self._newest_number, *row))
                yield found
        problems.raise_any()


@contextmanager
def open_old_database(path: Path, now: int) -> Iterator[OldDatabase]:
    """One unchanging view of the file. Raises `OldDatabaseUnusable`, also in `with`.
    `now`: ms since the epoch."""
    with _told(path):
        connection = connect_read_only(path)
    with closing(connection):
        with _told(path):
            connection.execute("BEGIN")
        yield OldDatabase(connection, path, now)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Errors of reading, in words."""
    try:
        yield
    except OSError as error:
        raise OldDatabaseUnusable(path, f"cannot be read: {error.strerror}") from error
    except sqlite3.Error as error:
        raise OldDatabaseUnusable(path, _in_words(error)) from error


def _in_words(error: sqlite3.Error) -> str:
    """https://www.sqlite.org/rescode.html"""
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith("SQLITE_BUSY"):
        return "is in use; stop the aiogram bot first"
    if name.startswith("SQLITE_NOTADB"):
        return "is no SQLite database"
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
        return (
            f"was left in the middle of a change ({error}); copy it together with the files beside"
            " it that begin with its name, open the copy once with the aiogram bot or with sqlite3,"
            " and import the copy"
        )
    return f"is damaged: {_flat(str(error))}"


def _flat(told: str) -> str:
    """What SQLite says, which may begin with a line that names its own name for the file."""
    return one_line(told.removeprefix("*** in database main ***"))


class _Wrong(Exception):
    """A value that cannot be taken over; the message names its column."""


class _Problems:
    """What is wrong with single rows, told together."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told: list[str] = []
        self._more = 0

    @contextmanager
    def noted(self, row: str) -> Iterator[None]:
        """Notes what is wrong with a row, so that the next can be looked at."""
        try:
            yield
        except _Wrong as wrong:
            if len(self._told) < _PROBLEMS_TOLD:
                self._told.append(f"{row}: {wrong}")
            else:
                self._more += 1

    def raise_any(self) -> None:
        if self._more:
            self._told.append(f"and {self._more} more rows like these")
        if self._told:
            raise OldDatabaseUnusable(self._path, *self._told)


def _ticket(  # noqa: PLR0913 the columns of a row
    newest_number: int,
    ticket_id: object,
    staff_msg_id: object,
    cust_group_id: object,
    cust_msg_id: object,
    user_id: object,
    username: object,
    anchor: object,
    status: object,
    closed_at: object,
) -> OldTicket:
    name, other_name = as_username(_text(username, "username"))
    return OldTicket(
        ticket_id=_number(ticket_id, newest_number),
        staff_msg_id=_whole(staff_msg_id, "staff_msg_id", _LARGEST_MESSAGE_ID),
        question=MessageKey(
            _group(cust_group_id, "cust_group_id"),
            _whole(cust_msg_id, "cust_msg_id", _LARGEST_MESSAGE_ID),
        ),
        user_id=ChatId(_whole(user_id, "user_id", _LARGEST_ID)),
        username=name,
        user_name=other_name,
        anchor=_whole_or_none(anchor, "customer_anchor_msg_id", _LARGEST_MESSAGE_ID),
        status=_status(status),
        closed_at=_whole_or_none(closed_at, "closed_at", _LARGEST_ID),
    )


def _number(value: object, newest: int) -> int:
    """A ticket's number is the time in ms. From one that is far ahead all later numbers would be
    counted on."""
    number = _whole(value, "ticket_id", _LARGEST_ID)
    if number > newest:
        raise _Wrong(f"ticket_id is {number}, a time that has not come yet")
    return number


def _whole(value: object, column: str, largest: int) -> int:
    if not isinstance(value, int):
        raise _Wrong(f"{column} is {_shown(value)}, not a whole number")
    if not 0 < value <= largest:
        raise _Wrong(f"{column} is {value}, which cannot be")
    return value


def _whole_or_none(value: object, column: str, largest: int) -> int | None:
    return None if value in (None, 0) else _whole(value, column, largest)


def _group(value: object, column: str) -> ChatId:
    if not isinstance(value, int) or not -_LARGEST_ID <= value < 0:
        raise _Wrong(f"{column} is {_shown(value)}, not the id of a group")
    return ChatId(value)


def _text(value: object, column: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _Wrong(f"{column} is {_shown(value)}, not a text")
    return value


def _status(value: object) -> TicketStatus:
    """Rows older than the column have no status: these tickets were never closed."""
    status = _text(value, "status")
    if status is None:
        return TicketStatus.OPEN
    try:
        return TicketStatus(status)
    except ValueError:
        raise _Wrong(f'status is {_shown(status)}, neither "open" nor "closed"') from None


def _shown(value: object) -> str:
    return "NULL" if value is None else repr(value)[:_LONGEST_SHOWN]
