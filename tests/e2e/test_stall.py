"""Updates that stop coming end the relay, so that the service manager starts it anew; a network
that is away does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from telethon import TelegramClient
from telethon.tl import functions, types

import tests.loopback.api  # noqa: F401 - registers the handlers
from daemon.app import App, UpdatesStopped
from daemon.exit_codes import ExitCode
from daemon.failures import explain
from daemon.relay import events
from daemon.relay.alarm import UpdatesStalled
from daemon.relay.clock import Clock
from tests.clocks import LeapingClock
from tests.loopback.rpc import HANDLERS, Context, TlObject
from tests.loopback.server import LoopbackTelegram
from tests.scene import Scene

OF_ACCOUNT = functions.updates.GetDifferenceRequest
OF_CHANNEL = functions.updates.GetChannelDifferenceRequest
DIFFERENCES = (OF_ACCOUNT, OF_CHANNEL)
STALL_S = 0.5
SYNC_S = 0.1
STRIDE_S = 15.0
REFUSALS = 3 * int(3 * STALL_S / SYNC_S)
"""For each of three sequences, and three times as long as a stall lasts."""


class Deafness:
    """A server that says that nothing is new, once this has begun."""

    def __init__(self) -> None:
        self.begun = False

    async def of_channel(self, context: Context, request: TlObject) -> TlObject:
        if self.begun:
            return types.updates.ChannelDifferenceEmpty(request.pts, final=True, timeout=30)
        return await HANDLERS[OF_CHANNEL.CONSTRUCTOR_ID](context, request)

    async def of_account(self, context: Context, request: TlObject) -> TlObject:
        if self.begun:
            return types.updates.DifferenceEmpty(request.date, 0)
        return await HANDLERS[OF_ACCOUNT.CONSTRUCTOR_ID](context, request)


@pytest.fixture
def deafness() -> Deafness:
    return Deafness()


@pytest.fixture
async def scene(tmp_path: Path, deafness: Deafness) -> AsyncIterator[Scene]:
    handlers = {
        **HANDLERS,
        OF_CHANNEL.CONSTRUCTOR_ID: deafness.of_channel,
        OF_ACCOUNT.CONSTRUCTOR_ID: deafness.of_account,
    }
    async with LoopbackTelegram(directory=tmp_path, handlers=handlers) as telegram:
        yield Scene(telegram, tmp_path)


@asynccontextmanager
async def ending(
    scene: Scene, error: type[Exception], clock: Clock | None = None, **limits: Any
) -> AsyncIterator[App]:
    """A relay that ends by itself, with this error, after what happens within."""
    app = App(scene.config(**limits), clock)
    running = asyncio.create_task(app.run())
    try:
        async with asyncio.timeout(20):
            await app.ready.wait()
            yield app
            with pytest.raises(error) as raised:
                await asyncio.shield(running)
            failure = explain(raised.value)
            assert failure is not None
            assert failure.code is ExitCode.STALLED
    finally:
        app.stop()
        await asyncio.wait({running})


async def test_what_telegram_knows_and_never_tells_ends_the_relay(
    scene: Scene, deafness: Deafness
) -> None:
    async with ending(scene, UpdatesStalled, stall_s=STALL_S, sync_interval_s=SYNC_S):
        await scene.enrol(scene.acme)
        deafness.begun = True
        scene.telegram.drop_pushes(1000)
        scene.acme.say(scene.alice, "/ask Does anybody hear me?")
    assert "Does anybody" not in str([m.text for m in scene.bot_messages(scene.staff)])
    deafness.begun = False
    async with scene.relay():  # which the service manager does
        await scene.staff_sees("Does anybody hear me?")


async def test_so_does_the_account(scene: Scene, deafness: Deafness) -> None:
    basic = scene.world.add_basic_group("Small", members=[scene.alice, scene.admin, scene.bot])
    async with ending(scene, UpdatesStalled, stall_s=STALL_S, sync_interval_s=SYNC_S):
        await scene.enrol(basic)
        deafness.begun = True
        scene.telegram.drop_pushes(1000)
        basic.say(scene.alice, "/ask Does anybody hear me?")


async def test_an_answer_that_never_comes_ends_the_relay(scene: Scene) -> None:
    """Telethon waits for a difference for ever, and tells nothing meanwhile."""
    async with ending(scene, UpdatesStalled, stall_s=STALL_S, sync_interval_s=SYNC_S):
        await scene.enrol(scene.acme)
        scene.telegram.faults.lose_answer(DIFFERENCES, times=None)
        await scene.telegram.faults.wait_for("lose_answer")
        scene.acme.say(scene.alice, "/ask Does anybody hear me?")


async def test_a_telegram_that_refuses_to_tell_is_waited_for(scene: Scene) -> None:
    """A new start would be refused as well."""
    async with scene.relay(stall_s=STALL_S, sync_interval_s=SYNC_S):
        await scene.enrol(scene.acme)
        scene.telegram.faults.fail(DIFFERENCES, 420, "FLOOD_WAIT_1", times=None)
        scene.telegram.drop_pushes()
        scene.acme.say(scene.alice, "/ask missed")
        await scene.telegram.faults.wait_for("fail", REFUSALS)
        scene.telegram.faults.clear()
        await scene.staff_sees("missed")


async def test_an_hour_without_a_network_ends_nothing(scene: Scene) -> None:
    async with LeapingClock(STRIDE_S).running() as time, scene.relay(time.clock()):
        await scene.enrol(scene.acme)
        await scene.telegram.refuse_connections()
        scene.telegram.cut_lines()
        await scene.telegram.wait_for_connections(0)
        scene.acme.say(scene.alice, "/ask Still there?")
        await time.passed(60 * 60)
        await scene.telegram.accept_connections()
        await scene.staff_sees("Still there?")


async def test_a_quiet_hour_ends_nothing(scene: Scene) -> None:
    async with (
        LeapingClock(STRIDE_S).running() as time,
        scene.relay(time.clock(), sync_interval_s=3600),
    ):
        await scene.enrol(scene.acme)
        await time.passed(60 * 60)
        scene.acme.say(scene.alice, "/ask Still there?")
        await scene.staff_sees("Still there?")


async def test_a_task_of_telethon_that_dies_ends_the_relay(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telethon itself tells nobody of it: the line would die some time later."""
    over = asyncio.Event()

    async def keep_alive(_client: TelegramClient) -> None:
        await over.wait()
        raise RuntimeError("out of order")

    monkeypatch.setattr(TelegramClient, "_keepalive_loop", keep_alive)
    with capture_logs() as lines:
        async with ending(scene, UpdatesStopped):
            over.set()
    (line,) = [line for line in lines if line["event"] == events.UPDATES_STOPPED]
    assert isinstance(line["exc_info"], RuntimeError)
