"""What happens while the relay is away is there when it is back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from telethon.tl import functions

from daemon.relay.clock import Clock
from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import Group
from tests.scene import Scene, eventually


async def test_questions_among_500_missed_messages_become_tickets_in_order(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
    missed = [talk_or_ask(scene, number) for number in range(500)]
    async with scene.relay():
        asked = [text for text in missed if text.startswith("/ask ")]
        await scene.staff_sees(asked[-1].removeprefix("/ask "))
    got = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)]
    assert got == [text.removeprefix("/ask ") for text in asked]


def talk_or_ask(scene: Scene, number: int) -> str:
    text = f"/ask question {number}" if number % 50 == 49 else f"talk {number}"
    scene.acme.say(scene.alice, text)
    return text


@pytest.mark.parametrize("final", [True, False], ids=["final", "final unset"])
async def test_messages_behind_a_difference_too_long_are_fetched(scene: Scene, final: bool) -> None:
    scene.world.channel_history_kept = 20
    scene.world.too_long_final = final
    async with scene.relay():
        await scene.enrol(scene.acme)
    for number in range(500):
        talk_or_ask(scene, number)
    async with scene.relay():
        scene.acme.say(scene.alice, "/ask the newest")  # must wait for what was before it
        await scene.staff_sees("the newest")
        got = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)]
        assert got == [f"question {n}" for n in range(49, 500, 50)] + ["the newest"]


@pytest.mark.parametrize("slice_size", [7, None])
async def test_a_difference_in_slices_loses_nothing(scene: Scene, slice_size: int | None) -> None:
    scene.world.channel_slice = slice_size
    async with scene.relay():
        await scene.enrol(scene.acme)
    for number in range(30):
        scene.acme.say(scene.alice, f"/ask question {number}")
    async with scene.relay():
        await scene.staff_sees("question 29")
    got = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)]
    assert got == [f"question {n}" for n in range(30)]


async def test_both_sides_go_on_after_a_restart(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        question = scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "Here")
        await scene.staff_sees("✅ Reply sent")
    scene.staff.say(scene.bob, "And there", reply_to=wrapper)
    scene.acme.say(scene.alice, "Where?", reply_to=answer)
    async with scene.relay():
        assert (await scene.bot_says(scene.acme, "And there")).reply_to is question
        assert (await scene.staff_sees("Where?")).reply_to is wrapper


async def test_a_new_login_does_not_skip_what_was_missed(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
    (scene.folder / "relay.session").unlink()
    scene.acme.say(scene.alice, "/ask while away")
    async with scene.relay():
        await scene.staff_sees("while away")


async def test_a_reconnect_brings_what_was_missed(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        await scene.telegram.refuse_connections()
        scene.telegram.cut_lines()
        for number in range(10):
            scene.acme.say(scene.alice, f"/ask question {number}")
        await scene.telegram.accept_connections()
        await scene.staff_sees("question 9")
        got = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)]
        assert got == [f"question {n}" for n in range(10)]


async def test_messages_of_a_basic_group_behind_a_difference_too_long_are_fetched(
    scene: Scene,
) -> None:
    scene.world.account_history_kept = 20
    everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
    basic = scene.world.add_basic_group("Small", members=everybody)
    async with scene.relay():
        await scene.enrol(basic)
    for number in range(300):
        basic.say(scene.alice, f"/ask question {number}" if number % 50 == 49 else "talk")
    async with scene.relay():
        basic.say(scene.alice, "/ask the newest")
        await scene.staff_sees("the newest")
        got = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)]
        assert got == [f"question {n}" for n in range(49, 300, 50)] + ["the newest"]


async def test_a_reply_behind_a_difference_too_long_in_a_group_where_only_the_relay_wrote(
    scene: Scene,
) -> None:
    scene.world.channel_history_kept = 20
    async with scene.relay():
        await scene.enrol(scene.acme)
        question = scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("Where is it?")
    scene.staff.say(scene.bob, "Here", reply_to=wrapper)
    for number in range(100):
        scene.staff.say(scene.carol, f"talk {number}")
    async with scene.relay():
        assert (await scene.bot_says(scene.acme, "Here")).reply_to is question


async def test_what_was_missed_is_not_taken_for_read_because_of_an_answer_sent_after_it(
    scene: Scene,
) -> None:
    """What waited is sent as soon as the line is back, before Telegram tells what was missed."""
    scene.world.channel_history_kept = 20
    faults = scene.telegram.faults
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        faults.fail(functions.messages.SendMessageRequest, 420, "FLOOD_WAIT_1")
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        await faults.wait_for("fail")
        await scene.telegram.refuse_connections()
        scene.telegram.cut_lines()
        for number in range(100):
            talk_or_ask(scene, number)
        held = faults.hold_answer(is_about(scene.acme))
        await scene.telegram.accept_connections()
        await held.reached()
        await scene.bot_says(scene.acme, "Here")
        await scene.staff_sees("✅ Reply sent")
        held.release()
        await scene.staff_sees("question 99")
    got = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff) if "🎫" in m.text]
    assert got == ["Where is it?", "question 49", "question 99"]


def is_about(group: Group) -> Callable[[TlObject, Caller], bool]:
    asked = functions.updates.GetChannelDifferenceRequest
    return lambda r, _: isinstance(r, asked) and r.channel.channel_id == group.id


async def test_what_was_dealt_with_a_month_ago_is_forgotten(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
    first = receipts(scene)
    async with scene.relay(days_later(29)):
        scene.acme.say(scene.alice, "/ask Where is it?")
        await scene.staff_sees("🎫")
    assert first < receipts(scene)
    async with scene.relay(days_later(31)):
        await eventually(lambda: not first & receipts(scene))
    assert receipts(scene)  # the question's is two days old


def days_later(days: int) -> Clock:
    now_ms = Clock().now_ms
    return Clock(now_ms=lambda: now_ms() + days * 24 * 60 * 60 * 1000)


def receipts(scene: Scene) -> set[tuple[int, int]]:
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        return set(database.execute("SELECT chat_id, msg_id FROM receipts"))
