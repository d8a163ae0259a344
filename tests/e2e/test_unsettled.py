"""People answer a message in the very moment before its sender knows its id."""

from __future__ import annotations

from telethon.tl import functions

from tests.scene import Scene

SEND = functions.messages.SendMessageRequest


async def test_staff_answers_a_wrapper_before_its_id_is_known(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        hold = scene.telegram.faults.hold_answer(SEND)
        question = scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        await hold.reached()
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        hold.release()
        answer = await scene.bot_says(scene.acme, "Here")
        assert answer.reply_to is question
        await scene.staff_sees("closed")


async def test_a_customer_continues_before_the_answers_id_is_known(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        hold = scene.telegram.faults.hold_answer(SEND)
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "Here")
        await hold.reached()
        scene.acme.say(scene.alice, "Where exactly?", reply_to=answer)
        hold.release()
        assert (await scene.staff_sees("Where exactly?")).reply_to is wrapper


async def test_internal_talk_is_not_held_for_long(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        hold = scene.telegram.faults.hold_answer(SEND)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        await hold.reached()
        talk = scene.staff.say(scene.bob, "Who knows?")
        scene.staff.say(scene.carol, "Not me", reply_to=talk)
        scene.staff.say(scene.carol, "Soon", reply_to=wrapper)
        hold.release()
        await scene.bot_says(scene.acme, "Soon")
        assert not [m for m in scene.acme.messages if "Not me" in m.text]


async def test_a_colleagues_close_waits_for_an_answer_that_waits(scene: Scene) -> None:
    """What concerns one ticket happens in the order in which Telegram shows it; what concerns
    another does not wait for it."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("Where is it?")
        scene.acme.say(scene.nick, "/ask And mine?")
        other = await scene.staff_sees("And mine?")
        scene.staff.say(scene.carol, "On its way", reply_to=wrapper)
        first = await scene.bot_says(scene.acme, "On its way")
        await scene.staff_sees("✅ Reply sent")
        hold = scene.telegram.faults.hold_answer(SEND)
        scene.acme.say(scene.alice, "Still?", reply_to=first)
        continuation = await scene.staff_sees("Still?")
        await hold.reached()
        held = scene.staff.say(scene.bob, "Look again", reply_to=continuation)
        scene.staff.say(scene.carol, "/close", reply_to=wrapper)
        scene.staff.say(scene.admin, "Yours is here", reply_to=other)
        await scene.bot_says(scene.acme, "Yours is here")
        hold.release()
        await scene.bot_says(scene.acme, "Look again")
        await scene.staff_sees("closed")
        assert (await scene.answer_to(held)).text.startswith("✅ Reply sent")


async def test_close_under_a_colleagues_answer_waits_with_that(scene: Scene) -> None:
    """A part of an album is waited for; the reply to it names a message that is in no ticket
    yet."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        photos = [scene.world.media.photo(), scene.world.media.photo()]
        first, second = scene.staff.album(scene.bob, photos, caption="See", reply_to=wrapper)
        scene.staff.say(scene.carol, "/close", reply_to=second)
        await scene.staff_sees("closed")
        await scene.bot_says(scene.acme, "See")
        await scene.answer_to(first)
    assert not [m for m in scene.bot_messages(scene.staff) if "⚠️" in m.text]
