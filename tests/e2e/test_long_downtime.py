"""Fifty groups go on talking for hours while the relay is down; what was asked is not lost."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from telethon.tl import functions

from tests.clocks import LeapingClock
from tests.loopback.world import Group, StoredMessage, World
from tests.scene import PACED, Scene, a_scene

GROUPS = 50
BUSY = 5
"""Groups with so many messages that Telegram does not tell them any more: they must be fetched."""
SHARE_OF_BUSY = 0.5
BY_ID = functions.channels.GetMessagesRequest
_PATIENCE_S = 800
"""Real seconds; the time limit of the test itself is shorter."""


@pytest.fixture
async def scene(tmp_path: Path, leaping: LeapingClock) -> AsyncIterator[Scene]:
    async with a_scene(tmp_path, World(seed=7, clock=leaping.time)) as made:
        yield made


@dataclass
class Customers:
    """A group, and what its people write while the relay is down."""

    group: Group
    answer: StoredMessage
    """The relay's, to a question from before."""
    wrapper: StoredMessage
    """Of that question."""
    talk: StoredMessage
    """From before."""
    asked: list[str] = field(default_factory=list)
    continued: list[str] = field(default_factory=list)

    def write(self, scene: Scene, number: int, kind: str) -> None:
        text = f"{self.group.title} writes {number}."
        match kind:
            case "question":
                self.group.say(scene.alice, f"/ask {text}")
                self.asked.append(text)
            case "question with a slip":
                said = self.group.say(scene.alice, f"/ask {text} no")
                self.group.edit(said, f"/ask {text}")
                self.asked.append(text)
            case "reply":
                self.group.say(scene.alice, text, reply_to=self.answer)
                self.continued.append(text)
            case _:
                self.group.say(scene.nick, text)


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param(1_000, marks=pytest.mark.timeout(180)),
        pytest.param(10_000, marks=[pytest.mark.nightly, pytest.mark.timeout(900)]),
    ],
)
async def test_every_question_arrives_once_in_order_and_at_the_pace(
    scene: Scene, leaping: LeapingClock, messages: int
) -> None:
    """One message in ten asks."""
    async with scene.relay():
        everybody = [await acquainted(scene, number) for number in range(GROUPS)]
        before = scene.bot_messages(scene.staff)[-1]
    scene.world.channel_history_kept = int(messages * SHARE_OF_BUSY / BUSY / 2)
    busy, others = everybody[:BUSY], everybody[BUSY:]
    chance = random.Random(messages)
    kinds = ["question"] * 8 + ["question with a slip"] * 2 + ["reply"] * 5 + ["talk"] * 85
    for number in range(messages):
        where = chance.choice(busy if chance.random() < SHARE_OF_BUSY else others)
        where.write(scene, number, chance.choice(kinds))
    for customers in others:
        text = f"{customers.group.title} corrects itself."
        customers.group.edit(customers.talk, f"/ask {text}")
        customers.asked.insert(0, text)  # its place is that of the message

    scene.world.send_limits = "flood_wait"
    async with scene.relay(leaping.clock(), **PACED, sync_interval_s=600):
        expected = sum(len(c.asked) + len(c.continued) for c in everybody)
        await has_said(scene, before, expected)
    assert scene.world.violations == []
    assert scene.telegram.requests.count(BY_ID) >= BUSY
    new = scene.bot_messages(scene.staff)
    new = new[new.index(before) + 1 :]
    for customers in everybody:
        name = f"{customers.group.title} "
        tickets = [m for m in new if "🎫" in m.text and last_line(m).startswith(name)]
        assert [last_line(m) for m in tickets] == customers.asked
        more = [m for m in new if m.reply_to is customers.wrapper]
        assert [last_line(m) for m in more] == customers.continued
    assert Counter(last_line(m) for m in new).most_common(1)[0][1] == 1


async def acquainted(scene: Scene, number: int) -> Customers:
    """A customer group with an answered question and some talk."""
    group = scene.add_customer_group(f"Customer {number}")
    await scene.enrol(group)
    asked = f"{group.title} asks."
    group.say(scene.alice, f"/ask {asked}")
    wrapper = await scene.staff_sees(asked)
    said = scene.staff.say(scene.bob, f"Answer to {group.title}", reply_to=wrapper)
    answer = await scene.bot_says(group, f"Answer to {group.title}")
    await scene.answer_to(said)
    return Customers(group, answer, wrapper, group.say(scene.nick, "Nice weather"))


def last_line(message: StoredMessage) -> str:
    return message.text.splitlines()[-1]


async def has_said(scene: Scene, before: StoredMessage, count: int) -> None:
    """Return once the bot has written so many further messages in the staff group."""
    enough = scene.staff.history.index(before) + 1 + count
    await scene.staff.wait_for(lambda _: len(scene.staff.history) >= enough, _PATIENCE_S)
