"""Drafts for the outbox, and a source of random_ids that can be read back."""

from __future__ import annotations

import itertools
import sqlite3
from typing import Any

from daemon.core.model import ChatId, LinkRole, OutboxId
from daemon.core.text import Text
from daemon.storage import outbox
from daemon.storage.outbox import Draft
from daemon.storage.outbox_row import OutboxRow
from tests.builders import ACME


class RandomIds:
    """Numbers from the far end of the range that a random_id has."""

    def __init__(self) -> None:
        self._numbers = itertools.count(2**63 - 1, -1)
        self.drawn: list[int] = []

    def __call__(self) -> int:
        self.drawn.append(next(self._numbers))
        return self.drawn[-1]


def a_draft(text: str | Text = "hello", destination: ChatId = ACME, **more: Any) -> Draft:
    values: dict[str, Any] = {"ticket_id": None, "role": LinkRole.NOTICE}
    words = Text(text) if isinstance(text, str) else text
    return Draft(destination=destination, text=words, **values | more)


def put(
    tx: sqlite3.Connection, draft: Draft, random_ids: RandomIds | None = None, now: int = 0
) -> OutboxId:
    return outbox.put(tx, draft, random_ids or RandomIds(), now)


def claimed(tx: sqlite3.Connection, destination: ChatId = ACME) -> OutboxRow:
    row = outbox.claim(tx, destination, 1000, 50)
    assert row is not None
    return row
