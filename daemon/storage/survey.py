"""What a database holds, read beside a relay that may be running on it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from daemon.core.model import ChatId
from daemon.core.sync import KnownChat
from daemon.storage import groups, moves, sync_state, tickets
from daemon.storage.db import is_begun, refuse_newer_schema
from daemon.storage.reading import connect_read_only
from daemon.storage.sync_state import Identity

_KNOWS_MOVES = "SELECT 1 FROM sqlite_schema WHERE name = 'chat_aliases'"


@dataclass(frozen=True, slots=True)
class Survey:
    """What `check` wants to know of a database."""

    identity: Identity | None
    """Whose database it is; None before the first login."""
    customer_groups: tuple[ChatId, ...]
    chats: dict[ChatId, KnownChat]
    former_groups: tuple[ChatId, ...] = ()
    """Groups that are no customer groups any more, in which tickets are open."""
    moved: dict[ChatId, ChatId] = field(default_factory=dict)
    """Basic groups, and the supergroups that they became."""


def survey(path: Path) -> Survey | None:
    """Read the database; None where no relay has made it yet.

    Raises `ForeignDatabase`, `SchemaTooNew`, or `sqlite3.Error` where it cannot be used."""
    if not path.exists():
        return None
    with closing(connect_read_only(path)) as connection:
        connection.execute("BEGIN")
        if not is_begun(connection) or refuse_newer_schema(connection) is None:
            return None
        customer_groups, moved = groups.all_groups(connection), _moved(connection)
        open_in = {moved.get(it, it) for it in tickets.groups_of_open(connection)}
        return Survey(
            identity=sync_state.identity(connection),
            customer_groups=tuple(customer_groups),
            former_groups=tuple(sorted(open_in - {*customer_groups})),
            chats=sync_state.chats(connection),
            moved=moved,
        )


def _moved(connection: sqlite3.Connection) -> dict[ChatId, ChatId]:
    """None where the relay was last started before it knew of such moves."""
    if connection.execute(_KNOWS_MOVES).fetchone() is None:
        return {}
    return moves.all_moves(connection)
