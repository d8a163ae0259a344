"""Who may ask and answer, and from what kind of message."""

from __future__ import annotations

from telethon.tl import types

from tests.loopback.world import Supergroup
from tests.scene import Scene


async def test_an_anonymous_admin_asks_and_answers_in_the_groups_name(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.promote(scene.nick, anonymous=True, change_info=True)
        question = scene.acme.say(scene.nick, "/ask Who am I?")
        wrapper = await scene.staff_sees("Who am I?")
        assert "👤 User: Customer Support\n" in wrapper.text
        assert not [e for e in wrapper.entities if isinstance(e, types.MessageEntityMentionName)]

        scene.staff.promote(scene.bob, anonymous=True, change_info=True)
        scene.staff.say(scene.bob, "An admin", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "An admin")
        assert answer.reply_to is question
        assert "📢 Customer Support\n" in answer.text


async def test_somebody_asks_and_answers_in_a_channels_name(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        name = scene.world.add_channel("@ceo Alice's Garden", scene.alice, username="garden")
        question = scene.acme.say(scene.alice, "@support_bot Where is it?", send_as=name)
        wrapper = await scene.staff_sees("Where is it?")
        assert "👤 User: ceo Alice's Garden\n" in wrapper.text
        desk = scene.world.add_channel("Help Desk", scene.bob)
        scene.staff.say(scene.bob, "On its way", reply_to=wrapper, send_as=desk)
        answer = await scene.bot_says(scene.acme, "On its way")
        assert answer.reply_to is question
        assert "📢 ceo Alice's Garden\n" in answer.text
        scene.acme.say(scene.alice, "Thank you", reply_to=answer, send_as=name)
        continuation = await scene.staff_sees("Thank you")
        assert "👤 ceo Alice's Garden\n" in continuation.text
        scene.acme.say(scene.alice, "/addgroup", send_as=name)
        scene.staff.say(scene.bob, "/close", reply_to=wrapper, send_as=desk)
        await scene.staff_sees("closed")
    written = [*scene.bot_messages(scene.acme), *scene.bot_messages(scene.staff)]
    mentions = (types.MessageEntityMention, types.MessageEntityMentionName)
    assert not [e for message in written for e in message.entities if isinstance(e, mentions)]


async def test_posts_of_a_linked_channel_ask_nothing_but_can_be_asked_about(scene: Scene) -> None:
    """Telegram forwards each post into the group by itself, in the channel's name."""
    scene.settings = "follow_up_seconds = 60"
    photo = scene.world.media.photo()
    assert isinstance(scene.acme, Supergroup)
    scene.acme.link("Acme News")
    news = scene.acme.linked_channel
    assert news is not None
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(news.owner, "/ask Is this read?", send_as=news)
        wrapper = await scene.staff_sees("Is this read?")
        scene.acme.forward_post("/ask our @support_bot about the new model", media=photo)
        scene.acme.forward_post("Questions go to @support_bot")
        post = scene.acme.forward_post("The new model is here")
        scene.acme.say(scene.alice, "/ask How much is it?", reply_to=post)
        asked = await scene.staff_sees("How much is it?")
        context = await scene.staff_sees("↩️ In reply to Acme News:\nThe new model is here")
        assert context.reply_to is asked
        scene.staff.say(scene.bob, "100", reply_to=asked)
        await scene.bot_says(scene.acme, "100")
    assert [m for m in scene.bot_messages(scene.staff) if m.text.startswith("🎫")] == [
        wrapper,
        asked,
    ]
    assert not [m for m in scene.bot_messages(scene.staff) if "Continued" in m.text]


async def test_an_edit_into_a_question_asks_and_one_into_a_command_does_nothing(
    scene: Scene,
) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        asked = scene.acme.say(scene.alice, "Where is it?")
        scene.acme.edit(asked, "/ask Where is it?")
        wrapper = await scene.staff_sees("Where is it?")
        mentioned = scene.acme.say(scene.alice, "And this?")
        scene.acme.edit(mentioned, "@support_bot And this?")
        await scene.staff_sees("And this?")

        word = scene.staff.say(scene.bob, "Done then", reply_to=wrapper)
        await scene.bot_says(scene.acme, "Done then")
        scene.staff.edit(word, "/close")
        other = scene.add_customer_group("Other Inc.")
        hello = other.say(scene.admin, "Hello")
        other.edit(hello, "/addgroup")
        other.say(scene.alice, "/ask Anybody?")
        scene.staff.say(scene.bob, "Still open?", reply_to=wrapper)
        await scene.bot_says(scene.acme, "Still open?")
    assert not [m for m in scene.bot_messages(scene.staff) if "Anybody?" in m.text]


async def test_what_is_forwarded_or_comes_through_a_bot_is_no_command(scene: Scene) -> None:
    inline = scene.world.add_bot("Inline", username="inline_bot")
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("Where is it?")
        elsewhere = scene.world.add_supergroup("Elsewhere", members=[scene.alice, scene.bob])
        for text in ("@support_bot forwarded", "/ask forwarded"):
            scene.acme.forward(scene.alice, elsewhere.say(scene.alice, text))
        scene.acme.say(scene.alice, "/ask through a bot", via_bot=inline)
        scene.staff.say(scene.bob, "/close", reply_to=wrapper, via_bot=inline)
        scene.staff.forward(scene.bob, elsewhere.say(scene.bob, "/close"))
        scene.staff.say(scene.bob, "Still open", reply_to=wrapper)
        await scene.bot_says(scene.acme, "Still open")
        scene.acme.say(scene.alice, "/ask The last")
        await scene.staff_sees("The last")
    assert len([m for m in scene.bot_messages(scene.staff) if "🎫" in m.text]) == 2


async def test_other_bots_are_not_heard(scene: Scene) -> None:
    scene.world.bots_see_bots = True
    robot = scene.world.add_bot("Robot", username="robot_bot", privacy=False)
    scene.acme.add(robot)
    scene.acme.promote(scene.bot)
    async with scene.relay():
        await scene.enrol(scene.acme)
        for text in ("/ask from a robot", "@support_bot from a robot", "/ask"):
            scene.acme.say(robot, text)
        scene.acme.say(scene.alice, "/ask from Alice")
        await scene.staff_sees("from Alice")
    assert len(scene.bot_messages(scene.staff)) == 1
