"""A message that the relay cannot read stops nothing, and people are told of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.loopback.world import StoredMessage
from tests.scene import Scene

DEAD = "⚠️ A message could not be handled and is kept as dead letter"


def say_the_unreadable(scene: Scene) -> StoredMessage:
    """A video as long as no number can tell: it is well-formed, and nobody expects it."""
    video = scene.world.media.video(seconds=float("nan"))
    return scene.acme.say(scene.alice, "/ask odd", media=video)


async def test_of_a_live_update(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        odd = say_the_unreadable(scene)
        scene.acme.say(scene.alice, "/ask after")
        await scene.staff_sees("after")
        assert f"/{odd.id}" in (await scene.staff_sees(DEAD)).text
    (kind, payload, error), *others = letters(scene)
    assert not others
    assert kind == "unreadable"
    assert "ValueError: cannot convert float NaN to integer" in error
    assert '"update":"' in payload


async def test_among_missed_messages(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask before")
    say_the_unreadable(scene)
    scene.acme.say(scene.alice, "/ask after")
    async with scene.relay():
        await scene.staff_sees("before")
        await scene.staff_sees(DEAD)
        await scene.staff_sees("after")
    async with scene.relay():
        await scene.staff_sees("after")
    assert len([m for m in scene.bot_messages(scene.staff) if DEAD in m.text]) == 1


async def test_behind_a_difference_too_long(scene: Scene) -> None:
    scene.world.channel_history_kept = 5
    async with scene.relay():
        await scene.enrol(scene.acme)
    say_the_unreadable(scene)
    for number in range(30):
        scene.acme.say(scene.alice, f"/ask question {number}")
    async with scene.relay():
        await scene.staff_sees(DEAD)
        await scene.staff_sees("question 29")


def letters(scene: Scene) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        return database.execute("SELECT kind, payload, error FROM dead_letters").fetchall()
