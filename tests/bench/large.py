"""Databases as they are after years: filled with tickets of the past, in SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

LINKS_PER_TICKET = 5

_FIRST_ID = 1_000_000_000
"""Message ids of the past: far from those that the measurement will use."""

_NUMBERS = """
WITH RECURSIVE numbers (n) AS (
    SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last
)
"""
_TICKETS = (
    _NUMBERS
    + """
INSERT INTO tickets (
    ticket_id, staff_chat_id, staff_msg_id, cust_group_id, cust_msg_id, user_id, username,
    user_name, status, opened_at, closed_at, asked_at
)
SELECT n, :staff, :base + n, :group, :base + n, 5000000000 + n % 5000, 'somebody',
    'Some Body', CASE n % 100 WHEN 0 THEN 'open' ELSE 'closed' END, n, n + 1, n / 1000
FROM numbers
"""
)
_LINKS = (
    _NUMBERS
    + """
INSERT INTO links (chat_id, msg_id, ticket_id, role, other_chat_id, other_msg_id)
SELECT :chat, :base + n * :each + part.column1, n, 'answer', :other, :base + n
FROM numbers, (VALUES (0), (1), (2)) AS part
WHERE part.column1 < :each
"""
)


def fill(database: Path, tickets: int, staff: int, groups: Sequence[int]) -> None:
    """Put so many tickets, and `LINKS_PER_TICKET` as many links, into a relay's database that is
    not in use: three links of each in the staff group, two in its customer group."""
    share = tickets // len(groups)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        for number, group in enumerate(groups):
            values = {
                "first": 1 + number * share,
                "last": (number + 1) * share,
                "staff": staff,
                "group": group,
                "base": _FIRST_ID,
            }
            connection.execute(_TICKETS, values)
            for chat, other, each in ((staff, group, 3), (group, staff, 2)):
                connection.execute(_LINKS, values | {"chat": chat, "other": other, "each": each})


def size_bytes(database: Path) -> int:
    """Of the database with its journal."""
    journal = database.with_name(f"{database.name}-wal")
    return database.stat().st_size + (journal.stat().st_size if journal.exists() else 0)
