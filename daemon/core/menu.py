"""The menu of commands that Telegram shows when somebody types "/": which commands, to whom, where.

https://core.telegram.org/api/bots/commands
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from daemon.core.commands import Name
from daemon.core.model import ChatId
from daemon.core.text import fill
from daemon.core.texts import Texts

_LONGEST_DESCRIPTION = 256
"""Characters: https://core.telegram.org/bots/api#botcommand"""


_NONE = ChatId(0)


class ScopeKind(StrEnum):
    """Whom a menu is for. Of several that fit, Telegram shows the one that stands last here."""

    GROUPS = "groups"
    """Everybody in any group."""
    PRIVATE = "private"
    """Everybody in private."""
    CHAT = "chat"
    """Everybody in one group; or one person in private."""
    MEMBER = "member"
    """One person in one group."""


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """Where a menu is shown, and to whom."""

    kind: ScopeKind
    chat_id: ChatId = _NONE
    """0 where the kind tells of no chat."""
    user_id: ChatId = _NONE


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a menu."""

    command: str
    """Without the slash."""
    description: str


Menu = tuple[Entry, ...]

_CUSTOMER = (Name.ASK, Name.T, Name.HELP)
_STAFF = (Name.CLOSE, Name.REOPEN, Name.RETRY, Name.T, Name.HELP)
_IN_PRIVATE = (Name.HELP,)


def menus(
    texts: Texts,
    staff_group: ChatId,
    admins: Iterable[ChatId],
    customer_groups: Iterable[ChatId],
) -> dict[Scope, Menu]:
    """All the menus there are to be. Of the admins' commands nobody else is told."""
    found = {
        Scope(ScopeKind.GROUPS): _menu(texts, *_CUSTOMER),
        Scope(ScopeKind.PRIVATE): _menu(texts, *_IN_PRIVATE),
        Scope(ScopeKind.CHAT, staff_group): _menu(texts, *_STAFF),
    }
    in_private = _menu(texts, *_IN_PRIVATE, Name.LISTGROUPS)
    in_staff = _menu(texts, *_STAFF, Name.LISTGROUPS)
    among_customers = _menu(texts, *_CUSTOMER, Name.LISTGROUPS, Name.REMOVEGROUP)
    groups = tuple(customer_groups)
    for admin in admins:
        found[Scope(ScopeKind.CHAT, admin)] = in_private
        found[Scope(ScopeKind.MEMBER, staff_group, admin)] = in_staff
        for group in groups:
            if group != staff_group:
                found[Scope(ScopeKind.MEMBER, group, admin)] = among_customers
    return found


def changes(
    wanted: Mapping[Scope, Menu], known: Mapping[Scope, Menu]
) -> list[tuple[Scope, Menu | None]]:
    """What has to be told to Telegram, which knows some menus already; None: to be taken back."""
    scopes = sorted({*wanted, *known})
    return [(scope, wanted.get(scope)) for scope in scopes if wanted.get(scope) != known.get(scope)]


def _menu(texts: Texts, *names: Name) -> Menu:
    descriptions = {
        Name.ASK: texts.menu_ask,
        Name.T: texts.menu_t,
        Name.HELP: texts.menu_help,
        Name.CLOSE: texts.menu_close,
        Name.REOPEN: texts.menu_reopen,
        Name.RETRY: texts.menu_retry,
        Name.LISTGROUPS: texts.menu_listgroups,
        Name.REMOVEGROUP: texts.menu_removegroup,
    }
    return tuple(
        Entry(name.value, fill(descriptions[name]).text[:_LONGEST_DESCRIPTION]) for name in names
    )
