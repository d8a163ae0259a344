"""The requests that send: a message id means something in its own chat alone."""

from __future__ import annotations

from typing import Any

import pytest
from telethon.tl import types

from daemon.core.model import ChatId, MessageKey
from daemon.core.text import Text
from daemon.telegram.requests import Outgoing, request_for
from tests.builders import ACME, GLOBEX

PEER = types.InputPeerChannel(-ACME - 10**12, 5)

each_kind = pytest.mark.parametrize("count", [0, 1, 2], ids=["text", "media", "album"])
"""By how many media the message has."""


def request_in_reply_to(reply_to: MessageKey, count: int) -> Any:
    """The request that sends a message to the group ACME."""
    message = Outgoing(ACME, Text("Here"), (), None, reply_to, (1, 2)[: count or 1])
    return request_for(message, PEER, [types.InputMediaDice("🎲")] * count)


@each_kind
def test_a_reply_goes_under_a_message_of_the_same_chat(count: int) -> None:
    request = request_in_reply_to(MessageKey(ACME, 100), count)
    assert request.reply_to == types.InputReplyToMessage(100)


@each_kind
def test_a_message_of_another_chat_is_never_replied_to_by_its_number(count: int) -> None:
    """That would be somebody else's message."""
    assert request_in_reply_to(MessageKey(GLOBEX, 100), count).reply_to is None


@each_kind
def test_a_reply_to_a_message_of_a_basic_group_names_that(count: int) -> None:
    """Its bare id would be that of another message in the supergroup which the group became."""
    request = request_in_reply_to(MessageKey(ChatId(-4100), 100), count)
    assert request.reply_to == types.InputReplyToMessage(
        100, reply_to_peer_id=types.InputPeerChat(4100)
    )
