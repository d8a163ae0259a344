"""Groups that the bot is put into while the relay is away."""

from __future__ import annotations

import time

import pytest

from tests.loopback.world import Group, StoredMessage
from tests.scene import Scene


def a_group_without_the_bot(scene: Scene, talk: int) -> Group:
    """Of yesterday: an admin enrolled it with another bot, and people talked since."""
    scene.world.clock = lambda: time.time() - 86_400
    group = scene.world.add_supergroup("New", members=[scene.alice, scene.admin])
    group.say(scene.admin, "/addgroup")
    for number in range(talk):
        group.say(scene.alice, f"/ask old {number}")
    scene.world.clock = time.time
    return group


def tickets(scene: Scene) -> list[StoredMessage]:
    return [m for m in scene.bot_messages(scene.staff) if "🎫" in m.text]


@pytest.fixture(params=[0, 400], ids=["a young group", "an old group"])
def group(request: pytest.FixtureRequest, scene: Scene) -> Group:
    return a_group_without_the_bot(scene, request.param)


@pytest.fixture(params=["by whom it was added", "that a channel changed"])
def told(request: pytest.FixtureRequest, scene: Scene) -> None:
    """What Telegram says of it afterwards; which of the two it does is not established."""
    scene.world.participant_updates = request.param.startswith("by")
    scene.world.account_difference_tells_channels = not scene.world.participant_updates


@pytest.mark.usefixtures("told")
async def test_an_admin_enrols_it_before_the_relay_is_back(scene: Scene, group: Group) -> None:
    async with scene.relay():
        pass
    group.add(scene.bot, by=scene.admin)
    group.say(scene.alice, "/ask too early")
    group.say(scene.admin, "/addgroup")
    question = group.say(scene.alice, "/ask in time")
    async with scene.relay():
        wrapper = await scene.staff_sees("in time")
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        assert (await scene.bot_says(group, "Here")).reply_to is question
    group.say(scene.alice, "/ask later")
    async with scene.relay():
        await scene.staff_sees("later")
    assert len(tickets(scene)) == 2


async def test_an_enrolment_from_before_the_bot_came_does_not_count(
    scene: Scene, group: Group
) -> None:
    async with scene.relay():
        pass
    group.add(scene.bot, by=scene.admin)
    group.say(scene.alice, "/ask nobody")
    async with scene.relay():
        group.say(scene.admin, "/addgroup")
        group.say(scene.alice, "/ask somebody")
        await scene.staff_sees("somebody")
    assert len(tickets(scene)) == 1


async def test_an_enrolment_is_heard_in_the_next_run_too(scene: Scene, group: Group) -> None:
    """The relay met the group, and was away again when the admin spoke."""
    async with scene.relay():
        pass
    group.add(scene.bot, by=scene.admin)
    async with scene.relay():
        probe = scene.staff.say(scene.admin, "/listgroups")
        await scene.answer_to(probe)
    group.say(scene.admin, "/addgroup")
    group.say(scene.alice, "/ask in time")
    async with scene.relay():
        await scene.staff_sees("in time")
