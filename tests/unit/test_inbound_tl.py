"""Telegram's updates, and the messages that the relay makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from telethon.tl import types

from daemon.core.media import is_copyable
from daemon.core.model import ChatId, Inbound, InboundKind, MediaKind, MessageKey, Sender
from daemon.core.text import Entity, Text
from daemon.telegram.inbound import to_inbound
from tests.unit.tl import (
    BASIC_GROUP,
    DATE,
    GROUP,
    MARKED,
    a_basic_group,
    a_channel,
    a_document,
    a_message,
    a_photo,
    a_user,
)

PEERS = {11: a_user(last_name="Doe", username="alice"), MARKED: a_channel(), -4242: a_basic_group()}


def inbound_of(message: Any, kind: InboundKind = InboundKind.NEW) -> Inbound:
    return to_inbound(kind, message, PEERS)


def sender_of(user: Any) -> Sender:
    return to_inbound(InboundKind.NEW, a_message(), {11: user}).sender


def test_a_message_of_a_user_in_a_supergroup() -> None:
    message = a_message(text="😀 hello", entities=[types.MessageEntityBold(3, 5)])
    assert inbound_of(message) == Inbound(
        kind=InboundKind.NEW,
        key=MessageKey(ChatId(MARKED), 100),
        chat_title="Customer Support",
        sender=Sender(ChatId(11), "Alice Doe", "alice"),
        text=Text("😀 hello", (Entity("Bold", 3, 5),)),
        date=int(DATE.timestamp()),
    )


def test_a_message_in_a_basic_group() -> None:
    inbound = inbound_of(a_message(peer_id=BASIC_GROUP))
    assert (inbound.key, inbound.chat_title) == (MessageKey(ChatId(-4242), 100), "Small Group")


def test_ids_of_a_user_a_basic_group_and_a_supergroup_never_equal_each_other() -> None:
    peers = [types.PeerUser(5), types.PeerChat(5), types.PeerChannel(5)]
    keys = {inbound_of(a_message(peer_id=peer)).key.chat_id for peer in peers}
    assert keys == {5, -5, -1000000000005}


# --- who wrote it ---


@pytest.mark.parametrize("from_id", [None, GROUP])
def test_an_anonymous_admin_is_the_group_itself(from_id: Any) -> None:
    inbound = inbound_of(a_message(from_id=from_id, post_author="Boss"))
    assert inbound.sender == Sender(ChatId(MARKED), "Customer Support")


def test_a_channel_that_speaks_in_a_group_is_a_sender() -> None:
    channel = a_channel(7, "News", username="acme_news", megagroup=False, broadcast=True)
    message = a_message(from_id=types.PeerChannel(7))
    sender = to_inbound(InboundKind.NEW, message, {-1000000000007: channel}).sender
    assert sender == Sender(ChatId(-1000000000007), "News", "acme_news")


@pytest.mark.parametrize(
    "user, name, username",
    [
        (a_user(), "Alice", None),
        (a_user(first_name=None, last_name="Doe"), "Doe", None),
        (a_user(first_name=None), "11", None),
        (a_user(deleted=True, first_name=None), "11", None),
        (a_user(username="alice"), "Alice", "alice"),
        (
            a_user(
                usernames=[
                    types.Username("old", active=False),
                    types.Username("bought", active=True),
                ]
            ),
            "Alice",
            "bought",
        ),
        (a_user(usernames=[types.Username("old", active=False)]), "Alice", None),
        (None, "11", None),
    ],
)
def test_names_and_usernames(user: Any, name: str, username: str | None) -> None:
    peers = {} if user is None else {11: user}
    sender = to_inbound(InboundKind.NEW, a_message(), peers).sender
    assert sender == Sender(ChatId(11), name, username)


def test_bots_are_known_as_such() -> None:
    assert sender_of(a_user(bot=True)).is_bot
    assert not sender_of(a_user()).is_bot


def test_a_chat_that_is_not_known_is_shown_by_its_id() -> None:
    assert to_inbound(InboundKind.NEW, a_message(), {}).chat_title == str(MARKED)


@pytest.mark.parametrize(
    "chat",
    [
        types.ChatForbidden(4242, "Gone"),
        types.ChatEmpty(4242),
        types.ChannelForbidden(2000000001, 1, "Gone"),
        types.UserEmpty(11),
    ],
    ids=lambda chat: type(chat).__name__,
)
def test_forbidden_and_empty_peers_raise_nothing(chat: Any) -> None:
    for peer in (GROUP, BASIC_GROUP):
        message = a_message(peer_id=peer)
        inbound = to_inbound(InboundKind.NEW, message, {MARKED: chat, -4242: chat, 11: chat})
        assert inbound.chat_title
        assert inbound.sender.name


# --- what it answers ---


def reply(**header: Any) -> MessageKey | None:
    return inbound_of(a_message(reply_to=types.MessageReplyHeader(**header))).reply_to


def test_a_reply_names_its_message() -> None:
    assert reply(reply_to_msg_id=77) == MessageKey(ChatId(MARKED), 77)


def test_a_message_in_a_forum_topic_is_no_reply_to_the_topic() -> None:
    assert reply(forum_topic=True, reply_to_msg_id=5) is None


def test_a_reply_within_a_forum_topic_is_one() -> None:
    header = {"forum_topic": True, "reply_to_msg_id": 77, "reply_to_top_id": 5}
    assert reply(**header) == MessageKey(ChatId(MARKED), 77)


def test_a_reply_in_a_thread_of_comments_is_one() -> None:
    assert reply(reply_to_msg_id=77, reply_to_top_id=70) == MessageKey(ChatId(MARKED), 77)


@pytest.mark.parametrize(
    "peer, chat_id",
    [(types.PeerChannel(9), -1000000000009), (types.PeerChat(9), -9), (types.PeerUser(9), 9)],
)
def test_a_reply_across_chats_names_the_other_chat(peer: Any, chat_id: int) -> None:
    assert reply(reply_to_msg_id=77, reply_to_peer_id=peer) == MessageKey(ChatId(chat_id), 77)


def test_a_reply_to_what_cannot_be_named_is_none() -> None:
    assert reply(quote=True, quote_text="hi") is None
    story = types.MessageReplyStoryHeader(types.PeerUser(11), 5)
    assert inbound_of(a_message(reply_to=story)).reply_to is None


# --- what it carries ---


@pytest.mark.parametrize(
    "media, kind",
    [
        (types.MessageMediaPhoto(photo=a_photo()), MediaKind.PHOTO),
        (types.MessageMediaDocument(document=a_document()), MediaKind.DOCUMENT),
        (types.MessageMediaPhoto(photo=a_photo(), ttl_seconds=5), MediaKind.SELF_DESTRUCTING),
        (types.MessageMediaPhoto(photo=types.PhotoEmpty(5)), MediaKind.UNSUPPORTED),
        (types.MessageMediaPhoto(), MediaKind.UNSUPPORTED),
        (types.MessageMediaDocument(), MediaKind.UNSUPPORTED),
        (types.MessageMediaUnsupported(), MediaKind.UNSUPPORTED),
        (types.MessageMediaDice(6, "🎲"), MediaKind.DICE),
        (types.MessageMediaGeo(types.GeoPointEmpty()), MediaKind.UNSUPPORTED),
    ],
)
def test_media_are_kept_as_they_came(media: Any, kind: MediaKind) -> None:
    (kept,) = inbound_of(a_message(media=media)).media
    assert (kept.kind, kept.source) == (kind, MessageKey(ChatId(MARKED), 100))
    assert kept.blob == bytes(media)


@pytest.mark.parametrize(
    "media",
    [None, types.MessageMediaEmpty(), types.MessageMediaWebPage(types.WebPageEmpty(5))],
)
def test_a_link_preview_is_nothing_to_be_copied(media: Any) -> None:
    assert inbound_of(a_message(media=media)).media == ()


def test_forwards_inline_bots_and_albums_are_known_as_such() -> None:
    plain = inbound_of(a_message())
    assert (plain.forwarded, plain.via_bot, plain.grouped_id) == (False, False, None)
    header = types.MessageFwdHeader(date=DATE)
    inbound = inbound_of(a_message(fwd_from=header, via_bot_id=8, grouped_id=2**60))
    assert (inbound.forwarded, inbound.via_bot, inbound.grouped_id) == (True, True, 2**60)


# --- what it carries ---


def test_a_rich_message_is_not_taken_for_an_empty_one() -> None:
    """https://core.telegram.org/constructor/richMessage"""
    paragraph = types.PageBlockParagraph(types.TextPlain("hello"))
    rich = types.RichMessage(blocks=[paragraph], photos=[], documents=[])
    (media,) = inbound_of(a_message(text="", rich_message=rich)).media
    assert (media.kind, media.title) == (MediaKind.UNSUPPORTED, "RichMessage")
    assert not is_copyable(media)
