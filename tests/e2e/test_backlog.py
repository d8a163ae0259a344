"""More comes in than Telegram lets the relay write: what the staff see of that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from telethon.tl import functions, types

from daemon.relay import events
from daemon.relay.clock import Clock
from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import StoredMessage, World
from tests.scene import Scene, a_scene, eventually

FASTER = 20
QUESTIONS = 12


def fast_time() -> float:
    return time.monotonic() * FASTER


def fast_clock() -> Clock:
    """A second of the relay takes a twentieth of one; Telegram's own clock goes with it."""
    began_ms, began = time.time_ns() // 1_000_000, fast_time()
    return Clock(
        now_ms=lambda: began_ms + int((fast_time() - began) * 1000),
        monotonic=fast_time,
        sleep=lambda seconds: asyncio.sleep(seconds / FASTER),
    )


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with a_scene(tmp_path, World(clock=fast_time)) as made:
        yield made


async def test_a_backlog_is_told_once_before_all_that_waits_and_again_when_it_is_over(
    scene: Scene,
) -> None:
    clock = fast_clock()
    async with scene.relay(clock):
        await scene.enrol(scene.acme)
    for number in range(QUESTIONS):
        scene.acme.say(scene.alice, f"/ask question {number}.")
    with capture_logs() as lines:
        async with scene.relay(clock, per_chat_per_second=1, backlog_notice_s=3):
            await scene.staff_sees("question 5.")
        async with scene.relay(clock, per_chat_per_second=1, backlog_notice_s=3):
            await scene.staff_sees("✅ Nothing waits any longer")
    said = [m.text for m in scene.bot_messages(scene.staff)]
    begun, *again = [text for text in said if text.startswith("⏳")]
    assert not again
    assert "messages wait to be sent, the oldest for 1 min" in begun
    assert said.index(begun) < QUESTIONS - 2  # before others that waited already
    assert sum(text.startswith("✅ Nothing waits") for text in said) == 1
    asked = [text.splitlines()[-1] for text in said if "🎫" in text]
    assert asked == [f"question {number}." for number in range(QUESTIONS)]
    told = [line for line in lines if line["event"] in (events.BACKLOG_BEGUN, events.BACKLOG_OVER)]
    assert [line["event"] for line in told] == [events.BACKLOG_BEGUN, events.BACKLOG_OVER]
    assert told[0]["messages"] > 2
    assert told[0]["left_s"] >= told[0]["messages"] - 1


SEND = functions.messages.SendMessageRequest
REACT = functions.messages.SendReactionRequest


async def an_answered_ticket(scene: Scene, question: str) -> StoredMessage:
    """The answer, to go on from."""
    scene.acme.say(scene.alice, f"/ask {question}")
    wrapper = await scene.staff_sees(question)
    scene.staff.say(scene.bob, f"About {question}", reply_to=wrapper)
    return await scene.bot_says(scene.acme, f"About {question}")


async def test_in_a_backlog_what_a_ticket_goes_on_with_is_one_message_and_takes_replies(
    scene: Scene,
) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        one, other = [await an_answered_ticket(scene, q) for q in ("the blue one?", "the red?")]
        await scene.staff_sees("✅", after=await scene.staff_sees("✅"))
    before = len(scene.bot_messages(scene.staff))
    bold = types.MessageEntityBold(0, 4)
    said = [
        scene.acme.say(scene.alice, f"😀😀 blue {number}", reply_to=one, entities=[bold])
        if number % 2
        else scene.acme.say(scene.nick, f"blue {number}", reply_to=one)
        for number in range(5)
    ]
    scene.acme.say(scene.alice, "red 0", reply_to=other)
    scene.acme.say(scene.alice, "blue 5", reply_to=one, media=scene.world.media.photo())
    scene.acme.say(scene.alice, "red 1", reply_to=other)
    async with scene.relay(merge_from_messages=2):
        blue, red = [await scene.staff_sees(text) for text in ("blue 0", "red 0")]
        await scene.staff_sees("blue 5")
        assert blue.text.count("💬 Continued message") == 5
        lines = [line for line in blue.text.splitlines() if "blue" in line]
        assert lines == [m.text for m in said]
        words = blue.text.encode("utf-16-le")
        formatted = [e for e in blue.entities if isinstance(e, types.MessageEntityBold)]
        stretches = [words[e.offset * 2 : (e.offset + e.length) * 2] for e in formatted]
        assert [s.decode("utf-16-le") for s in stretches] == ["😀😀"] * 2
        assert red.text.splitlines()[-1] == "red 1"

        # It is answered like any other, under what was said last, and the talk goes on from there.
        scene.staff.say(scene.carol, "All right", reply_to=blue)
        answer = await scene.bot_says(scene.acme, "All right")
        assert answer.reply_to is said[-1]
        scene.acme.say(scene.alice, "Thank you", reply_to=answer)
        await scene.staff_sees("Thank you")
    every = "".join(m.text for m in scene.bot_messages(scene.staff)[before:])
    for text in (*(f"blue {n}" for n in range(6)), "red 0", "red 1", "Thank you"):
        assert every.count(text) == 1, text


async def test_in_a_backlog_a_ticket_has_its_media_with_it(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
    media = scene.world.media
    scene.acme.say(scene.alice, "/ask one photo", media=media.photo())
    scene.acme.album(scene.alice, [media.photo(), media.photo()], caption="/ask an album")
    scene.acme.say(scene.alice, f"/ask too long {'x' * 1000}", media=media.photo())
    async with scene.relay(merge_from_messages=1):
        long = await scene.staff_sees("too long")
        await scene.staff.wait_for(lambda m: m.reply_to is long and m.media is not None)
        photo, album = [await scene.staff_sees(text) for text in ("one photo", "an album")]
        assert "🎫" in photo.text
        assert photo.media is not None
        parts = [m for m in scene.staff.messages if m.grouped_id == album.grouped_id is not None]
        assert len(parts) == 2
        assert long.media is None
        for answered in (photo, parts[1]):
            scene.staff.say(scene.bob, "Seen", reply_to=answered)
            await scene.bot_says(scene.acme, "Seen", after=scene.acme.messages[-1])


async def test_in_a_backlog_a_reaction_confirms_an_answer_at_once(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask the first")
        wrapper = await scene.staff_sees("the first")
    for number in range(8):
        scene.acme.say(scene.alice, f"/ask question {number}.")
    limits = {"per_chat_per_second": 1, "merge_from_messages": 2}
    async with scene.relay(fast_clock(), **limits):
        await scene.staff_sees("question 0.")
        own = scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        await eventually(lambda: bool(own.reactions))
        assert own.reactions == {scene.bot.id: ("👍",)}
        assert not [m for m in scene.bot_messages(scene.staff) if "question 7." in m.text]

        # Where it is refused there is nothing, and nobody waits for it.
        scene.telegram.faults.fail(REACT, 400, "REACTION_INVALID")
        again = scene.staff.say(scene.bob, "And here", reply_to=wrapper)
        await scene.telegram.faults.wait_for("fail")
        await scene.staff_sees("question 7.")
        assert not again.reactions
        scene.staff.say(scene.bob, "Good bye", reply_to=wrapper)
        await scene.staff_sees("✅ Reply sent")
    assert len([m for m in scene.bot_messages(scene.staff) if "✅" in m.text]) == 1


async def test_what_telegram_refuses_in_a_merged_message_costs_only_itself(scene: Scene) -> None:
    def poisoned(request: TlObject, _caller: Caller) -> bool:
        return isinstance(request, SEND) and "poison" in request.message

    scene.telegram.faults.fail(poisoned, 400, "MESSAGE_POISONED", times=None)
    async with scene.relay():
        await scene.enrol(scene.acme)
        answer = await an_answered_ticket(scene, "the blue one?")
        wrapper = await scene.staff_sees("✅")
    before = len(scene.bot_messages(scene.staff))
    texts = ("blue 0", "poison", "blue 1", "blue 2")
    said = {text: scene.acme.say(scene.alice, text, reply_to=answer) for text in texts}
    async with scene.relay(merge_from_messages=2):
        told = await scene.staff_sees("could not be shown here", after=wrapper)
        await scene.staff_sees("blue 2", after=wrapper)
        scene.staff.say(scene.bob, "What was that?", reply_to=told)
        await scene.bot_says(scene.acme, "What was that?")
    assert f"/{said['poison'].id}" in told.text
    new = scene.bot_messages(scene.staff)[before:]
    shown = [m.text.splitlines()[-1] for m in new if "💬" in m.text]
    assert shown == ["blue 0", "blue 1", "blue 2"]
    assert len([m for m in new if "❌" in m.text]) == 1
