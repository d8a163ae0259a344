"""The menu of commands: who is offered what, and what of it Telegram has to be told."""

from __future__ import annotations

from dataclasses import replace

from daemon.core.commands import Name
from daemon.core.menu import Entry, Menu, Scope, ScopeKind, changes, menus
from daemon.core.model import ChatId
from tests.builders import ACME, ADMIN, GLOBEX, STAFF, TEXTS

OTHER_ADMIN = ChatId(32)
ALL = menus(TEXTS, STAFF, (ADMIN.id, OTHER_ADMIN), (ACME, GLOBEX))
OF_ADMINS = {"addgroup", "removegroup", "listgroups"}


def names(menu: Menu) -> list[str]:
    return [entry.command for entry in menu]


def test_everybody_is_offered_what_is_of_use_there() -> None:
    assert names(ALL[Scope(ScopeKind.GROUPS)]) == ["ask", "t", "help"]
    assert names(ALL[Scope(ScopeKind.PRIVATE)]) == ["help"]
    assert names(ALL[Scope(ScopeKind.CHAT, STAFF)]) == ["close", "reopen", "retry", "t", "help"]
    for admin in (ADMIN.id, OTHER_ADMIN):
        assert names(ALL[Scope(ScopeKind.CHAT, admin)]) == ["help", "listgroups"]
        in_staff = ALL[Scope(ScopeKind.MEMBER, STAFF, admin)]
        assert names(in_staff) == ["close", "reopen", "retry", "t", "help", "listgroups"]
        for group in (ACME, GLOBEX):
            in_group = ALL[Scope(ScopeKind.MEMBER, group, admin)]
            assert names(in_group) == ["ask", "t", "help", "listgroups", "removegroup"]
    assert len(ALL) == 3 + 2 * (1 + 1 + 2)


def test_of_the_admins_commands_only_admins_are_told() -> None:
    for scope, menu in ALL.items():
        person = scope.user_id or scope.chat_id
        if person not in (ADMIN.id, OTHER_ADMIN):
            assert not OF_ADMINS & set(names(menu))


def test_the_relay_knows_what_it_offers_and_says_something_of_each() -> None:
    for menu in ALL.values():
        for entry in menu:
            assert entry.command in set(Name)
            assert 1 <= len(entry.description) <= 256


def test_the_operators_words_are_cut_to_what_telegram_takes() -> None:
    texts = replace(TEXTS, menu_ask="x" * 512)
    ask = menus(texts, STAFF, (), ())[Scope(ScopeKind.GROUPS)][0]
    assert ask == Entry("ask", "x" * 256)


def test_a_staff_group_that_is_a_customer_group_too_has_the_menu_of_the_staff() -> None:
    both = menus(TEXTS, STAFF, (ADMIN.id,), (STAFF,))
    assert both == menus(TEXTS, STAFF, (ADMIN.id,), ())


def test_telegram_is_told_what_it_does_not_know_and_nothing_else() -> None:
    assert dict(changes(ALL, {})) == ALL
    assert changes(ALL, ALL) == []
    without_globex = menus(TEXTS, STAFF, (ADMIN.id, OTHER_ADMIN), (ACME,))
    gone = [Scope(ScopeKind.MEMBER, GLOBEX, admin) for admin in (ADMIN.id, OTHER_ADMIN)]
    assert changes(without_globex, ALL) == [(scope, None) for scope in gone]
    assert changes(ALL, without_globex) == [(scope, ALL[scope]) for scope in gone]
    other_words = ALL | {Scope(ScopeKind.PRIVATE): (Entry("help", "Hilfe"),)}
    assert changes(other_words, ALL) == [
        (Scope(ScopeKind.PRIVATE), (Entry("help", "Hilfe"),)),
    ]
