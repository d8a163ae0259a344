"""Basic groups that became supergroups: what is addressed to the old one goes to the new one.

Message keys keep the old chat: the two count their messages differently, and an old id must never
hit a new message.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from daemon.core.model import ChatId
from daemon.core.sync import Move
from daemon.storage import groups, sync_state

_ADD = "INSERT OR IGNORE INTO chat_aliases (old_chat_id, new_chat_id) VALUES (?, ?)"
_CURRENT = "SELECT new_chat_id FROM chat_aliases WHERE old_chat_id = ?"
_FORMER = "SELECT old_chat_id FROM chat_aliases WHERE new_chat_id = ?"
_ALL = "SELECT old_chat_id, new_chat_id FROM chat_aliases"
_MOVE_GROUP = "UPDATE OR REPLACE customer_groups SET group_id = :new WHERE group_id = :old"
_MOVE_STAFF = "UPDATE relay SET staff_group = :new WHERE staff_group = :old"
_MOVE_QUEUED = """
UPDATE outbox SET destination = :new WHERE destination = :old AND state = 'queued'
"""
_END_WAIT = "DELETE FROM waits WHERE chat_id = :old"


def follow(tx: sqlite3.Connection, move: Move) -> bool:
    """Go on in the new chat; False where that is done already. A message under way to the old
    chat keeps that destination until its fate is known."""
    chats = {"old": move.old, "new": move.new.chat_id}
    if tx.execute(_ADD, (move.old, move.new.chat_id)).rowcount == 0:
        return False
    former = sync_state.chat(tx, move.old)
    title = move.new.title or (former.title if former else "")
    # A group that was enrolled anew is followed already, from where it is now.
    pts = None if groups.is_customer(tx, move.new.chat_id) else move.new.pts
    sync_state.put_chat(tx, replace(move.new, title=title, pts=pts))
    for statement in (_MOVE_GROUP, _MOVE_STAFF, _MOVE_QUEUED, _END_WAIT):
        tx.execute(statement, chats)
    return True


def current(tx: sqlite3.Connection, chat_id: ChatId) -> ChatId:
    """Where a chat is now: mostly where it was."""
    row = tx.execute(_CURRENT, (chat_id,)).fetchone()
    return ChatId(row[0]) if row else chat_id


def former(tx: sqlite3.Connection, chat_id: ChatId) -> ChatId | None:
    """The basic group that a supergroup was; None where it was none."""
    row = tx.execute(_FORMER, (chat_id,)).fetchone()
    return ChatId(row[0]) if row else None


def all_moves(tx: sqlite3.Connection) -> dict[ChatId, ChatId]:
    """Old chats and where they are now."""
    return {ChatId(old): ChatId(new) for old, new in tx.execute(_ALL)}
