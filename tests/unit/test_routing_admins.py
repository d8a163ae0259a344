"""/addgroup, /removegroup and /listgroups: who may, where, and what is said to whom."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.core.model import ChatId, ChatRole, CustomerGroup, InboundKind, LinkRole, MessageKey
from daemon.core.routing import (
    Action,
    Refusal,
    Refuse,
    RemoveGroup,
    Send,
    Wanted,
    concerns,
    route,
    wanted,
)
from daemon.core.text import Text, utf16_len
from tests.builders import (
    ACME,
    ADMIN,
    ALICE,
    BOT,
    GLOBEX,
    QUESTION,
    STAFF,
    TEXTS,
    a_snapshot,
    an_inbound,
)

GROUPS = (CustomerGroup(ACME, "Acme & Co", 2), CustomerGroup(GLOBEX, "", 0))
LIST = "Customer groups: 2\n• Acme & Co: 2 open (-1002000000001)\n• —: 0 open (-1002000000002)"
COMMANDS = ["/addgroup", "/removegroup", "/listgroups"]
WHERE = {
    ChatRole.CUSTOMER: ACME,
    ChatRole.OTHER: ACME,
    ChatRole.STAFF: STAFF,
    ChatRole.PRIVATE: ADMIN.id,
}


def typed(text: str, role: ChatRole, admin: bool = True, **more: Any) -> list[Action]:
    """What follows from a command of the admin, or of somebody else."""
    values = {
        "key": MessageKey(WHERE[role], 100),
        "chat_title": "Acme & Co",
        "sender": ADMIN if admin else ALICE,
    }
    snapshot = a_snapshot(role, sender_is_admin=admin, groups=GROUPS)
    return route(snapshot, an_inbound(text, **values | more))


def told(role: ChatRole, text: str) -> Send:
    """An answer in the very chat."""
    key = MessageKey(WHERE[role], 100)
    return Send(key.chat_id, LinkRole.NOTICE, None, Text(text), key, source=key)


def told_to_the_staff(text: str) -> Send:
    return Send(STAFF, LinkRole.NOTICE, None, Text(text), None, source=QUESTION)


# --- /listgroups ---


@pytest.mark.parametrize("text", ["/listgroups", "/listgroups@Support_Bot", "/LISTGROUPS now"])
@pytest.mark.parametrize("role", [ChatRole.STAFF, ChatRole.PRIVATE])
def test_the_list_is_told_where_it_is_asked_for(role: ChatRole, text: str) -> None:
    assert typed(text, role) == [told(role, LIST)]


@pytest.mark.parametrize("role", [ChatRole.CUSTOMER, ChatRole.OTHER])
def test_no_group_with_customers_in_it_reads_the_list(role: ChatRole) -> None:
    assert typed("/listgroups", role) == [told_to_the_staff(LIST)]


def test_a_long_list_goes_in_parts() -> None:
    groups = tuple(CustomerGroup(ChatId(-1000 - n), f"Group {n}" * 10, n) for n in range(100))
    snapshot = a_snapshot(ChatRole.STAFF, sender_is_admin=True, groups=groups)
    key = MessageKey(STAFF, 100)
    parts = route(snapshot, an_inbound("/listgroups", key=key, sender=ADMIN))
    texts = [part.text.text for part in parts if isinstance(part, Send)]
    assert len(texts) > 1
    assert all(utf16_len(text) <= 4096 for text in texts)
    lines = "".join(texts).split("\n")
    assert len(lines) == 101
    assert all(text.startswith(("•", "Customer groups")) for text in texts)


def test_where_there_are_no_groups_the_way_to_one_is_told() -> None:
    snapshot = a_snapshot(ChatRole.STAFF, sender_is_admin=True)
    key = MessageKey(STAFF, 100)
    actions = route(snapshot, an_inbound("/listgroups", key=key, sender=ADMIN))
    assert actions == [told(ChatRole.STAFF, TEXTS.groups_none)]


# --- /removegroup ---


def test_a_group_is_removed_and_the_staff_alone_are_told() -> None:
    text = TEXTS.group_removed.format(group="Acme & Co", open=2)
    assert typed("/removegroup", ChatRole.CUSTOMER) == [RemoveGroup(ACME), told_to_the_staff(text)]


@pytest.mark.parametrize("role", [ChatRole.OTHER, ChatRole.STAFF])
def test_what_is_no_customer_group_cannot_be_removed(role: ChatRole) -> None:
    key = MessageKey(ChatId(-1009), 100) if role is ChatRole.OTHER else MessageKey(STAFF, 100)
    notice = Text(TEXTS.not_a_customer_group)
    expected = Send(key.chat_id, LinkRole.NOTICE, None, notice, key, source=key)
    assert typed("/removegroup", role, key=key) == [expected]


def test_a_staff_group_that_was_enrolled_once_can_be_removed() -> None:
    snapshot = a_snapshot(
        ChatRole.STAFF, sender_is_admin=True, groups=(CustomerGroup(STAFF, "Staff", 0),)
    )
    key = MessageKey(STAFF, 100)
    removed, notice = route(snapshot, an_inbound("/removegroup", key=key, sender=ADMIN))
    assert removed == RemoveGroup(STAFF)
    assert isinstance(notice, Send)
    assert (notice.destination, notice.reply_to) == (STAFF, key)


# --- who, where, how ---


@pytest.mark.parametrize("command", ["/addgroup", "/removegroup"])
def test_in_private_there_is_no_group_to_add_or_remove(command: str) -> None:
    notice = told(ChatRole.PRIVATE, f"⚠️ {command} works in a group, not in a private chat.")
    assert typed(command, ChatRole.PRIVATE) == [notice]


@pytest.mark.parametrize("role", list(ChatRole))
@pytest.mark.parametrize("command", COMMANDS)
def test_anybody_else_gets_no_answer(role: ChatRole, command: str) -> None:
    assert typed(command, role, admin=False) == [Refuse(Refusal.NOT_AN_ADMIN)]


@pytest.mark.parametrize("role", list(ChatRole))
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "how", [{"forwarded": True}, {"via_bot": True}, {"kind": InboundKind.EDIT}], ids=str
)
def test_what_was_not_just_written_does_nothing(
    role: ChatRole, command: str, how: dict[str, Any]
) -> None:
    if concerns(an_inbound(command, key=MessageKey(WHERE[role], 100), **how), BOT):
        assert typed(command, role, **how) == []


@pytest.mark.parametrize("role", [ChatRole.CUSTOMER, ChatRole.OTHER, ChatRole.STAFF])
@pytest.mark.parametrize("command", COMMANDS)
def test_an_anonymous_admin_gets_a_hint_whoever_it_is(role: ChatRole, command: str) -> None:
    group = an_inbound().sender.__class__(WHERE[role], "The group")
    hint = TEXTS.anonymous_admin.format(command=command)
    for admin in (True, False):
        assert typed(command, role, admin, sender=group) == [told(role, hint)]


def test_a_channel_that_speaks_for_itself_gets_none() -> None:
    channel = an_inbound().sender.__class__(ChatId(-1005550000001), "News")
    actions = typed("/listgroups", ChatRole.CUSTOMER, admin=False, sender=channel)
    assert actions == [Refuse(Refusal.NOT_AN_ADMIN)]


@pytest.mark.parametrize(
    "text, needed",
    [
        ("/listgroups", Wanted(groups=True)),
        ("/removegroup@support_bot", Wanted(groups=True)),
        ("/listgroups@other_bot", Wanted()),
        ("/addgroup", Wanted()),
        ("listgroups", Wanted()),
    ],
)
def test_the_groups_are_looked_up_for_these_commands_alone(text: str, needed: Wanted) -> None:
    assert wanted(an_inbound(text), BOT) == needed
