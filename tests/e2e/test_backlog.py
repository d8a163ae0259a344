"""More comes in than Telegram lets the relay write: what the staff see of that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from daemon.relay import events
from daemon.relay.clock import Clock
from tests.loopback.world import World
from tests.scene import Scene, a_scene

FASTER = 20
QUESTIONS = 12


def fast_time() -> float:
    return time.monotonic() * FASTER


def fast_clock() -> Clock:
    """A second of the relay takes a twentieth of one; Telegram's own clock goes with it."""
    began_ms, began = time.time_ns() // 1_000_000, fast_time()
    return Clock(
        now_ms=lambda: began_ms + int((fast_time() - began) * 1000),
        monotonic=fast_time,
        sleep=lambda seconds: asyncio.sleep(seconds / FASTER),
    )


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with a_scene(tmp_path, World(clock=fast_time)) as made:
        yield made


async def test_a_backlog_is_told_once_before_all_that_waits_and_again_when_it_is_over(
    scene: Scene,
) -> None:
    clock = fast_clock()
    async with scene.relay(clock):
        await scene.enrol(scene.acme)
    for number in range(QUESTIONS):
        scene.acme.say(scene.alice, f"/ask question {number}.")
    with capture_logs() as lines:
        async with scene.relay(clock, per_chat_per_second=1, backlog_notice_s=3):
            await scene.staff_sees("question 5.")
        async with scene.relay(clock, per_chat_per_second=1, backlog_notice_s=3):
            await scene.staff_sees("✅ Nothing waits any longer")
    said = [m.text for m in scene.bot_messages(scene.staff)]
    begun, *again = [text for text in said if text.startswith("⏳")]
    assert not again
    assert "messages wait to be sent, the oldest for 1 min" in begun
    assert said.index(begun) < QUESTIONS - 2  # before others that waited already
    assert sum(text.startswith("✅ Nothing waits") for text in said) == 1
    asked = [text.splitlines()[-1] for text in said if "🎫" in text]
    assert asked == [f"question {number}." for number in range(QUESTIONS)]
    told = [line for line in lines if line["event"] in (events.BACKLOG_BEGUN, events.BACKLOG_OVER)]
    assert [line["event"] for line in told] == [events.BACKLOG_BEGUN, events.BACKLOG_OVER]
    assert told[0]["messages"] > 2
    assert told[0]["left_s"] >= told[0]["messages"] - 1
