"""Who may ask and answer, and from what kind of message."""

from __future__ import annotations

from telethon.tl import types

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
