"""What was missed and Telegram would not tell at once is asked for again."""

from __future__ import annotations

import pytest
from telethon.tl import functions

from tests.scene import Scene

OF_CHANNEL = functions.updates.GetChannelDifferenceRequest
OF_ACCOUNT = functions.updates.GetDifferenceRequest

REFUSALS = [(420, "FLOOD_WAIT_1"), (500, "INTERNAL"), (400, "PERSISTENT_TIMESTAMP_OUTDATED")]


@pytest.mark.parametrize("code, name", REFUSALS)
async def test_a_start_waits_for_a_channel_that_was_refused(
    scene: Scene, code: int, name: str
) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
    missed = scene.acme.say(scene.alice, "/ask missed")
    scene.telegram.faults.fail(OF_CHANNEL, code, name, times=4)
    async with scene.relay():
        # What comes now is behind it, though nothing but the difference tells of the other.
        scene.acme.say(scene.alice, "/ask newer")
        await scene.staff_sees("newer")
    assert scene.telegram.faults.counts["fail"] == 4
    questions = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)]
    assert questions == [missed.text.removeprefix("/ask "), "newer"]


@pytest.mark.parametrize("code, name", REFUSALS[:2])
async def test_a_start_waits_for_an_account_that_was_refused(
    scene: Scene, code: int, name: str
) -> None:
    basic = scene.world.add_basic_group("Small", members=[scene.alice, scene.admin, scene.bot])
    async with scene.relay():
        await scene.enrol(basic)
    basic.say(scene.alice, "/ask missed")
    scene.telegram.faults.fail(OF_ACCOUNT, code, name, times=2)
    async with scene.relay():
        await scene.staff_sees("missed")


async def test_a_reconnect_asks_until_it_is_told(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        await scene.telegram.refuse_connections()
        scene.telegram.cut_lines()
        scene.acme.say(scene.alice, "/ask missed")
        scene.telegram.faults.fail(OF_CHANNEL, 500, "INTERNAL", times=3)
        await scene.telegram.accept_connections()
        await scene.staff_sees("missed")
