"""The relay keeps below the rates at which Telegram refuses messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telethon.tl import functions

from daemon.config import LimitsConfig
from daemon.relay.clock import Clock
from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import World
from tests.scene import Scene, a_scene

FASTER = 60
"""A minute of the scene is a second of ours."""

QUESTIONS = 30


def fast_time() -> float:
    return time.monotonic() * FASTER


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with a_scene(tmp_path, World(clock=fast_time)) as made:
        yield made


async def test_a_burst_of_questions_keeps_the_limit_of_the_staff_group(scene: Scene) -> None:
    """That for a minute. Shorter ones are less than what a request takes in fast time."""
    scene.world.send_limits = "count"
    clock = Clock(monotonic=fast_time, sleep=lambda seconds: asyncio.sleep(seconds / FASTER))
    limit = LimitsConfig().per_group_per_minute
    async with scene.relay(clock, per_group_per_minute=limit):
        await scene.enrol(scene.acme)
        for number in range(QUESTIONS):
            scene.acme.say(scene.alice, f"/ask question {number}.")
        await scene.staff_sees(f"question {QUESTIONS - 1}.")
    assert [v for v in scene.world.violations if v.rule == "per group"] == []


PER_SECOND = 20
PEOPLE = 24
ON_THE_WAY_S = 0.05
"""By how much one request may be longer on its way than another."""


async def test_all_chats_together_keep_the_limit_what_is_sent_again_included(
    scene: Scene,
) -> None:
    arrivals: list[float] = []

    def some(request: TlObject, _caller: Caller) -> bool:
        """Notes when each send arrives; every third is refused once, and made anew at once."""
        if not isinstance(request, functions.messages.SendMessageRequest):
            return False
        arrivals.append(time.monotonic())
        return len(arrivals) % 3 == 0 and request.reply_to is not None

    scene.telegram.faults.fail(some, 400, "REPLY_MESSAGE_ID_INVALID", times=None)
    people = [scene.world.add_user(f"Person {number}") for number in range(PEOPLE)]
    chats = [scene.world.private(person, scene.bot) for person in people]
    async with scene.relay(per_second=PER_SECOND):
        for chat, person in zip(chats, people, strict=True):
            chat.say(person, "/help")
        for chat in chats:
            await scene.bot_says(chat, "Ask in your group")
    assert len(arrivals) > PEOPLE
    in_one_second = [b - a for a, b in zip(arrivals, arrivals[PER_SECOND:], strict=False)]
    assert min(in_one_second) >= 1 - ON_THE_WAY_S
