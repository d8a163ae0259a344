"""The faults a test can order, seen by the real client."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from telethon import TelegramClient, errors, events
from telethon.tl import functions, types

from tests.loopback.faults import ALWAYS
from tests.loopback.rpc import Caller, TlObject
from tests.loopback.server import LoopbackTelegram
from tests.loopback.stub import BOT_ID, LAUNCH, SendMessage, connected, send, sent, stub_telegram


@asynccontextmanager
async def sending(client: TelegramClient, text: str) -> AsyncIterator[asyncio.Task[Any]]:
    """A send that is under way; given up at the end if it was not answered."""
    task = asyncio.create_task(client(send(text)))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_lost_request_is_never_served() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.faults.lose_request(SendMessage)
        async with sending(client, "lost") as lost:
            await telegram.faults.wait_for("lose_request")
            await client(send("next"))
            assert not lost.done()
        assert sent(telegram) == ["next"]
        assert telegram.faults.counts == Counter(lose_request=1)


async def test_a_lost_request_comes_again_on_the_next_line() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.faults.lose_request(SendMessage)
        async with sending(client, "lost") as lost:
            await telegram.faults.wait_for("lose_request")
            assert telegram.cut_lines(BOT_ID) == 1
            await lost
        assert sent(telegram) == ["lost"]


async def test_a_lost_answer_leaves_the_request_served() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.faults.lose_answer(SendMessage)
        async with sending(client, "one") as unanswered:
            await telegram.faults.wait_for("lose_answer")
            await client(send("two"))
            assert not unanswered.done()
        assert sent(telegram) == ["one", "two"]


async def test_a_lost_answer_and_a_cut_line_make_the_client_send_again() -> None:
    """With the same random_id, so that Telegram would know it."""
    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.faults.lose_answer(SendMessage, cut=True)
        await client(send("one"))
        assert sent(telegram) == ["one", "one"]
        first, second = telegram.requests.of(SendMessage)
        assert first.random_id == second.random_id
        assert telegram.faults.counts == Counter(lose_answer=1)


async def test_a_held_answer_waits_for_the_test() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        hold = telegram.faults.hold_answer(SendMessage, times=2)
        async with sending(client, "one") as one, sending(client, "two") as two:
            await hold.reached(2)
            assert sent(telegram) == ["one", "two"]
            await client(send("three"))
            assert {one.done(), two.done()} == {False}
            hold.release()
            await asyncio.gather(one, two)


async def test_a_released_hold_holds_nothing_more() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.faults.hold_answer(SendMessage, times=ALWAYS).release()
        await client(send("one"))
        await client(send("two"))
        assert telegram.faults.counts == Counter(hold_answer=2)


async def test_a_callback_runs_before_the_handler() -> None:
    seen: list[tuple[str, int | None, list[str]]] = []

    async with stub_telegram() as telegram, connected(telegram) as client:

        async def note(request: TlObject, caller: Caller) -> None:
            seen.append((request.message, caller.user_id, list(sent(telegram))))

        telegram.faults.before(SendMessage, note)
        await client(send("one"))
        await client(send("two"))
    assert seen == [("one", BOT_ID, [])]


async def test_a_callback_after_the_handler_precedes_the_answer() -> None:
    """Such as one that kills the client's process between the two."""
    async with stub_telegram() as telegram, connected(telegram) as client:

        async def kill(request: TlObject, caller: Caller) -> None:
            assert sent(telegram) == ["one"]
            await client.disconnect()

        telegram.faults.after(SendMessage, kill)
        with pytest.raises(asyncio.CancelledError):
            await client(send("one"))
        await telegram.faults.wait_for("after")
        assert sent(telegram) == ["one"]


async def test_a_callback_that_fails_is_a_problem() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:

        async def fail(request: TlObject, caller: Caller) -> None:
            raise ZeroDivisionError("the test is at fault")

        telegram.faults.before(SendMessage, fail)
        with pytest.raises(errors.BadRequestError):
            await client(send("one"))
        (problem,) = telegram.problems
        assert "the test is at fault" in problem
        telegram.problems.clear()


async def test_an_error_in_place_of_the_handler() -> None:
    async with (
        stub_telegram() as telegram,
        connected(telegram, flood_sleep_threshold=0) as client,
    ):
        telegram.faults.fail(SendMessage, 420, "FLOOD_WAIT_7")
        with pytest.raises(errors.FloodWaitError) as caught:
            await client(send("one"))
        assert caught.value.seconds == 7
        assert sent(telegram) == []


async def test_an_error_after_the_handler() -> None:
    async with (
        stub_telegram() as telegram,
        connected(telegram) as client,
    ):
        telegram.faults.fail(SendMessage, 403, "CHAT_WRITE_FORBIDDEN", after_handler=True)
        with pytest.raises(errors.ChatWriteForbiddenError):
            await client(send("one"))
        assert sent(telegram) == ["one"]


async def test_a_slow_answer() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.faults.delay_answer(SendMessage, 0.05)
        started = asyncio.get_running_loop().time()
        await client(send("one"))
        assert asyncio.get_running_loop().time() - started >= 0.05


async def test_rules_strike_in_their_order_as_often_as_they_say() -> None:
    async with (
        stub_telegram() as telegram,
        connected(telegram, flood_sleep_threshold=0) as client,
    ):
        telegram.faults.fail(SendMessage, 400, "MESSAGE_EMPTY", times=2)
        telegram.faults.fail(SendMessage, 400, "PEER_ID_INVALID", times=ALWAYS)
        raised: list[type] = []
        for _ in range(4):
            try:
                await client(send("one"))
            except errors.RPCError as e:
                raised.append(type(e))
        assert raised == [errors.MessageEmptyError] * 2 + [errors.PeerIdInvalidError] * 2
        telegram.faults.clear()
        await client(send("two"))
        assert sent(telegram) == ["two"]
        assert telegram.faults.counts == Counter(fail=4)


async def test_a_rule_can_ask_what_is_in_the_request_and_who_sends_it() -> None:
    def second(request: TlObject, caller: Caller) -> bool:
        return (
            isinstance(request, SendMessage)
            and request.message == "two"
            and caller.user_id == BOT_ID
        )

    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.faults.fail(second, 400, "MESSAGE_EMPTY")
        await client(send("one"))
        with pytest.raises(errors.MessageEmptyError):
            await client(send("two"))
        assert sent(telegram) == ["one"]


async def test_a_rule_can_be_about_several_classes() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        kinds = SendMessage, functions.updates.GetStateRequest
        telegram.faults.fail(kinds, 400, "MESSAGE_EMPTY", times=2)
        for request in (send("one"), functions.updates.GetStateRequest()):
            with pytest.raises(errors.MessageEmptyError):
                await client(request)


# Pushed updates


def numbered(number: int) -> TlObject:
    """Updates that move no sequence and can be told apart."""
    update = types.UpdateUserTyping(number, types.SendMessageTypingAction())
    return types.UpdateShort(update, LAUNCH)


async def received(telegram: LoopbackTelegram, client: TelegramClient, count: int) -> list[int]:
    """What the client has seen of five pushes once it has seen the last of all."""
    seen: list[int] = []
    last = asyncio.Event()

    async def note(update: TlObject) -> None:
        if isinstance(update, types.UpdateUserTyping):
            seen.append(update.user_id)
            if update.user_id == count:
                last.set()

    client.add_event_handler(note, events.Raw)
    for number in range(count + 1):
        telegram.push(BOT_ID, numbered(number))
    async with asyncio.timeout(5):
        await last.wait()
    return seen


async def test_pushes_arrive_in_order() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        assert await received(telegram, client, 5) == [0, 1, 2, 3, 4, 5]
        assert telegram.faults.counts == Counter()


async def test_dropped_pushes() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.drop_pushes(2)
        assert await received(telegram, client, 4) == [2, 3, 4]
        assert telegram.faults.counts == Counter(drop_pushes=2)


async def test_duplicated_pushes() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.duplicate_pushes(2)
        assert await received(telegram, client, 3) == [0, 0, 1, 1, 2, 3]
        assert telegram.faults.counts == Counter(duplicate_pushes=2)


async def test_reordered_pushes() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.reorder_pushes(3)
        assert await received(telegram, client, 4) == [2, 1, 0, 3, 4]
        assert telegram.faults.counts == Counter(reorder_pushes=3)


async def test_garbled_pushes() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.garble_pushes(1)
        telegram.push(BOT_ID, numbered(9))
        await client(functions.updates.GetStateRequest())  # what is pushed with it is lost as well
        assert await received(telegram, client, 4) == [0, 1, 2, 3, 4]
        assert telegram.faults.counts == Counter(garble_pushes=1)


async def test_orders_that_are_taken_back() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        telegram.drop_pushes(1)
        telegram.duplicate_pushes(1)
        telegram.garble_pushes(1)
        telegram.reorder_pushes(3)
        telegram.pushes.clear()
        assert await received(telegram, client, 4) == [0, 1, 2, 3, 4]
        assert telegram.faults.counts == Counter()


async def test_pushes_to_nobody_spend_no_fault() -> None:
    async with stub_telegram() as telegram:
        telegram.drop_pushes(1)
        telegram.push(BOT_ID, numbered(9))
        async with connected(telegram) as client:
            assert await received(telegram, client, 2) == [1, 2]
