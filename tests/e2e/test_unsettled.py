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
