"""Who is told of people that come and go, and of groups that change."""

from __future__ import annotations

import pytest
from telethon.tl import types

from tests.loopback.fakes import FakeDelivery
from tests.loopback.rpc import TlObject
from tests.loopback.world import Person, World, difference
from tests.loopback.world.portraits import Portraits


@pytest.fixture
def world() -> World:
    return World(seed=1)


def kinds(delivery: FakeDelivery, person: Person) -> list[str]:
    return [type(update).__name__ for update in delivery.to(person)]


def people_and_chats(answer: TlObject) -> tuple[set[int], set[int]]:
    return {user.id for user in answer.users}, {chat.id for chat in answer.chats}


def test_whoever_comes_by_a_link_is_told_of_in_the_own_name(world: World) -> None:
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    group = world.add_supergroup("Acme", members=[alice])

    group.join(bob)

    message = group.history[-1]
    assert message.sender is bob
    assert isinstance(message.action, types.MessageActionChatJoinedByLink)
    assert message.action.inviter_id == group.creator.id


def test_an_admin_bot_is_told_of_everybody_and_another_bot_of_itself(world: World) -> None:
    alice = world.add_user("Alice")
    admin, member = world.add_bot("A", username="a_bot"), world.add_bot("B", username="b_bot")
    for group in (
        world.add_supergroup("Big", members=[member], admins=[admin]),
        world.add_basic_group("Small", members=[member], admins=[admin]),
    ):
        world.delivery = delivery = FakeDelivery()
        group.add(alice)
        told = [update for update in delivery.to(admin) if hasattr(update, "qts")]
        assert [(update.user_id, update.prev_participant) for update in told] == [(alice.id, None)]
        assert not [update for update in delivery.to(member) if hasattr(update, "qts")]


def test_a_difference_of_members_names_the_people_and_the_group(world: World) -> None:
    alice, bot = world.add_user("Alice"), world.add_bot("A", username="a_bot")
    big, small = world.add_supergroup("Big"), world.add_basic_group("Small")
    state = difference.account_state(world, bot)
    big.add(bot, by=alice)
    small.add(bot, by=alice)

    missed = difference.account_difference(world, bot, state.pts, None, state.qts, None)

    people, chats = people_and_chats(missed)
    assert {bot.id, alice.id} <= people
    assert chats == {big.id, small.id}


@pytest.mark.parametrize("switch", ["participant_updates", "membership_messages"])
def test_each_way_of_being_told_can_be_missing(world: World, switch: str) -> None:
    bot = world.add_bot("A", username="a_bot")
    setattr(world, switch, False)
    world.delivery = delivery = FakeDelivery()
    world.add_supergroup("Big").add(bot)
    world.add_basic_group("Small").add(bot)
    by_message = ["UpdateNewChannelMessage", "UpdateChannel", "UpdateNewMessage"]
    by_update = [
        "UpdateChannel",
        "UpdateChannelParticipant",
        "UpdateChat",
        "UpdateChatParticipant",
    ]
    assert kinds(delivery, bot) == (by_message if switch == "participant_updates" else by_update)


def test_somebody_put_out_for_good_is_told_as_banned(world: World) -> None:
    bot = world.add_bot("A", username="a_bot")
    group = world.add_supergroup("Big", members=[bot])
    world.delivery = delivery = FakeDelivery()
    group.kick(bot)
    told = delivery.to(bot)[-1].new_participant
    assert isinstance(told, types.ChannelParticipantBanned)
    assert (told.peer.user_id, told.left) == (bot.id, True)
    assert told.banned_rights.view_messages


def test_everybody_is_told_that_a_group_went_public_or_was_linked(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    world.delivery = delivery = FakeDelivery()
    group.publish("acme_group")
    group.link("News")
    group.restrict_all(send_messages=True)
    assert kinds(delivery, alice) == [
        "UpdateChannel",
        "UpdateChannel",
        "UpdateChatDefaultBannedRights",
    ]
    portrait = Portraits(world, alice).channel(group)
    assert (portrait.username, portrait.has_link) == ("acme_group", True)
    channel = Portraits(world, alice).linked_channel(group)
    assert channel is not None
    assert (channel.title, channel.broadcast) == ("News", True)
    group.link(None)
    assert Portraits(world, alice).linked_channel(group) is None
