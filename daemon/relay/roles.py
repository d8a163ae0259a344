"""What a chat is to the relay."""

from __future__ import annotations

import sqlite3

from daemon.core.model import ChatId, ChatRole
from daemon.relay.desk import Desk
from daemon.storage import groups, moves


def role_of(tx: sqlite3.Connection, desk: Desk, chat_id: ChatId) -> ChatRole:
    """A group that became a supergroup is what the supergroup is."""
    now_at = moves.current(tx, chat_id)
    staff_now_at = moves.current(tx, desk.staff_group)
    return role(now_at, staff_now_at, is_customer=groups.is_customer(tx, now_at))


def role(now_at: ChatId, staff_now_at: ChatId, *, is_customer: bool) -> ChatRole:
    """Of the chat that is at `now_at`; `is_customer`: a customer group is there."""
    if now_at == staff_now_at:
        return ChatRole.STAFF
    if now_at > 0:
        return ChatRole.PRIVATE
    return ChatRole.CUSTOMER if is_customer else ChatRole.OTHER
