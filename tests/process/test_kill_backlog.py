"""kill -9 around the moment at which messages that wait become one."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from telethon.tl import functions

from tests.process.daemon_process import Daemons
from tests.process.life import Mortal, nothing_waits, revive
from tests.scene import Scene, eventually

pytestmark = pytest.mark.forked

SEND = functions.messages.SendMessageRequest

INSTANTS = {
    "while it is made and claimed": "settle:commit",
    "sent, not answered": "never",
}
TEXTS = [f"{colour} {number}" for number in range(3) for colour in ("blue", "red")]


@pytest.mark.parametrize("instant", INSTANTS)
async def test_what_waits_arrives_exactly_once_in_few_messages(
    scene: Scene, daemons: Daemons, instant: str
) -> None:
    scene.limits = {"merge_from_messages": 1}
    async with scene.relay():
        await scene.enrol(scene.acme)
        answers = {}
        for colour in ("blue", "red"):
            scene.acme.say(scene.alice, f"/ask The {colour} one?")
            wrapper = await scene.staff_sees(f"The {colour} one?")
            scene.staff.say(scene.bob, f"It is {colour}", reply_to=wrapper)
            answers[colour] = await scene.bot_says(scene.acme, f"It is {colour}")
        await nothing_waits(scene)
    before = len(scene.bot_messages(scene.staff))

    mortal = await Mortal.born(scene, daemons, INSTANTS[instant])
    hold = scene.telegram.faults.hold_answer(SEND)
    for text in TEXTS:
        scene.acme.say(scene.alice, text, reply_to=answers[text.split()[0]])
        await hold.reached()  # the first is on its way alone
    await eventually(lambda: waiting(scene) == len(TEXTS))
    if instant == "sent, not answered":
        scene.telegram.faults.after(SEND, mortal.kill)
    else:
        mortal.arm()
    hold.release()
    await mortal.death()

    await revive(scene, daemons)
    await scene.staff_sees(TEXTS[-1])
    await nothing_waits(scene)
    said = [m.text for m in scene.bot_messages(scene.staff)[before:]]
    lines = [line for text in said for line in text.splitlines() if line in TEXTS]
    assert sorted(lines) == sorted(TEXTS)
    assert len(said) < len(TEXTS)
    for colour in ("blue", "red"):
        assert [line for line in lines if colour in line] == [t for t in TEXTS if colour in t]


def waiting(scene: Scene) -> int:
    """Messages in the outbox, the one on its way among them."""
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        (count,) = database.execute("SELECT count(*) FROM outbox").fetchone()
    return int(count)
