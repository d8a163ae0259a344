"""What a bot gets to see. https://core.telegram.org/bots/faq#what-messages-will-my-bot-get"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from telethon.tl import types

from tests.loopback.world import Person, StoredMessage, Supergroup, World


@dataclass(frozen=True)
class Scene:
    world: World
    alice: Person
    bot: Person
    other_bot: Person
    group: Supergroup


@pytest.fixture
def scene() -> Scene:
    world = World(seed=1)
    alice = world.add_user("Alice", username="alice")
    bot = world.add_bot("Support", username="support_bot", privacy=True)
    other = world.add_bot("Other", username="other_bot", privacy=False)
    return Scene(world, alice, bot, other, world.add_supergroup("A", members=[alice, bot, other]))


@pytest.mark.parametrize(
    "text, meant",
    [
        ("hello everybody", False),
        ("hello @support_bot", True),
        ("hello @Support_Bot", True),
        ("hello @other_bot", False),
        ("/ask why", True),
        ("/ask@support_bot why", True),
        ("/ask@other_bot why", False),
        ("please /ask why", False),
    ],
)
def test_privacy_mode_lets_through_what_is_meant_for_the_bot(
    scene: Scene, text: str, meant: bool
) -> None:
    message = scene.group.say(scene.alice, text)

    assert message.seen_by(scene.bot) is meant
    assert message.seen_by(scene.other_bot)
    assert (scene.group.find(scene.bot, message.id) is message) is meant


def test_privacy_mode_lets_through_replies_to_the_bot_and_mentions_by_id(scene: Scene) -> None:
    own = scene.group.say(scene.bot, "I am here")
    reply = scene.group.say(scene.alice, "hello", reply_to=own)
    mention = types.MessageEntityMentionName(0, 3, scene.bot.id)
    named = scene.group.say(scene.alice, "you there", entities=[mention])
    inline = scene.group.say(scene.alice, "from the bot", via_bot=scene.bot)

    assert all(message.seen_by(scene.bot) for message in (own, reply, named, inline))


def test_an_admin_sees_everything_in_spite_of_privacy_mode(scene: Scene) -> None:
    before = scene.group.say(scene.alice, "before")
    scene.group.promote(scene.bot)
    after = scene.group.say(scene.alice, "after")

    assert not before.seen_by(scene.bot)
    assert after.seen_by(scene.bot)


def test_bots_do_not_see_bots_unless_they_are_let(scene: Scene) -> None:
    scene.group.promote(scene.bot)
    unseen = scene.group.say(scene.bot, "hello @other_bot")
    assert not unseen.seen_by(scene.other_bot)
    assert unseen.seen_by(scene.alice)

    scene.world.bots_see_bots = True
    scene.group.promote(scene.other_bot)
    assert scene.group.say(scene.bot, "hello again").seen_by(scene.other_bot)


def test_an_edit_that_mentions_the_bot_shows_it_the_message(scene: Scene) -> None:
    message = scene.group.say(scene.alice, "hello")
    assert not message.seen_by(scene.bot)

    scene.group.edit(message, "hello @support_bot")

    assert message.seen_by(scene.bot)


def test_in_private_and_of_service_messages_a_bot_sees_all(scene: Scene) -> None:
    private = scene.world.private(scene.alice, scene.bot).say(scene.alice, "hello")
    scene.group.add(scene.world.add_user("New"))
    joined: StoredMessage = scene.group.history[-1]

    assert private.seen_by(scene.bot)
    assert isinstance(joined.action, types.MessageActionChatAddUser)
    assert joined.seen_by(scene.bot)


def test_what_is_hidden_in_a_basic_group_takes_no_id_of_the_bot() -> None:
    world = World(seed=1)
    alice = world.add_user("Alice")
    bot = world.add_bot("Support", username="support_bot", privacy=True)
    group = world.add_basic_group("Acme", members=[alice, bot])

    hidden = group.say(alice, "hello")
    seen = group.say(alice, "@support_bot hello")

    assert hidden.id_for(bot) is None
    assert (seen.id_for(alice), seen.id_for(bot)) == (3, 2)
