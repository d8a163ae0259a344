"""What is known of the bot in its groups, of the people in the staff group, and which groups are
to be looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from daemon.core.membership import Known, Look, MemberStatus
from daemon.core.model import ChatId, Sender

_PUT = "INSERT OR REPLACE INTO members (chat_id, person_id, status, date) VALUES (?, ?, ?, ?)"
_OF_CHAT = "SELECT person_id, status, date FROM members WHERE chat_id = ?"
_PUT_LOOK = """
INSERT OR REPLACE INTO looks (chat_id, username, linked_channel, members_told)
VALUES (?, ?, ?, ?)
"""
_LAST_LOOK = "SELECT username, linked_channel, members_told FROM looks WHERE chat_id = ?"
_ASK = """
INSERT OR REPLACE INTO lookups (chat_id, actor)
VALUES (:chat_id, coalesce(:actor, (SELECT actor FROM lookups WHERE chat_id = :chat_id)))
"""
_ASKED = "SELECT id, chat_id FROM lookups ORDER BY id"
_ACTOR = "SELECT actor FROM lookups WHERE chat_id = ?"
_DONE = "DELETE FROM lookups WHERE id = ?"


def put(tx: sqlite3.Connection, chat_id: ChatId, person_id: ChatId, known: Known) -> None:
    tx.execute(_PUT, (chat_id, person_id, known.status, known.date))


def of_chat(tx: sqlite3.Connection, chat_id: ChatId) -> dict[ChatId, Known]:
    return {
        ChatId(person_id): Known(MemberStatus(status), date)
        for person_id, status, date in tx.execute(_OF_CHAT, (chat_id,))
    }


def put_look(tx: sqlite3.Connection, chat_id: ChatId, look: Look) -> None:
    tx.execute(_PUT_LOOK, (chat_id, look.username, look.linked_channel, look.members_told))


def last_look(tx: sqlite3.Connection, chat_id: ChatId) -> Look | None:
    row = tx.execute(_LAST_LOOK, (chat_id,)).fetchone()
    if row is None:
        return None
    username, linked_channel, members_told = row
    return Look(username, linked_channel, bool(members_told))


@dataclass(frozen=True, slots=True)
class Lookup:
    """A group that is to be looked at."""

    id: int
    """Another one each time the look is asked for anew."""
    chat_id: ChatId


def ask_for_look(
    tx: sqlite3.Connection, chat_ids: Iterable[ChatId], actor: Sender | None = None
) -> None:
    """Have groups looked at. `actor`: who did what led to it, where that is known."""
    told = None if actor is None else msgspec.json.encode(actor).decode()
    tx.executemany(_ASK, [{"chat_id": chat_id, "actor": told} for chat_id in chat_ids])


def asked_for(tx: sqlite3.Connection) -> list[Lookup]:
    return [Lookup(row_id, ChatId(chat_id)) for row_id, chat_id in tx.execute(_ASKED)]


def end_look(tx: sqlite3.Connection, lookup: Lookup) -> Sender | None:
    """Note that a group was looked at, unless that was asked for again meanwhile. Returns who
    did what led to it."""
    row = tx.execute(_ACTOR, (lookup.chat_id,)).fetchone()
    tx.execute(_DONE, (lookup.id,))
    return msgspec.json.decode(row[0], type=Sender) if row and row[0] else None
