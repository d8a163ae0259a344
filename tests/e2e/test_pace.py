"""The relay keeps below the rates at which Telegram refuses messages, and waits where told to."""

from __future__ import annotations

import functools
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telethon import utils
from telethon.tl import functions

from tests.clocks import LeapingClock
from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import Chat, World
from tests.scene import PACED, Scene, a_scene

GROUPS = 5
LONG_WAIT_S = 1000


@pytest.fixture
async def scene(tmp_path: Path, leaping: LeapingClock) -> AsyncIterator[Scene]:
    async with a_scene(tmp_path, World(clock=leaping.time)) as made:
        yield made


@pytest.mark.parametrize(
    "questions",
    [150, pytest.param(500, marks=[pytest.mark.nightly, pytest.mark.timeout(120)])],
)
async def test_a_burst_of_tickets_draws_no_wait(
    scene: Scene, leaping: LeapingClock, questions: int
) -> None:
    """By the limits of each second and minute, of the group and of all together."""
    scene.world.send_limits = "flood_wait"
    groups = [scene.add_customer_group(f"Customer {number}") for number in range(GROUPS)]
    async with scene.relay(leaping.clock(), **PACED):
        for group in groups:
            await scene.enrol(group)
        for number, group in zip(range(questions), itertools.cycle(groups)):
            group.say(scene.alice, f"/ask question {number}.")
        await tickets_shown(scene, questions)
    assert scene.world.violations == []
    assert len({m.text for m in scene.bot_messages(scene.staff)}) == questions


async def test_a_relay_that_goes_too_fast_is_told_to_wait_and_loses_nothing(
    scene: Scene, leaping: LeapingClock
) -> None:
    scene.world.send_limits = "flood_wait"
    async with scene.relay(leaping.clock()):
        await scene.enrol(scene.acme)
        for number in range(50):
            scene.acme.say(scene.alice, f"/ask question {number}.")
        await tickets_shown(scene, 50)
    asked = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)]
    assert asked == [f"question {number}." for number in range(50)]
    assert scene.world.violations


async def tickets_shown(scene: Scene, count: int) -> None:
    """Return once so many tickets are in the staff group, which has nothing else of the bot."""
    before = len(scene.staff.history) - len(scene.bot_messages(scene.staff))
    await scene.staff.wait_for(lambda _: len(scene.staff.history) >= before + count, 100)


async def test_a_wait_outlives_the_process_and_holds_up_nobody_else(
    scene: Scene, leaping: LeapingClock
) -> None:
    other = scene.add_customer_group("Other Inc.")
    async with scene.relay(leaping.clock()):
        await scene.enrol(scene.acme)
        await scene.enrol(other)
        scene.acme.say(scene.alice, "/ask from acme")
        other.say(scene.nick, "/ask from other")
        to_acme = await scene.staff_sees("from acme")
        to_other = await scene.staff_sees("from other")
        to_this_group = functools.partial(goes_to, scene.acme)
        scene.telegram.faults.fail(to_this_group, 420, f"FLOOD_WAIT_{LONG_WAIT_S}")
        told = leaping.time()
        refused = scene.staff.say(scene.bob, "late", reply_to=to_acme)
        await scene.telegram.faults.wait_for("fail")
        scene.staff.say(scene.bob, "at once", reply_to=to_other)
        before = await scene.bot_says(other, "at once")
    async with scene.relay(leaping.clock()):
        scene.staff.say(scene.bob, "at once again", reply_to=to_other)
        after = await scene.bot_says(other, "at once again")
        late = await scene.bot_says(scene.acme, "late")
    assert before.date.timestamp() - told < LONG_WAIT_S
    assert after.date.timestamp() - told < LONG_WAIT_S
    assert late.date.timestamp() - told >= LONG_WAIT_S - 1  # dates have whole seconds
    assert refused.date < late.date


def goes_to(group: Chat, request: TlObject, _caller: Caller) -> bool:
    is_send = isinstance(request, functions.messages.SendMessageRequest)
    return is_send and utils.get_peer_id(request.peer) == group.marked_id


PER_SECOND = 20
PEOPLE = 24
ON_THE_WAY_S = 0.05
"""By how much one request may be longer on its way than another."""


async def test_all_chats_together_keep_the_limit_what_is_sent_again_included(
    scene: Scene, leaping: LeapingClock
) -> None:
    arrivals: list[float] = []

    def some(request: TlObject, _caller: Caller) -> bool:
        """Notes when each send arrives; every third is refused once, and made anew at once."""
        if not isinstance(request, functions.messages.SendMessageRequest):
            return False
        arrivals.append(leaping.time())
        return len(arrivals) % 3 == 0 and request.reply_to is not None

    scene.telegram.faults.fail(some, 400, "REPLY_MESSAGE_ID_INVALID", times=None)
    people = [scene.world.add_user(f"Person {number}") for number in range(PEOPLE)]
    chats = [scene.world.private(person, scene.bot) for person in people]
    async with scene.relay(leaping.clock(), per_second=PER_SECOND):
        for chat, person in zip(chats, people, strict=True):
            chat.say(person, "/help")
        for chat in chats:
            await scene.bot_says(chat, "Ask in your group")
    assert len(arrivals) > PEOPLE
    in_one_second = [b - a for a, b in zip(arrivals, arrivals[PER_SECOND:], strict=False)]
    assert min(in_one_second) >= 1 - ON_THE_WAY_S
