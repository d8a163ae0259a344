"""The requests that send: a message id means something in its own chat alone."""

from __future__ import annotations

import pytest
from telethon.tl import types

from daemon.core.model import Media, MessageKey
from daemon.core.text import Text
from daemon.telegram.media import to_media
from daemon.telegram.requests import Outgoing, request_for
from tests.builders import ACME, GLOBEX, QUESTION

PEER = types.InputPeerChannel(-ACME - 10**12, 5)
CONTACT = to_media(types.MessageMediaContact("1", "A", "", "", 0), QUESTION)


def media(count: int) -> tuple[Media, ...]:
    assert CONTACT is not None
    return (CONTACT,) * count


@pytest.mark.parametrize("count", [0, 1, 2], ids=["text", "media", "album"])
def test_a_reply_goes_under_a_message_of_the_same_chat(count: int) -> None:
    message = Outgoing(
        ACME, Text("Here"), media(count), MessageKey(ACME, 100), (1, 2)[: count or 1]
    )
    assert request_for(message, PEER).reply_to == types.InputReplyToMessage(100)


@pytest.mark.parametrize("count", [0, 1, 2], ids=["text", "media", "album"])
def test_a_message_of_another_chat_is_never_replied_to_by_its_number(count: int) -> None:
    """That would be somebody else's message."""
    elsewhere = MessageKey(GLOBEX, 100)
    message = Outgoing(ACME, Text("Here"), media(count), elsewhere, (1, 2)[: count or 1])
    assert request_for(message, PEER).reply_to is None
