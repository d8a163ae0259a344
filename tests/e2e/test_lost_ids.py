"""Telegram has a message and does not tell its id: it is found, and never sent again."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest
from telethon import utils
from telethon.tl import functions

from daemon.relay.clock import Clock
from tests.loopback.rpc import Caller, TlObject
from tests.scene import Scene

GET_DIFFERENCE = functions.updates.GetChannelDifferenceRequest
SEND = functions.messages.SendMessageRequest


async def test_the_id_is_found_in_a_basic_group_that_was_silent_for_long(scene: Scene) -> None:
    """Basic groups share one sequence of ids: the message is far above the group's last one."""
    scene.world.repeat_answer = "duplicate_error"
    everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
    silent = scene.world.add_basic_group("Silent", members=everybody)
    busy = scene.world.add_basic_group("Busy", members=everybody)
    async with scene.relay():
        await scene.enrol(silent)
        question = silent.say(scene.alice, "/ask Anybody there?")
        wrapper = await scene.staff_sees("Anybody there?")
        for number in range(300):
            busy.say(scene.nick, f"talk {number}")
        await scene.enrol(busy)

        scene.telegram.faults.fail(SEND, 500, "INTERNAL", after_handler=True)
        scene.staff.say(scene.bob, "Yes", reply_to=wrapper)
        answer = await scene.bot_says(silent, "Yes")
        assert answer.reply_to is question
        await scene.staff_sees("✅ Reply sent")
        silent.say(scene.alice, "Good", reply_to=answer)
        assert (await scene.staff_sees("Good")).reply_to is wrapper
    assert len([m for m in scene.bot_messages(silent) if "Yes" in m.text]) == 1


@pytest.mark.parametrize(
    "refusal",
    [(420, "FLOOD_WAIT_1"), (400, "REPLY_MESSAGE_ID_INVALID"), (403, "CHAT_WRITE_FORBIDDEN")],
)
@pytest.mark.parametrize("repeat", ["original", "duplicate_error"])
async def test_a_refused_repeat_says_nothing_of_the_first_attempt(
    scene: Scene, refusal: tuple[int, str], repeat: Literal["original", "duplicate_error"]
) -> None:
    scene.world.repeat_answer = repeat
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        scene.telegram.faults.fail(SEND, 500, "INTERNAL", after_handler=True)
        scene.telegram.faults.fail(SEND, *refusal)
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        await scene.staff_sees("✅ Reply sent")
        answer = await scene.bot_says(scene.acme, "Here")
        scene.acme.say(scene.alice, "Thank you", reply_to=answer)
        await scene.staff_sees("Thank you")
    assert scene.telegram.faults.counts["fail"] == 2
    assert len([m for m in scene.bot_messages(scene.acme) if "Here" in m.text]) == 1
    assert not [m for m in scene.bot_messages(scene.staff) if "❌" in m.text]


async def test_an_id_that_cannot_be_found_is_told_to_the_staff(scene: Scene) -> None:
    async with scene.relay(Clock(sleep=lambda _: asyncio.sleep(0))):
        await scene.enrol(scene.acme)
        scene.telegram.faults.fail(SEND, 500, "RANDOM_ID_DUPLICATE")
        question = scene.acme.say(scene.alice, "/ask Where is it?")
        told = await scene.staff_sees("does not tell which message")
        scene.staff.say(scene.bob, "Here", reply_to=told)
        assert (await scene.bot_says(scene.acme, "Here")).reply_to is question


async def test_of_several_unknown_messages_the_one_with_the_text_is_found(scene: Scene) -> None:
    """Another program with the same token may write as the bot, too."""
    scene.world.repeat_answer = "duplicate_error"
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        scene.telegram.drop_pushes()
        scene.acme.say(scene.bot, "Happy new year")
        scene.telegram.faults.fail(SEND, 500, "INTERNAL", after_handler=True)
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "Here")
        await scene.staff_sees("✅ Reply sent")
        scene.acme.say(scene.alice, "Thank you", reply_to=answer)
        await scene.staff_sees("Thank you")


async def test_a_message_that_is_known_already_is_not_taken_for_another(scene: Scene) -> None:
    """The short form of an answer tells the id alone: the relay sees no message of that id."""
    scene.world.repeat_answer = "duplicate_error"
    scene.world.short_sent_answers = True
    everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
    basic = scene.world.add_basic_group("Small", members=everybody)
    async with scene.relay():
        await scene.enrol(basic)
        basic.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        scene.staff.say(scene.bob, "Patience", reply_to=wrapper)
        first = await scene.bot_says(basic, "Patience")
        confirmed = await scene.staff_sees("✅ Reply sent")
        scene.telegram.faults.fail(SEND, 500, "INTERNAL", after_handler=True)
        scene.staff.say(scene.bob, "Patience", reply_to=wrapper)
        second = await scene.bot_says(basic, "Patience", after=first)
        await scene.staff_sees("✅ Reply sent", after=confirmed)
        basic.say(scene.alice, "Thank you", reply_to=second)
        await scene.staff_sees("Thank you")


async def test_a_reply_is_not_forgotten_while_nobody_can_look_for_what_it_replies_to(
    scene: Scene,
) -> None:
    """The wrapper is there, nobody told so, and then the bot is put out of the group."""

    def sends_to_staff(request: TlObject, _caller: Caller) -> bool:
        to_staff = scene.staff.marked_id
        return isinstance(request, SEND) and utils.get_peer_id(request.peer) == to_staff

    async with scene.relay(Clock(sleep=lambda s: asyncio.sleep(min(s, 0.3)))):
        await scene.enrol(scene.acme)
        scene.telegram.faults.fail(SEND, 500, "INTERNAL", after_handler=True)
        question = scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        asked = scene.telegram.requests.count(GET_DIFFERENCE)
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        await scene.telegram.wait_for_request(GET_DIFFERENCE, asked + 1)
        tries = scene.telegram.faults.hold_answer(sends_to_staff, times=None)
        tries.release()
        scene.staff.kick(scene.bot, ban=False)
        await tries.reached(2)  # by then nobody has found what the first one was refused for
        scene.staff.add(scene.bot)
        answer = await scene.bot_says(scene.acme, "Here")
        assert answer.reply_to is question
    assert len([m for m in scene.bot_messages(scene.staff) if "🎫" in m.text]) == 1


NOT_SENT = [(500, "INTERNAL"), (420, "FLOOD_WAIT_1")]
"""Answers after which a message may be there and is looked for, and is not there."""


async def test_a_message_from_before_is_not_taken_for_the_one_that_is_missing(
    scene: Scene,
) -> None:
    """Such as one of the program that served the group with this token before."""
    scene.staff.say(scene.bot, "Good morning")
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.staff.say(scene.bob, "Morning")
        for answer in NOT_SENT:
            scene.telegram.faults.fail(SEND, *answer)
        scene.acme.say(scene.alice, "/ask Where is it?")
        await scene.staff_sees("Where is it?")
    assert scene.telegram.faults.counts["fail"] == len(NOT_SENT)


async def test_a_message_in_another_basic_group_is_not_taken_for_the_one_that_is_missing(
    scene: Scene,
) -> None:
    """They share one sequence of ids, by which messages are asked for."""
    scene.world.short_sent_answers = True
    everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
    one, other = (scene.world.add_basic_group(name, members=everybody) for name in ("One", "Two"))

    def sends_to_one(request: TlObject, _caller: Caller) -> bool:
        return isinstance(request, SEND) and utils.get_peer_id(request.peer) == one.marked_id

    async with scene.relay():
        wrappers = []
        for group in (one, other):
            await scene.enrol(group)
            group.say(scene.alice, f"/ask from {group.title}")
            wrappers.append(await scene.staff_sees(f"from {group.title}"))
        for answer in NOT_SENT:
            scene.telegram.faults.fail(sends_to_one, *answer)
        scene.staff.say(scene.bob, "to one", reply_to=wrappers[0])
        await scene.telegram.faults.wait_for("fail")
        scene.staff.say(scene.bob, "to two", reply_to=wrappers[1])
        await scene.bot_says(other, "to two")
        await scene.bot_says(one, "to one")
    assert scene.telegram.faults.counts["fail"] == len(NOT_SENT)
