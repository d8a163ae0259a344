"""The menus of commands that Telegram knows."""

from __future__ import annotations

import sqlite3

import msgspec

from daemon.core.menu import Menu, Scope, ScopeKind

_ALL = "SELECT kind, chat_id, user_id, entries FROM command_menus"
_PUT = """
INSERT OR REPLACE INTO command_menus (kind, chat_id, user_id, entries) VALUES (?, ?, ?, ?)
"""
_DROP = "DELETE FROM command_menus WHERE kind = ? AND chat_id = ? AND user_id = ?"


def known(tx: sqlite3.Connection) -> dict[Scope, Menu]:
    """What Telegram was told and has taken."""
    return {
        Scope(ScopeKind(kind), chat_id, user_id): msgspec.json.decode(entries, type=Menu)
        for kind, chat_id, user_id, entries in tx.execute(_ALL)
    }


def note(tx: sqlite3.Connection, scope: Scope, menu: Menu | None) -> None:
    """Telegram was told this menu, or, None, that there is none any more."""
    key = (scope.kind.value, scope.chat_id, scope.user_id)
    if menu is None:
        tx.execute(_DROP, key)
    else:
        tx.execute(_PUT, (*key, msgspec.json.encode(menu).decode()))
