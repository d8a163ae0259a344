"""What a chat is to the relay."""

from __future__ import annotations

import sqlite3

from daemon.core.model import ChatId, ChatRole
from daemon.relay.desk import Desk
from daemon.storage import groups, moves


def role_of(tx: sqlite3.Connection, desk: Desk, chat_id: ChatId) -> ChatRole:
    """A group that became a supergroup is what the supergroup is."""
    now_at = moves.current(tx, chat_id)
    if now_at == moves.current(tx, desk.staff_group):
        return ChatRole.STAFF
    if chat_id > 0:
        return ChatRole.PRIVATE
    return ChatRole.CUSTOMER if groups.is_customer(tx, now_at) else ChatRole.OTHER
