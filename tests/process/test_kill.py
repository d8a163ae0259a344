"""kill -9 at every instant between an update and the note that it is dealt with.

After a restart the world, not the daemon's own tables, must hold every message exactly once; the
messages have equal texts, so that none can stand in for another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import pytest
from telethon.tl import functions

from tests.loopback.world import Group, StoredMessage
from tests.process.daemon_process import Daemons
from tests.process.life import Mortal, nothing_waits, revive
from tests.scene import Scene

pytestmark = pytest.mark.forked

INSTANTS = {
    "update arrived, not committed": "inbox:begin",
    "while it is stored, routed and claimed": "inbox:commit",
    "claimed, not sent": "inbox:done",
    "answered, not settled": "settle:begin",
    "during settle": "settle:commit",
    "settled": "settle:done",
}
SENT_NOT_ANSWERED = "sent, not answered"

Repeat = Literal["original", "duplicate_error"]
REPEATS: list[Repeat] = ["original", "duplicate_error"]
"""What Telegram answers to a random_id that it knows: both have been seen."""

_TAKEN = {SENT_NOT_ANSWERED, "answered, not settled", "during settle"}
"""Where Telegram has the message and the relay does not know: the only instants with a repeat."""


def deaths(instants: Iterable[str]) -> list[tuple[str, Repeat]]:
    """Each instant, with both answers to a repeat where there is one."""
    return [(i, repeat) for i in instants for repeat in (REPEATS if i in _TAKEN else REPEATS[:1])]


MESSAGES = 3


@pytest.mark.parametrize("instant,repeat", deaths([*INSTANTS, SENT_NOT_ANSWERED]))
async def test_questions_arrive_exactly_once(
    scene: Scene, daemons: Daemons, instant: str, repeat: Repeat
) -> None:
    scene.world.repeat_answer = repeat
    mortal = await Mortal.born(scene, daemons, INSTANTS.get(instant, "never"))
    await scene.enrol(scene.acme)

    doom(scene, mortal, instant)
    questions = [scene.acme.say(scene.alice, "/ask Where is it?") for _ in range(MESSAGES)]
    await mortal.death()

    await revive(scene, daemons)
    wrappers = await settled(scene, scene.staff, "🎫")
    assert [w.text.splitlines()[-1] for w in wrappers] == ["Where is it?"] * MESSAGES
    # Each wrapper stands for its own question, in their order.
    for wrapper, question in zip(wrappers, questions, strict=True):
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        await reply_to(scene.acme, question)


@pytest.mark.parametrize("instant", ["claim:commit", "claim:done"])
async def test_questions_that_wait_for_their_turn_arrive_exactly_once(
    scene: Scene, daemons: Daemons, instant: str
) -> None:
    """Not all that is routed may go at once; each of the others is claimed by itself."""
    scene.limits["per_chat_per_second"] = 1
    mortal = await Mortal.born(scene, daemons, instant)
    await scene.enrol(scene.acme)

    mortal.arm()
    for _ in range(MESSAGES):
        scene.acme.say(scene.alice, "/ask Where is it?")
    await mortal.death()

    await revive(scene, daemons)
    wrappers = await settled(scene, scene.staff, "🎫")
    assert [w.text.splitlines()[-1] for w in wrappers] == ["Where is it?"] * MESSAGES


@pytest.mark.parametrize("instant,repeat", deaths([*INSTANTS, SENT_NOT_ANSWERED]))
async def test_answers_arrive_exactly_once(
    scene: Scene, daemons: Daemons, instant: str, repeat: Repeat
) -> None:
    scene.world.repeat_answer = repeat
    mortal = await Mortal.born(scene, daemons, INSTANTS.get(instant, "never"))
    await scene.enrol(scene.acme)
    question = scene.acme.say(scene.nick, "/ask Where is it?")
    wrapper = await scene.staff_sees("🎫")
    await nothing_waits(scene)

    doom(scene, mortal, instant)
    replies = [scene.staff.say(scene.bob, "Patience", reply_to=wrapper) for _ in range(MESSAGES)]
    await mortal.death()

    await revive(scene, daemons)
    answers = await settled(scene, scene.acme, "Patience")
    assert [answer.reply_to for answer in answers] == [question] * MESSAGES
    confirmed = await settled(scene, scene.staff, "✅ Reply sent")
    assert [confirmation.reply_to for confirmation in confirmed] == replies


def doom(scene: Scene, mortal: Mortal, instant: str) -> None:
    """From now on the relay dies when it comes to the instant."""
    if instant == SENT_NOT_ANSWERED:
        scene.telegram.faults.after(functions.messages.SendMessageRequest, mortal.kill)
    else:
        mortal.arm()


async def settled(scene: Scene, group: Group, text: str) -> list[StoredMessage]:
    """The bot's messages with the text, once all are there and nothing waits any more."""

    def found() -> list[StoredMessage]:
        return [m for m in scene.bot_messages(group) if text in m.text]

    await group.wait_for(lambda _: len(found()) >= MESSAGES)
    await nothing_waits(scene)
    return found()


async def reply_to(group: Group, message: StoredMessage) -> StoredMessage:
    return await group.wait_for(lambda m: m.reply_to is message)
