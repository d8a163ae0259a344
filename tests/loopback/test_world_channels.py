"""What groups see of channels: their owners' messages in their name, their posts."""

from __future__ import annotations

import pytest
from telethon.tl import types

from tests.loopback.rpc import RpcError
from tests.loopback.transcript import render
from tests.loopback.world import World
from tests.loopback.world.view import View


def test_an_owner_writes_in_the_channels_name() -> None:
    world = World(seed=1)
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    group = world.add_supergroup("Acme", members=[alice, bob])
    news = world.add_channel("Alice's News", alice, username="alice_news")
    message = group.say(alice, "hello", send_as=news)
    seen = View(world, bob).message(message)
    assert seen.from_id == types.PeerChannel(news.id)
    assert (seen.post_author, seen.fwd_from) == (None, None)
    users, chats = View(world, bob).crowd([message])
    assert users == []
    assert [(chat.title, chat.username) for chat in chats] == [
        ("Alice's News", "alice_news"),
        ("Acme", None),
    ]
    group.forward(bob, message)
    assert "Alice's News (channel):\n    hello" in render(group)
    assert "Bob: (forwarded from Alice's News)" in render(group)
    with pytest.raises(RpcError, match="SEND_AS_PEER_INVALID"):
        group.say(bob, "hello", send_as=news)


def test_a_post_comes_into_the_discussion_group() -> None:
    """https://core.telegram.org/constructor/messageFwdHeader"""
    world = World(seed=1)
    bob = world.add_user("Bob")
    group = world.add_supergroup("Acme", members=[bob])
    group.link("News")
    group.forward_post("first")
    post = group.forward_post("second")
    assert group.linked_channel is not None
    channel = types.PeerChannel(group.linked_channel.id)
    seen = View(world, bob).message(post)
    assert seen.from_id == channel
    header = seen.fwd_from
    assert (header.from_id, header.channel_post) == (channel, 2)
    assert (header.saved_from_peer, header.saved_from_msg_id) == (channel, 2)
