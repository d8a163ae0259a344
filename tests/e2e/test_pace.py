"""The relay keeps below the rates at which Telegram refuses messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daemon.config import LimitsConfig
from daemon.relay.clock import Clock
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
