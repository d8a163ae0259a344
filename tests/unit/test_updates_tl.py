"""Which updates bring a message, what is kept of chats, and of what cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from telethon.tl import types

from daemon.core.model import ChatId, InboundKind, MessageKey
from daemon.core.sync import KnownChat
from daemon.core.text import Entity, Text
from daemon.telegram.inbound import message_in, to_inbound, to_known_chat, to_unreadable
from tests.unit.tl import DATE, MARKED, a_basic_group, a_channel, a_message, a_new, an_edited


@pytest.mark.parametrize(
    "update, kind",
    [
        (a_new(a_message()), InboundKind.NEW),
        (types.UpdateNewMessage(a_message(), 1, 1), InboundKind.NEW),
        (an_edited(a_message()), InboundKind.EDIT),
        (types.UpdateEditMessage(a_message(), 1, 1), InboundKind.EDIT),
    ],
)
def test_new_and_edited_messages_are_told_apart(update: Any, kind: InboundKind) -> None:
    found = message_in(update)
    assert found == (kind, update.message)


@pytest.mark.parametrize(
    "update",
    [
        types.UpdateDeleteChannelMessages(5, [1], 1, 1),
        types.UpdateMessageID(1, 2),
        types.Updates([], [], [], DATE, 0),
        types.UpdatesTooLong(),
    ],
)
def test_other_updates_bring_no_message(update: Any) -> None:
    assert message_in(update) is None


def short_chat(**more: Any) -> Any:
    return types.UpdateShortChatMessage(100, 11, 4242, "hi", 1, 1, DATE, **more)


def test_the_short_form_of_a_group_message_is_a_message_like_any_other() -> None:
    update = short_chat(
        reply_to=types.MessageReplyHeader(reply_to_msg_id=77),
        entities=[types.MessageEntityBold(0, 2)],
        via_bot_id=8,
    )
    found = message_in(update)
    assert found is not None
    inbound = to_inbound(*found, {})
    assert (inbound.kind, inbound.key) == (InboundKind.NEW, MessageKey(ChatId(-4242), 100))
    assert inbound.sender.id == 11
    assert inbound.text == Text("hi", (Entity("Bold", 0, 2),))
    assert inbound.reply_to == MessageKey(ChatId(-4242), 77)
    assert (inbound.via_bot, inbound.forwarded) == (True, False)


def test_the_short_form_of_a_private_message_comes_from_whom_it_is_with() -> None:
    found = message_in(types.UpdateShortMessage(100, 11, "hi", 1, 1, DATE))
    assert found is not None
    inbound = to_inbound(*found, {})
    assert (inbound.key, inbound.sender.id) == (MessageKey(ChatId(11), 100), 11)


def test_an_own_message_in_short_form_is_known_as_such() -> None:
    found = message_in(short_chat(out=True))
    assert found is not None
    assert found[1].out


# --- chats ---


def test_what_it_takes_to_speak_to_a_chat_is_kept() -> None:
    assert to_known_chat(a_channel(access_hash=9)) == KnownChat(
        ChatId(MARKED), "Customer Support", 9
    )
    assert to_known_chat(a_basic_group()) == KnownChat(ChatId(-4242), "Small Group", None)


def test_the_access_hash_of_an_abridged_chat_is_not_kept() -> None:
    """It opens nothing but profile photos: https://core.telegram.org/api/min"""
    abridged = a_channel(access_hash=9, min=True)
    assert to_known_chat(abridged) == KnownChat(ChatId(MARKED), "Customer Support", None)


# --- what cannot be read ---


@pytest.mark.parametrize(
    "update, key",
    [
        (a_new(a_message(7)), MessageKey(ChatId(MARKED), 7)),
        (types.UpdateMessageID(1, 2), MessageKey(ChatId(0), 0)),
        (a_new(types.Message(7, peer_id=None, date=None, message=None)), MessageKey(ChatId(0), 0)),
        (object(), MessageKey(ChatId(0), 0)),
    ],
)
def test_an_update_that_cannot_be_read_is_kept_whatever_it_is(update: Any, key: MessageKey) -> None:
    unreadable = to_unreadable(update, ValueError("why"))
    assert unreadable.key == key
    assert unreadable.update
    assert "ValueError: why" in unreadable.error
