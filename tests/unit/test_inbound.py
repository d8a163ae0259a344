"""Messages as Telegram sends them: what a reply is a reply to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from telethon.tl import types

from daemon.core.model import InboundKind, MessageKey
from daemon.telegram.inbound import to_inbound
from tests.builders import ACME, GLOBEX

HERE = types.PeerChannel(-ACME - 10**12)
ELSEWHERE = types.PeerChannel(-GLOBEX - 10**12)


def replied_to(**header: Any) -> MessageKey | None:
    """Of a message in the group ACME."""
    message = types.Message(
        id=200,
        peer_id=HERE,
        from_id=types.PeerUser(11),
        message="hello",
        date=datetime(2026, 1, 1, tzinfo=UTC),
        reply_to=types.MessageReplyHeader(**header),
    )
    return to_inbound(InboundKind.NEW, message, {}).reply_to


def test_a_reply_is_to_a_message_of_its_own_chat() -> None:
    assert replied_to(reply_to_msg_id=100) == MessageKey(ACME, 100)


def test_a_reply_across_chats_is_to_a_message_of_the_other_one() -> None:
    found = replied_to(reply_to_msg_id=100, reply_to_peer_id=ELSEWHERE)
    assert found == MessageKey(GLOBEX, 100)


@pytest.mark.parametrize(
    "header, expected",
    [
        ({"reply_to_msg_id": 7, "forum_topic": True}, None),
        (
            {"reply_to_msg_id": 100, "reply_to_top_id": 7, "forum_topic": True},
            MessageKey(ACME, 100),
        ),
    ],
    ids=["written into the topic", "a reply within the topic"],
)
def test_what_is_written_into_a_topic_is_no_reply_to_what_began_it(
    header: dict[str, Any], expected: MessageKey | None
) -> None:
    assert replied_to(**header) == expected


def test_a_reply_to_a_story_is_none_to_a_message() -> None:
    story = types.MessageReplyStoryHeader(types.PeerUser(11), 100)
    message = types.Message(200, HERE, message="hello", reply_to=story)
    assert to_inbound(InboundKind.NEW, message, {}).reply_to is None
