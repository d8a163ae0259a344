"""What an earlier run of the relay sent without ever getting an answer."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telethon.tl import functions

from daemon.relay.clock import Clock
from tests.loopback.server import LoopbackTelegram
from tests.loopback.world import StoredMessage
from tests.scene import Scene

SEND = functions.messages.SendMessageRequest

FORGETS_AT_ONCE = -1.0


class ServerTime:
    """Telegram's clock, as many seconds ahead of this machine's as a test likes."""

    ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


@pytest.fixture
def server_time() -> ServerTime:
    return ServerTime()


@pytest.fixture
async def scene(tmp_path: Path, server_time: ServerTime) -> AsyncIterator[Scene]:
    async with LoopbackTelegram(directory=tmp_path, clock=server_time) as telegram:
        yield Scene(telegram, tmp_path)


async def sent_without_an_answer(scene: Scene) -> None:
    """A run that ends while the answer to its only send is under way."""
    async with scene.relay(shutdown_s=0.1):
        await scene.enrol(scene.acme)
        held = scene.telegram.faults.hold_answer(SEND)
        scene.acme.say(scene.alice, "/ask Where is it?")
        await held.reached()
    scene.telegram.requests.clear()


def wrappers(scene: Scene) -> list[StoredMessage]:
    return [m for m in scene.bot_messages(scene.staff) if "🎫" in m.text]


async def is_answered(scene: Scene) -> None:
    """The wrapper is there once, and known."""
    (wrapper,) = wrappers(scene)
    scene.staff.say(scene.bob, "Here", reply_to=wrapper)
    await scene.bot_says(scene.acme, "Here")
    assert wrappers(scene) == [wrapper]


async def test_an_id_that_telegram_tells_is_believed(scene: Scene) -> None:
    """It tells it to whoever asks what happened in the meantime."""
    await sent_without_an_answer(scene)
    async with scene.relay():
        await is_answered(scene)
        await scene.staff_sees("✅ Reply sent")
    assert scene.telegram.requests.count(SEND) == 2  # the answer and its confirmation


@pytest.mark.parametrize("later_s", [6 * 60, 2 * 60 * 60])
async def test_after_minutes_a_message_is_looked_for_and_not_sent_again(
    scene: Scene, server_time: ServerTime, later_s: float
) -> None:
    scene.world.differences_tell_message_ids = False
    await sent_without_an_answer(scene)
    scene.world.random_id_memory = FORGETS_AT_ONCE
    server_time.ahead_s = later_s
    async with scene.relay(Clock(now_ms=lambda: int(server_time() * 1000))):
        await is_answered(scene)


async def test_the_time_is_that_of_telegrams_clock(scene: Scene, server_time: ServerTime) -> None:
    """This machine's may be wrong, or have been."""
    scene.world.differences_tell_message_ids = False
    await sent_without_an_answer(scene)
    scene.world.random_id_memory = FORGETS_AT_ONCE
    server_time.ahead_s = 7200
    async with scene.relay():
        await is_answered(scene)
