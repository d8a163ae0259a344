"""How far the relay has read, for the account and for each chat, and what is missing between."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace

from daemon.core.model import ChatId
from daemon.core.sync import FROM_ENROLMENT, AccountState, Batch, Gap, KnownChat

_IDENTITY = "SELECT bot_id, staff_group FROM relay"
_SET_IDENTITY = "INSERT OR REPLACE INTO relay (id, bot_id, staff_group) VALUES (1, ?, ?)"
_ACCOUNT = "SELECT pts, qts, date, seq FROM account_state"
_SET_ACCOUNT = """
INSERT OR REPLACE INTO account_state (id, pts, qts, date, seq) VALUES (1, ?, ?, ?, ?)
"""
_CHATS = "SELECT chat_id, title, access_hash, pts, top_msg_id FROM chats"
_CHAT = _CHATS + " WHERE chat_id = ?"
_PUT_CHAT = """
INSERT INTO chats (chat_id, title, access_hash, pts, top_msg_id)
VALUES (:chat_id, :title, :access_hash, :pts, :top)
ON CONFLICT (chat_id) DO UPDATE SET
    title = excluded.title,
    access_hash = coalesce(excluded.access_hash, access_hash),
    pts = coalesce(excluded.pts, pts),
    top_msg_id = max(excluded.top_msg_id, top_msg_id)
"""
_ADVANCE_CHAT = """
UPDATE chats SET pts = coalesce(?, pts), top_msg_id = max(top_msg_id, ?) WHERE chat_id = ?
"""
_ADD_GAP = """
INSERT INTO gaps (chat_id, next_id, last_id, since) VALUES (?, ?, ?, ?)
ON CONFLICT (chat_id) DO UPDATE SET
    next_id = min(next_id, excluded.next_id), last_id = max(last_id, excluded.last_id),
    since = min(since, excluded.since)
"""
_ENROLLED_AT = "SELECT added_at / 1000 FROM customer_groups WHERE group_id = ?"
_GAPS = "SELECT chat_id, next_id, last_id, since FROM gaps"
_GAP = _GAPS + " WHERE chat_id = ?"
_ADVANCE_GAP = "UPDATE gaps SET next_id = ? WHERE chat_id = ?"
_CLOSE_GAP = "DELETE FROM gaps WHERE chat_id = ? AND next_id > last_id"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose database this is."""

    bot_id: ChatId
    staff_group: ChatId


def identity(tx: sqlite3.Connection) -> Identity | None:
    row = tx.execute(_IDENTITY).fetchone()
    return Identity(*row) if row else None


def set_identity(tx: sqlite3.Connection, identity: Identity) -> None:
    tx.execute(_SET_IDENTITY, (identity.bot_id, identity.staff_group))


def account(tx: sqlite3.Connection) -> AccountState | None:
    row = tx.execute(_ACCOUNT).fetchone()
    return AccountState(*row) if row else None


def chats(tx: sqlite3.Connection) -> dict[ChatId, KnownChat]:
    return {ChatId(row[0]): KnownChat(*row) for row in tx.execute(_CHATS)}


def chat(tx: sqlite3.Connection, chat_id: ChatId) -> KnownChat | None:
    row = tx.execute(_CHAT, (chat_id,)).fetchone()
    return KnownChat(*row) if row else None


def put_chat(tx: sqlite3.Connection, chat: KnownChat) -> None:
    """Store a chat or what is new of it; what is not known now stays as it was."""
    tx.execute(
        _PUT_CHAT,
        {
            "chat_id": chat.chat_id,
            "title": chat.title,
            "access_hash": chat.access_hash,
            "pts": chat.pts,
            "top": chat.top_msg_id,
        },
    )


def put_state(tx: sqlite3.Connection, batch: Batch) -> None:
    """Store the state that holds once the batch is stored."""
    for chat in batch.chats.values():
        pts, top = batch.pts.get(chat.chat_id), batch.tops.get(chat.chat_id, 0)
        put_chat(tx, replace(chat, pts=pts, top_msg_id=top))
    if batch.account is not None:
        state = batch.account
        tx.execute(_SET_ACCOUNT, (state.pts, state.qts, state.date, state.seq))
    for chat_id in (batch.pts.keys() | batch.tops.keys()) - batch.chats.keys():
        top = batch.tops.get(chat_id, 0)
        tx.execute(_ADVANCE_CHAT, (batch.pts.get(chat_id), top, chat_id))
    for gap in batch.gaps:
        _add_gap(tx, gap)


def _add_gap(tx: sqlite3.Connection, gap: Gap) -> None:
    since = gap.since
    if since == FROM_ENROLMENT:
        enrolled = tx.execute(_ENROLLED_AT, (gap.chat_id,)).fetchone()
        if enrolled is None:
            return
        (since,) = enrolled
    tx.execute(_ADD_GAP, (gap.chat_id, gap.next_id, gap.last_id, since))


def gaps(tx: sqlite3.Connection) -> list[Gap]:
    return [Gap(*row) for row in tx.execute(_GAPS)]


def gap(tx: sqlite3.Connection, sequence: ChatId) -> Gap | None:
    """`sequence` as `sequence_of` tells it."""
    row = tx.execute(_GAP, (sequence,)).fetchone()
    return Gap(*row) if row else None


def advance_gap(tx: sqlite3.Connection, chat_id: ChatId, next_id: int) -> None:
    """Note how far a gap is filled; one that is filled to its end is closed."""
    tx.execute(_ADVANCE_GAP, (next_id, chat_id))
    tx.execute(_CLOSE_GAP, (chat_id,))
