"""The menus that Telegram knows."""

from __future__ import annotations

import sqlite3

from daemon.core.menu import Entry, Scope, ScopeKind, menus
from daemon.storage import menus as told
from tests.builders import ACME, ADMIN, STAFF, TEXTS


def test_menus_come_out_as_they_went_in(tx: sqlite3.Connection) -> None:
    all_menus = menus(TEXTS, STAFF, (ADMIN.id,), (ACME,))
    for scope, menu in all_menus.items():
        told.note(tx, scope, menu)
    assert told.known(tx) == all_menus


def test_a_menu_is_replaced_and_taken_back(tx: sqlite3.Connection) -> None:
    scope, other = Scope(ScopeKind.CHAT, ACME), Scope(ScopeKind.MEMBER, ACME, ADMIN.id)
    told.note(tx, scope, (Entry("ask", "Ask"),))
    told.note(tx, other, ())
    told.note(tx, scope, (Entry("ask", "Ask us"),))
    assert told.known(tx) == {scope: (Entry("ask", "Ask us"),), other: ()}
    told.note(tx, scope, None)
    assert told.known(tx) == {other: ()}
