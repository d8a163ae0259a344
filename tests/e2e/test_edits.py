"""Edits and deletions, while the relay looks on and while it is away."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from daemon.relay import events
from tests.loopback.world import Group, World
from tests.scene import Scene, a_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """In a world where it is always the same second."""
    now = time.time()
    async with a_scene(tmp_path, World(clock=lambda: now)) as made:
        yield made


def a_group(scene: Scene, kind: str) -> Group:
    if kind == "supergroup":
        return scene.acme
    everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
    return scene.world.add_basic_group("Small", members=everybody)


@pytest.mark.parametrize("kind", ["supergroup", "basic group"])
async def test_an_edit_while_the_relay_was_away_is_seen(scene: Scene, kind: str) -> None:
    """It comes in one difference with what was written after it, and that moves the pts past it.
    Telethon would drop it then."""
    scene.world.deletions_reach_bots = True
    group = a_group(scene, kind)
    async with scene.relay():
        await scene.enrol(group)
        known = group.say(scene.alice, "Where is it?")
        gone = group.say(scene.nick, "Never mind")
        group.say(scene.alice, "/ask Anything else?")
        await scene.staff_sees("Anything else?")
    group.edit(known, "/ask Where is it?")
    group.delete(gone)
    group.say(scene.nick, "/ask Does it rain?")
    async with scene.relay():
        first = await scene.staff_sees("Where is it?")
        await scene.staff_sees("Does it rain?")
        scene.staff.say(scene.bob, "Here", reply_to=first)
        assert (await scene.bot_says(group, "Here")).reply_to is known


async def test_what_is_new_and_edited_already_is_one_question(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
    unknown = scene.acme.say(scene.alice, "/ask Where is it")
    scene.acme.edit(unknown, "/ask Where is it?")
    async with scene.relay():
        scene.acme.say(scene.alice, "/ask And the other one?")
        await scene.staff_sees("And the other one?")
    asked = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)]
    assert asked == ["Where is it?", "And the other one?"]


async def test_two_edits_within_a_second_are_both_seen(scene: Scene) -> None:
    """Their date, in whole seconds, does not tell them apart."""
    with capture_logs() as lines:
        async with scene.relay():
            await scene.enrol(scene.acme)
            said = scene.acme.say(scene.alice, "Where is it?")
            scene.acme.edit(said, "/ask Where is it?")
            await scene.staff_sees("Where is it?")
            scene.acme.edit(said, "/ask Where is it now?")
            scene.acme.say(scene.alice, "/ask Anything else?")
            await scene.staff_sees("Anything else?")
    seen = [x for x in lines if x["event"] == events.UPDATE_ROUTED and x["message"] == said.id]
    assert [line["kind"] for line in seen] == ["edit", "edit"]
