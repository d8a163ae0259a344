"""A line to Telegram that loses, delays and breaks: every message still arrives exactly once."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from types import SimpleNamespace
from typing import Literal

import pytest
from telethon import utils
from telethon.network import mtprotostate
from telethon.tl import functions

from daemon.relay.clock import Clock
from tests.loopback.faults import Faults
from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import Group, StoredMessage
from tests.scene import Scene, eventually

SEND = functions.messages.SendMessageRequest
QUESTIONS = 3

FAULTS: dict[str, Callable[[Faults], object]] = {
    "request lost": lambda faults: faults.lose_request(SEND),
    "answer lost": lambda faults: faults.lose_answer(SEND),
    "answer lost, line cut": lambda faults: faults.lose_answer(SEND, cut=True),
    "error 500, not sent": lambda faults: faults.fail(SEND, 500, "INTERNAL"),
    "error 500, sent": lambda faults: faults.fail(SEND, 500, "INTERNAL", after_handler=True),
    "timeout, sent": lambda faults: faults.fail(SEND, -503, "Timeout", after_handler=True),
}


@pytest.mark.parametrize("repeat", ["original", "duplicate_error"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_each_question_arrives_once_and_in_order(
    scene: Scene, fault: str, repeat: Literal["original", "duplicate_error"]
) -> None:
    scene.world.repeat_answer = repeat
    async with scene.relay(send_timeout_s=0.3):
        await scene.enrol(scene.acme)
        FAULTS[fault](scene.telegram.faults)
        questions = [scene.acme.say(scene.alice, "/ask Where is it?") for _ in range(QUESTIONS)]
        await scene.staff.wait_for(lambda _: len(wrappers(scene)) >= QUESTIONS)
        for wrapper, question in zip(wrappers(scene), questions, strict=True):
            scene.staff.say(scene.bob, "Here", reply_to=wrapper)
            await scene.acme.wait_for(functools.partial(replies_to, question))
    assert sum(scene.telegram.faults.counts.values()) == 1
    assert len(wrappers(scene)) == QUESTIONS


@pytest.mark.parametrize("groups", [1, 3])
async def test_a_server_that_is_slower_than_the_limit_is_not_cut_off_for_ever(
    scene: Scene, groups: int
) -> None:
    async with scene.relay(send_timeout_s=0.3):
        customers = [scene.acme]
        customers += [scene.add_customer_group(f"Customer {n}") for n in range(1, groups)]
        for group in customers:
            await scene.enrol(group)
        scene.telegram.faults.delay_answer(SEND, 0.6)
        for group in customers:
            group.say(scene.alice, f"/ask from {group.title}")
        for group in customers:
            wrapper = await scene.staff_sees(f"from {group.title}")
            scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        for group in customers:
            await scene.bot_says(group, "Here")
        await eventually(lambda: rows(scene, "outbox") == 0, within_s=30)
    assert len(wrappers(scene)) == groups


@pytest.mark.parametrize("put_back_s", [40, 200])
async def test_a_clock_that_is_put_back_does_not_make_the_relay_deaf(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, put_back_s: int
) -> None:
    """So little that Telegram does not complain: what it sends seems to be from the future."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        wrong = SimpleNamespace(time=lambda: time.time() - put_back_s)
        monkeypatch.setattr(mtprotostate, "time", wrong)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        monkeypatch.undo()
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        await scene.bot_says(scene.acme, "Here")


def wrappers(scene: Scene) -> list[StoredMessage]:
    return [m for m in scene.bot_messages(scene.staff) if "🎫" in m.text]


def replies_to(question: StoredMessage, message: StoredMessage) -> bool:
    return message.reply_to is question


async def test_what_can_never_be_sent_is_told_and_blocks_nothing(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        question = scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        scene.acme.restrict(scene.bot, send_messages=True, send_plain=True)
        unsent = scene.staff.say(scene.bob, "never", reply_to=wrapper)
        told = await scene.staff_sees("❌ Send failed")
        assert told.reply_to is unsent
        assert "Traceback" not in told.text
        scene.acme.promote(scene.bot)
        scene.staff.say(scene.bob, "now", reply_to=wrapper)
        assert (await scene.bot_says(scene.acme, "now")).reply_to is question
    assert rows(scene, "outbox WHERE state = 'failed'") == 1


async def test_an_answer_to_a_deleted_question_still_arrives(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        question = scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        scene.acme.delete(question)
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "Here")
        assert answer.reply_to is None


async def test_a_row_that_cannot_be_read_blocks_nothing(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask first")
        wrapper = await scene.staff_sees("first")
        scene.telegram.faults.fail(sends_to(scene.acme), 420, "FLOOD_WAIT_60")
        lost = scene.staff.say(scene.bob, "damaged", reply_to=wrapper)
        await eventually(lambda: rows(scene, "waits") == 1)
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database, database:
        database.execute("UPDATE outbox SET text = '{}', media = '{'")
        database.execute("DELETE FROM waits")
    for answer in ("at the next start", "and the one after it"):
        async with scene.relay():
            scene.staff.say(scene.bob, answer, reply_to=wrapper)
            await scene.bot_says(scene.acme, answer)
            assert (await scene.staff_sees("❌ Send failed: outbox")).reply_to is lost
    assert rows(scene, "outbox WHERE state = 'failed'") == 1


def sends_to(group: Group) -> Callable[[TlObject, Caller], bool]:
    def fits(request: TlObject, _caller: Caller) -> bool:
        return isinstance(request, SEND) and utils.get_peer_id(request.peer) == group.marked_id

    return fits


def rows(scene: Scene, table: str) -> int:
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        (count,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(count)


async def test_questions_wait_until_the_relay_may_write_in_the_staff_group(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
    scene.telegram.faults.fail(sends_to(scene.staff), 403, "CHAT_WRITE_FORBIDDEN")
    clock = ClockThatSkipsMinutes()
    async with scene.relay(Clock(now_ms=clock.now_ms, sleep=clock.sleep)):
        scene.acme.say(scene.alice, "/ask Where is it?")
        await clock.skipped.wait()
        scene.acme.say(scene.alice, "/ask And the other one?")
        await scene.staff_sees("And the other one?")
    asked = [m.text.splitlines()[-1] for m in wrappers(scene)]
    assert asked == ["Where is it?", "And the other one?"]


class ClockThatSkipsMinutes:
    """A sleep of nearly a minute or more takes no time, but the clock goes on by it."""

    def __init__(self) -> None:
        self.skipped = asyncio.Event()
        self._ahead_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead_ms

    async def sleep(self, seconds: float) -> None:
        if seconds < 59 or seconds > 60:
            await asyncio.sleep(seconds)
            return
        self._ahead_ms += int(seconds * 1000) + 1
        self.skipped.set()


async def test_a_message_that_telegram_never_takes_is_told_and_blocks_nothing(
    scene: Scene,
) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        poison = functools.partial(says, "poison")
        scene.telegram.faults.fail(poison, 400, "MESSAGE_POISONED", times=None)
        question = scene.acme.say(scene.alice, "/ask poison")
        scene.acme.say(scene.alice, "/ask healthy")
        await scene.staff_sees("healthy")
        told = await scene.staff_sees("could not be shown here")
        assert f"/{question.id}" in told.text
        # The notice belongs to the ticket: the customer can still be answered.
        scene.staff.say(scene.bob, "What do you mean?", reply_to=told)
        answer = await scene.bot_says(scene.acme, "What do you mean?")
        assert answer.reply_to is question


def says(text: str, request: TlObject, _caller: Caller) -> bool:
    return isinstance(request, SEND) and request.message.endswith(text)


async def test_a_blocked_lane_holds_only_whom_it_concerns(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask first")
        first = await scene.staff_sees("first")
        hold = scene.telegram.faults.hold_answer(sends_to(scene.staff))
        scene.acme.say(scene.alice, "/ask second")
        second = await scene.staff_sees("second")
        await hold.reached()
        scene.staff.say(scene.carol, "to the second", reply_to=second)
        scene.staff.say(scene.bob, "to the first", reply_to=first)
        await scene.bot_says(scene.acme, "to the first")
        hold.release()
        await scene.bot_says(scene.acme, "to the second")
