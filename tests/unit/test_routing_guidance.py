"""/start and /help for each kind of reader, and what private chats are told."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.core.model import ChatId, ChatRole, InboundKind, LinkRole, MessageKey, Sender
from daemon.core.routing import Action, Send, concerns, route
from daemon.core.text import Text
from tests.builders import (
    ACME,
    ALICE,
    BOT,
    STAFF,
    TEXTS,
    a_photo,
    a_snapshot,
    a_target,
    an_inbound,
)

CUSTOMER = TEXTS.help_customer.format(bot="support_bot")
PRIVATE = TEXTS.help_private.format(bot="support_bot")
WHERE = {
    ChatRole.CUSTOMER: ACME,
    ChatRole.OTHER: ACME,
    ChatRole.STAFF: STAFF,
    ChatRole.PRIVATE: ALICE.id,
}


def said_in(role: ChatRole, text: str, admin: bool = False, **more: Any) -> list[Action]:
    key = MessageKey(WHERE[role], 9)
    return route(a_snapshot(role, sender_is_admin=admin), an_inbound(text, key=key, **more))


def answer(role: ChatRole, text: str) -> Send:
    key = MessageKey(WHERE[role], 9)
    return Send(key.chat_id, LinkRole.NOTICE, None, Text(text), key, source=key)


@pytest.mark.parametrize("command", ["/start", "/help", "/help@support_bot", "/START x"])
@pytest.mark.parametrize(
    "role, admin, text",
    [
        (ChatRole.CUSTOMER, False, CUSTOMER),
        (ChatRole.CUSTOMER, True, CUSTOMER),
        (ChatRole.STAFF, False, TEXTS.help_staff),
        (ChatRole.STAFF, True, f"{TEXTS.help_staff}\n\n{TEXTS.help_admin}"),
        (ChatRole.PRIVATE, False, PRIVATE),
        (ChatRole.PRIVATE, True, f"{PRIVATE}\n\n{TEXTS.help_admin}"),
        (ChatRole.OTHER, False, TEXTS.help_elsewhere),
        (ChatRole.OTHER, True, TEXTS.help_elsewhere),
    ],
)
def test_each_reader_gets_the_help_for_that_place(
    role: ChatRole, admin: bool, text: str, command: str
) -> None:
    assert said_in(role, command, admin) == [answer(role, text)]


@pytest.mark.parametrize("role", [ChatRole.CUSTOMER, ChatRole.STAFF])
def test_help_in_a_reply_to_a_ticket_is_help_all_the_same(role: ChatRole) -> None:
    target = a_target(LinkRole.ANSWER if role is ChatRole.CUSTOMER else LinkRole.WRAPPER)
    key = MessageKey(WHERE[role], 9)
    actions = route(a_snapshot(role, target=target), an_inbound("/help", key=key))
    assert [type(action) for action in actions] == [Send]
    assert isinstance(actions[0], Send)
    assert (actions[0].destination, actions[0].role) == (key.chat_id, LinkRole.NOTICE)


@pytest.mark.parametrize("how", [{"forwarded": True}, {"via_bot": True}], ids=str)
@pytest.mark.parametrize("role", list(ChatRole))
def test_help_that_was_not_just_written_is_none(role: ChatRole, how: dict[str, Any]) -> None:
    assert said_in(role, "/help", **how) == []
    assert said_in(role, "/help", kind=InboundKind.EDIT) == []


# --- private chats ---


@pytest.mark.parametrize("text", ["Hello", "@support_bot help", "/unknown", "", "see /close"])
def test_in_private_anything_else_is_pointed_to_the_groups(text: str) -> None:
    media = () if text else (a_photo(),)
    actions = said_in(ChatRole.PRIVATE, text, media=media)
    assert actions == [answer(ChatRole.PRIVATE, PRIVATE)]


@pytest.mark.parametrize("command", ["ask", "t", "ticket", "close", "done", "reopen"])
@pytest.mark.parametrize("admin", [False, True])
def test_in_private_a_groups_command_is_told_to_be_one(command: str, admin: bool) -> None:
    expected = TEXTS.not_in_a_group.format(command=f"/{command}")
    told = said_in(ChatRole.PRIVATE, f"/{command} words", admin)
    assert told == [answer(ChatRole.PRIVATE, expected)]


def test_in_private_edits_and_bots_are_not_answered() -> None:
    edit = an_inbound("Hello", key=MessageKey(ALICE.id, 9), kind=InboundKind.EDIT)
    robo = an_inbound(
        "Hello", key=MessageKey(ChatId(44), 9), sender=Sender(ChatId(44), "R", "r", True)
    )
    for inbound in (edit, robo):
        assert not concerns(inbound, BOT)
        assert route(a_snapshot(ChatRole.PRIVATE), inbound) == []


def test_what_is_written_in_private_concerns_the_relay() -> None:
    assert concerns(an_inbound("Hello", key=MessageKey(ALICE.id, 9)), BOT)
