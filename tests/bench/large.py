"""Databases as they are after years: filled with tickets of the past, in SQL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

LINKS_PER_TICKET = 5
"""Question, wrapper, reply of the staff, answer, confirmation."""

_APART_MS = 60_000
"""From one question to the next."""

_FIRST_ID = 1_000_000_000
"""Message ids of the past: far from those that the measurement will use."""

_RECEIPTS_KEPT_MS = 30 * 24 * 60 * 60 * 1000

# Customers ask by turns, few of them a lot and most of them little. Everything is written in the
# order of its time, as the relay does: how full the pages of a table are depends on it.
_PAST = """
CREATE TEMP TABLE past AS
WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
SELECT n, :since + n * :apart AS at, :first_id + n * 3 AS staff_msg, :first_id + n * 2 AS cust_msg,
    (SELECT group_id FROM customers
     WHERE place = :groups * (n * 7919 % 1000) * (n * 7919 % 1000) / 1000000) AS cust_group
FROM numbers
"""
_TICKETS = """
INSERT INTO tickets (
    ticket_id, staff_chat_id, staff_msg_id, cust_group_id, cust_msg_id, user_id, username,
    user_name, customer_anchor_msg_id, status, opened_at, closed_at, asked_at
)
SELECT at, :staff, staff_msg, cust_group, cust_msg, 5000000000 + n % 5000, 'somebody' || (n % 5000),
    'Some Body', cust_msg + 1, iif(n % 100, 'closed', 'open'), at,
    iif(n % 100, at + 3600000, NULL), at / 1000
FROM past
"""
_LINKS = """
INSERT INTO links (chat_id, msg_id, ticket_id, role, other_chat_id, other_msg_id)
SELECT iif(part.column1 < 2, cust_group, :staff),
    iif(part.column1 < 2, cust_msg, staff_msg - 2) + part.column1,
    at, part.column2,
    CASE part.column1 WHEN 0 THEN NULL WHEN 2 THEN cust_group ELSE :staff END,
    CASE part.column1 WHEN 0 THEN NULL WHEN 1 THEN staff_msg + 1 WHEN 2 THEN cust_msg
        ELSE staff_msg + part.column1 - 3 END
FROM past, (VALUES
    (0, 'question'), (1, 'answer'), (2, 'wrapper'), (3, 'staff_reply'), (4, 'notice')
) AS part
"""
_RECEIPTS = """
INSERT INTO receipts (chat_id, msg_id, kind, content_hash, routed_at)
SELECT iif(part.column1, :staff, cust_group), iif(part.column1, staff_msg + 1, cust_msg),
    'new', x'', at
FROM past, (VALUES (0), (1)) AS part
WHERE at > :forgotten
"""


def fill(database: Path, tickets: int, staff: int, groups: Sequence[int]) -> None:
    """Put so many answered tickets, up to now, with `LINKS_PER_TICKET` as many links into a relay's
    database that is not in use."""
    now = int(time.time() * 1000)
    values = {
        "last": tickets - 1,
        "since": now - tickets * _APART_MS,
        "apart": _APART_MS,
        "first_id": _FIRST_ID,
        "staff": staff,
        "groups": len(groups),
        "forgotten": now - _RECEIPTS_KEPT_MS,
    }
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("CREATE TEMP TABLE customers (place INTEGER PRIMARY KEY, group_id)")
        connection.executemany("INSERT INTO customers VALUES (?, ?)", enumerate(groups))
        for statement in (_PAST, _TICKETS, _LINKS, _RECEIPTS):
            connection.execute(statement, values)


def used_bytes(database: Path) -> int:
    """Of its pages that hold something, in the file or still in the journal."""
    with closing(sqlite3.connect(database)) as connection:
        asked = ("page_count", "freelist_count", "page_size")
        pages, free, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked)
        return int((pages - free) * size)
