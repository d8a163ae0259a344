"""Telegram has a message and does not tell its id: it is found, and never sent again."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest
from telethon.tl import functions

from daemon.relay.clock import Clock
from tests.scene import Scene

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
