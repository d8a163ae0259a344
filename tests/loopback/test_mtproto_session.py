"""Sessions: which messages are taken, what is said again, and what is done only once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from telethon.tl import functions, types
from telethon.tl.core import RpcResult

from tests.loopback.mtproto.arrivals import WINDOW, Arrivals, Parity, Refusal
from tests.loopback.mtproto.authorizations import MAX_DETACHED
from tests.loopback.mtproto.containers import CONTAINER, Message
from tests.loopback.mtproto.salts import LIFETIME, Salts
from tests.loopback.raw_client import raw_client, request_of
from tests.loopback.stub import SendMessage, send, sent, stub_telegram

NOW = 1_700_000_000


# Salts


async def test_a_wrong_salt_is_told_the_right_one() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        message = client.message(send("one"))
        client.write_message(message, salt=client.salt + 1)
        told = await client.expect(types.BadServerSalt)
        assert (told.bad_msg_id, told.bad_msg_seqno, told.error_code) == (*message[:2], 48)
        assert sent(telegram) == []
        client.write_message(message, salt=told.new_server_salt)
        await client.result(message.msg_id)
        assert sent(telegram) == ["one"]


async def test_replaced_salts_are_worth_nothing() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        telegram.replace_salts()
        client.say(send("one"))
        told = await client.expect(types.BadServerSalt)
        client.salt = told.new_server_salt
        await client.result(client.say(send("two")))
        assert sent(telegram) == ["two"]


def test_a_salt_outlives_its_half_hour_once() -> None:
    salts = Salts(b"secret", first=0)
    salt = salts.current(NOW)
    assert salts.valid(salt, NOW + LIFETIME)
    assert not salts.valid(salt, NOW + 2 * LIFETIME)
    assert not salts.valid(salts.current(NOW + LIFETIME), NOW)


async def test_future_salts_are_good_in_their_time() -> None:
    time = [float(NOW)]
    async with (
        stub_telegram(clock=lambda: time[0]) as telegram,
        raw_client(telegram, clock=lambda: time[0]) as client,
    ):
        msg_id = client.say(functions.GetFutureSaltsRequest(3))
        future = await client.expect(types.FutureSalts, req_msg_id=msg_id)
        assert future.now == NOW
        assert [salt.valid_since.timestamp() for salt in future.salts] == [
            NOW // LIFETIME * LIFETIME + n * LIFETIME for n in range(3)
        ]
        client.salt = future.salts[2].salt
        client.say(send("early"))
        await client.expect(types.BadServerSalt)
        time[0] = future.salts[2].valid_since.timestamp()
        await client.result(client.say(send("in time")))
        assert sent(telegram) == ["in time"]


# Ids and sequence numbers


@pytest.mark.parametrize(
    "change,refusal",
    [
        (lambda m: m._replace(msg_id=m.msg_id - (301 << 32)), Refusal.ID_TOO_LOW),
        (lambda m: m._replace(msg_id=m.msg_id + (32 << 32)), Refusal.ID_TOO_HIGH),
        (lambda m: m._replace(msg_id=m.msg_id + 1), Refusal.ID_NOT_DIVISIBLE_BY_4),
        (lambda m: m._replace(seqno=m.seqno - 4), Refusal.SEQNO_TOO_LOW),
        (lambda m: m._replace(seqno=m.seqno - 2), Refusal.SEQNO_TOO_LOW),
        (lambda m: m._replace(seqno=m.seqno + 1), Refusal.SEQNO_NOT_ODD),
        (lambda m: Message(m.msg_id, m.seqno, bytes(types.MsgsAck([]))), Refusal.SEQNO_NOT_EVEN),
        (lambda m: m._replace(body=CONTAINER + b"\1\0\0\0"), Refusal.SEQNO_NOT_EVEN),
    ],
)
async def test_a_misnumbered_message_is_refused_by_its_code(
    change: Callable[[Message], Message], refusal: Refusal
) -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        await client.result(client.say(send("one")))
        wrong = change(client.message(send("two")))
        client.write_message(wrong)
        told = await client.expect(types.BadMsgNotification)
        assert (told.bad_msg_id, told.bad_msg_seqno, told.error_code) == (*wrong[:2], refusal)
        await client.settle()
        assert sent(telegram) == ["one"]


async def test_a_late_message_with_a_later_number_is_refused() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        early, late = client.message(send("one")), client.message(send("two"))
        client.write_message(late)
        client.write_message(early._replace(seqno=late.seqno + 2))
        told = await client.expect(types.BadMsgNotification)
        assert (told.bad_msg_id, told.error_code) == (early.msg_id, Refusal.SEQNO_TOO_HIGH)


async def test_messages_may_come_in_another_order_than_they_were_made() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        early, late = client.message(send("one")), client.message(send("two"))
        client.write_message(late)
        client.write_message(early)
        await client.result(early.msg_id)
        assert sent(telegram) == ["two", "one"]


def test_what_is_older_than_the_memory_is_refused() -> None:
    arrivals = Arrivals(clock=lambda: NOW)
    first = NOW << 32
    for number in range(WINDOW + 2):
        assert arrivals.refusal(first + number * 4, number * 2 + 1, Parity.ODD) is None
        arrivals.add(first + number * 4, number * 2 + 1)
    assert first not in arrivals
    assert arrivals.refusal(first, 1, Parity.ODD) is Refusal.TOO_OLD_TO_TELL
    assert arrivals.state(first) == 1


# Repetition


async def test_a_repeated_request_is_answered_again_but_served_once() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        message = client.message(send("one"))
        client.write_message(message)
        answer = await client.result(message.msg_id)
        client.write_message(message)
        assert await client.result(message.msg_id) == answer
        assert sent(telegram) == ["one"]


async def test_a_request_repeated_while_it_is_served_is_served_once() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        hold = telegram.faults.hold_answer(SendMessage)
        message = client.message(send("one"))
        client.write_message(message)
        await hold.reached()
        client.write_message(message)
        assert [type(obj) for obj in await client.settle()] == [types.MsgsAck]
        hold.release()
        await client.result(message.msg_id)
        assert await client.settle() == []
        assert sent(telegram) == ["one"]


async def test_a_lost_request_can_be_repeated_as_if_it_had_never_come() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        telegram.faults.lose_request(SendMessage)
        message = client.message(send("one"))
        client.write_message(message)
        assert await client.settle() == []
        client.write_message(message)
        await client.result(message.msg_id)
        assert sent(telegram) == ["one"]


async def test_an_acknowledged_answer_is_forgotten() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        message = client.message(send("one"))
        client.write_message(message)
        answer = await client.result(message.msg_id)
        client.say(types.MsgsAck([answer.msg_id]), content=False)
        client.write_message(message)
        (told,) = await client.settle()
        assert isinstance(told, types.MsgsAck)
        assert told.msg_ids == [message.msg_id]
        assert sent(telegram) == ["one"]


async def test_a_new_line_brings_what_was_not_acknowledged() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        kept = await client.result(client.say(send("one")))
        seen = await client.result(client.say(send("two")))
        client.say(types.MsgsAck([seen.msg_id]), content=False)
        await client.settle()
        telegram.cut_lines()
        assert await client.rejection() is None
        await client.open(telegram.host, telegram.port)
        client.say(functions.PingRequest(1))
        assert await client.expect_message(RpcResult, req_msg_id=request_of(kept)) == kept
        repeated = [obj.req_msg_id for obj in await client.settle() if isinstance(obj, RpcResult)]
        assert request_of(seen) not in repeated


async def test_an_answer_finished_without_a_line_waits_for_one() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        hold = telegram.faults.hold_answer(SendMessage)
        msg_id = client.say(send("one"))
        await hold.reached()
        telegram.cut_lines()
        assert await client.rejection() is None
        hold.release()
        await client.open(telegram.host, telegram.port)
        client.say(functions.PingRequest(1))
        await client.result(msg_id)
        assert sent(telegram) == ["one"]


async def test_a_slow_answer_is_preceded_by_an_acknowledgement() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        hold = telegram.faults.hold_answer(SendMessage)
        msg_id = client.say(send("one"))
        assert (await client.expect(types.MsgsAck)).msg_ids == [msg_id]
        hold.release()
        await client.result(msg_id)


async def test_sessions_without_a_line_are_not_kept_for_ever() -> None:
    """Telethon begins a new session with each line."""
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        first = client.session_id
        for _ in range(MAX_DETACHED):
            client.session_id += 1
            await client.settle()
        telegram.cut_lines()
        assert await client.rejection() is None
        await client.open(telegram.host, telegram.port)
        client.say(functions.DestroySessionRequest(first))
        await client.expect(types.DestroySessionNone)
        client.say(functions.DestroySessionRequest(first + 1))
        await client.expect(types.DestroySessionOk)
