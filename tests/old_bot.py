"""The database of the aiogram bot that this relay takes the place of, as that bot makes it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS customer_groups (
    group_id INTEGER PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS tickets (
    staff_msg_id INTEGER PRIMARY KEY,
    ticket_id INTEGER,
    cust_group_id INTEGER,
    cust_msg_id INTEGER,
    user_id INTEGER,
    username TEXT,
    customer_anchor_msg_id INTEGER,
    status TEXT DEFAULT 'open',
    closed_at INTEGER
);
"""

COLUMNS = (
    "staff_msg_id",
    "ticket_id",
    "cust_group_id",
    "cust_msg_id",
    "user_id",
    "username",
    "customer_anchor_msg_id",
    "status",
    "closed_at",
)

GROUP = -1002000000001
NUMBER = 1737456789000


class OldBot:
    """Its database file."""

    def __init__(self, path: Path, schema: str = SCHEMA) -> None:
        self.path = path
        self.run(schema)

    def group(self, group_id: Any = GROUP) -> None:
        self.run("INSERT INTO customer_groups VALUES (?)", group_id)

    def ticket(self, staff_msg_id: Any = 500, **values: Any) -> None:
        """A row: an open ticket of Alice, answered once, unless said otherwise."""
        row: dict[str, Any] = {
            "staff_msg_id": staff_msg_id,
            "ticket_id": NUMBER,
            "cust_group_id": GROUP,
            "cust_msg_id": 100,
            "user_id": 11,
            "username": "alice",
            "customer_anchor_msg_id": 101,
            "status": "open",
            "closed_at": None,
        } | values
        names = ", ".join(row)
        self.run(
            f"INSERT INTO tickets ({names}) VALUES ({', '.join('?' * len(row))})", *row.values()
        )

    def run(self, script: str, *values: Any) -> None:
        with closing(sqlite3.connect(self.path)) as database:
            if values:
                database.execute(script, values)
            else:
                database.executescript(script)
            database.commit()
