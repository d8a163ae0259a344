"""SIGTERM: the service manager is told, nothing is lost, and the end comes in time."""

from __future__ import annotations

import asyncio
import signal

import pytest
from telethon.tl import functions

from tests.process.daemon_process import Daemons
from tests.process.life import nothing_waits
from tests.process.manager import ServiceManager
from tests.scene import Scene, eventually

pytestmark = pytest.mark.forked


async def test_the_service_manager_knows_when_it_runs_and_when_it_stops(
    scene: Scene, daemons: Daemons, manager: ServiceManager
) -> None:
    daemon = await daemons.start("run", scene.config_file(), manager.environ)
    await daemon.event("relay.ready")
    await eventually(lambda: manager.told()[-1:] == ["READY=1"])
    assert "STOPPING=1" not in manager.told()

    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    assert manager.told()[-1] == "STOPPING=1"
    assert manager.told().count("READY=1") == 1
    assert daemon.log[-1]["event"] == "relay.stopped"
    assert "Traceback" not in daemon.output


async def test_a_question_right_before_sigterm_is_not_lost(scene: Scene, daemons: Daemons) -> None:
    config = scene.config_file()
    first = await daemons.start("run", config)
    await first.event("relay.ready")
    await scene.enrol(scene.acme)
    question = scene.acme.say(scene.alice, "/ask Are you closing?")
    first.signal(signal.SIGTERM)
    assert await first.ended() == 0
    while_closed = scene.acme.say(scene.alice, "/ask Anybody there?")

    second = await daemons.start("run", config)
    await second.event("relay.ready")
    wrapper = await scene.staff_sees("Are you closing?")
    await scene.staff_sees("Anybody there?")
    await nothing_waits(scene)
    wrappers = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)]
    assert wrappers == ["Are you closing?", "Anybody there?"]

    scene.staff.say(scene.bob, "Never", reply_to=wrapper)
    assert (await scene.bot_says(scene.acme, "Never")).reply_to is question
    assert while_closed is not question


async def test_a_send_without_an_answer_does_not_hold_up_the_end(
    scene: Scene, daemons: Daemons
) -> None:
    config = scene.config_file(shutdown_s=0.5)
    first = await daemons.start("run", config)
    await first.event("relay.ready")
    await scene.enrol(scene.acme)
    held = scene.telegram.faults.hold_answer(functions.messages.SendMessageRequest)
    scene.acme.say(scene.alice, "/ask Did it arrive?")
    await held.reached()

    loop = asyncio.get_running_loop()
    begun = loop.time()
    first.signal(signal.SIGTERM)
    assert await first.ended() == 0
    assert loop.time() - begun < 5
    await first.event("relay.drain_incomplete")

    held.release()
    second = await daemons.start("run", config)
    await second.event("relay.ready")
    await nothing_waits(scene)
    assert [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)] == ["Did it arrive?"]
