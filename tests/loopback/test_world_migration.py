"""Basic groups that become supergroups. https://core.telegram.org/api/channel#migration"""

from __future__ import annotations

import pytest
from telethon.tl import types

from tests.loopback.fakes import FakeDelivery
from tests.loopback.rpc import RpcError
from tests.loopback.world import World
from tests.loopback.world.portraits import Portraits
from tests.loopback.world.view import View


def test_both_chats_say_so_and_the_old_one_falls_silent() -> None:
    world = World(seed=1)
    alice = world.add_user("Alice")
    bot = world.add_bot("Bot", username="a_bot", privacy=False)
    old = world.add_basic_group("Acme", members=[alice], admins=[bot])
    before = old.say(alice, "before")
    world.delivery = delivery = FakeDelivery()

    new = world.migrate(old)

    to_new, from_old, change, joined = delivery.to(bot)
    assert to_new.message.action.channel_id == new.id
    assert isinstance(to_new, types.UpdateNewMessage)
    assert from_old.message.action.chat_id == old.id
    assert (from_old.message.id, from_old.pts) == (1, 2)
    assert isinstance(change, types.UpdateChannel)
    assert isinstance(joined, types.UpdateChannelParticipant)
    assert (joined.channel_id, joined.user_id) == (new.id, bot.id)
    assert {chat.id for chat in delivery.pushed[0].updates.chats} == {old.id, new.id}
    assert new.members[bot.id].is_admin
    assert new.say(alice, "after").id == 2
    with pytest.raises(RpcError, match="PEER_ID_INVALID"):
        old.say(alice, "too late")
    assert old.find(bot, before.own_ids[bot.id]) is before
    with pytest.raises(RpcError, match="CHAT_ID_INVALID"):
        world.migrate(old)


def test_the_old_chat_points_to_the_new_one_with_a_hash_for_the_viewer() -> None:
    world = World(seed=1)
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    old = world.add_basic_group("Acme", members=[alice, bob])
    new = world.migrate(old)

    hashes = {Portraits(world, person).chat(old).migrated_to.access_hash for person in (alice, bob)}

    assert hashes == {world.access_hash(alice, new), world.access_hash(bob, new)}
    assert len(hashes) == 2


def test_a_reply_across_the_migration_names_the_old_chat_and_the_readers_own_id() -> None:
    world = World(seed=1)
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    world.private(alice, bob).say(alice, "shifts Alice's and Bob's ids alike")
    old = world.add_basic_group("Acme", members=[alice, bob])
    world.add_basic_group("Shifts Bob's ids alone", members=[bob]).say(bob, "hello")
    question = old.say(alice, "question")

    answer = world.migrate(old).say(bob, "answer", reply_to=question)

    for person in (alice, bob):
        header = View(world, person).message(answer).reply_to
        assert header.reply_to_peer_id.chat_id == old.id
        assert header.reply_to_msg_id == question.id_for(person)
    assert question.id_for(alice) != question.id_for(bob)
