"""Sessions: what is taken, what is refused, what is said again, and what is only done once."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.tl import functions, types
from telethon.tl.core import GzipPacked, MessageContainer, RpcResult
from telethon.tl.tlobject import TLObject

from tests.loopback.mtproto.arrivals import WINDOW, Arrivals, Parity, Refusal
from tests.loopback.mtproto.authorizations import MAX_DETACHED
from tests.loopback.mtproto.containers import CONTAINER, Message
from tests.loopback.mtproto.decoding import read_whole
from tests.loopback.mtproto.outbox import MAX_UNACKED, Outbox
from tests.loopback.mtproto.salts import LIFETIME, Salts
from tests.loopback.mtproto.service import SERVICE_MESSAGES
from tests.loopback.raw_client import RawClient, initialized, raw_client
from tests.loopback.stub import SendMessage, send, sent, stub_telegram

NOW = 1_700_000_000


async def result(client: RawClient, msg_id: int) -> Message:
    return await client.expect_message(RpcResult, req_msg_id=msg_id)


# Salts


async def test_a_wrong_salt_is_told_the_right_one() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        message = client.message(send("one"))
        client.write_message(message, salt=client.salt + 1)
        told = await client.expect(types.BadServerSalt)
        assert (told.bad_msg_id, told.bad_msg_seqno, told.error_code) == (*message[:2], 48)
        assert sent(telegram) == []
        client.write_message(message, salt=told.new_server_salt)
        await result(client, message.msg_id)
        assert sent(telegram) == ["one"]


async def test_replaced_salts_are_worth_nothing() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        telegram.replace_salts()
        client.say(send("one"))
        told = await client.expect(types.BadServerSalt)
        client.salt = told.new_server_salt
        await result(client, client.say(send("two")))
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
        await result(client, client.say(send("in time")))
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
        await result(client, client.say(send("one")))
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
        await result(client, early.msg_id)
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
        answer = await result(client, message.msg_id)
        client.write_message(message)
        assert await result(client, message.msg_id) == answer
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
        await result(client, message.msg_id)
        assert await client.settle() == []
        assert sent(telegram) == ["one"]


async def test_a_lost_request_can_be_repeated_as_if_it_had_never_come() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        telegram.faults.lose_request(SendMessage)
        message = client.message(send("one"))
        client.write_message(message)
        assert await client.settle() == []
        client.write_message(message)
        await result(client, message.msg_id)
        assert sent(telegram) == ["one"]


async def test_an_acknowledged_answer_is_forgotten() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        message = client.message(send("one"))
        client.write_message(message)
        answer = await result(client, message.msg_id)
        client.say(types.MsgsAck([answer.msg_id]), content=False)
        client.write_message(message)
        (told,) = await client.settle()
        assert isinstance(told, types.MsgsAck)
        assert told.msg_ids == [message.msg_id]
        assert sent(telegram) == ["one"]


async def test_a_new_line_brings_what_was_not_acknowledged() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        kept = await result(client, client.say(send("one")))
        seen = await result(client, client.say(send("two")))
        client.say(types.MsgsAck([seen.msg_id]), content=False)
        await client.settle()
        telegram.cut_lines()
        assert await client.rejection() is None
        await client.open(telegram.host, telegram.port)
        client.say(functions.PingRequest(1))
        assert await client.expect_message(RpcResult, req_msg_id=read_id(kept)) == kept
        repeated = [obj.req_msg_id for obj in await client.settle() if isinstance(obj, RpcResult)]
        assert read_id(seen) not in repeated


def read_id(answer: Message) -> int:
    """The request an rpc_result is for."""
    (request_id,) = struct.unpack_from("<q", answer.body, 4)
    assert isinstance(request_id, int)
    return request_id


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
        await result(client, msg_id)
        assert sent(telegram) == ["one"]


async def test_a_slow_answer_is_preceded_by_an_acknowledgement() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        hold = telegram.faults.hold_answer(SendMessage)
        msg_id = client.say(send("one"))
        assert (await client.expect(types.MsgsAck)).msg_ids == [msg_id]
        hold.release()
        await result(client, msg_id)


# Containers and packing


async def test_a_container_is_taken_apart_and_answered_by_one() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        await client.settle()
        messages = [client.message(send("one")), client.message(send("two"))]
        acks = client.message(types.MsgsAck([]), content=False)
        client.write_container([*messages, acks])
        answers = await client.messages()
        assert [read_id(answer) for answer in answers] == [m.msg_id for m in messages]
        assert sent(telegram) == ["one", "two"]


async def test_the_servers_numbers_follow_the_rules() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.write_container([client.message(send("one")), client.message(send("two"))])
        answers = [await client.expect_message(RpcResult) for _ in range(2)]
        client.say(functions.PingRequest(5))
        pong = await client.expect_message(types.Pong)
        assert [message.msg_id % 4 for message in (*answers, pong)] == [1, 1, 1]
        first, second = answers
        assert (first.seqno % 2, second.seqno - first.seqno) == (1, 2)
        assert pong.seqno == second.seqno + 1
        assert first.msg_id < second.msg_id < pong.msg_id


async def test_a_container_used_twice_is_refused() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        container = client.message(CONTAINER + struct.pack("<i", 0), content=False)
        client.write_message(container)
        assert await client.settle() == []
        client.write_message(container)
        told = await client.expect(types.BadMsgNotification)
        assert (told.bad_msg_id, told.error_code) == (
            container.msg_id,
            Refusal.CONTAINER_ID_SEEN,
        )


def nested(client: RawClient) -> list[Message]:
    inner = client.message(CONTAINER + struct.pack("<i", 0), content=False)
    return [client.message(send("one")), inner]


def out_of_range(client: RawClient) -> list[Message]:
    good, late = client.message(send("one")), client.message(send("two"))
    return [good, late._replace(msg_id=late.msg_id + (1 << 32))]


def odd_id(client: RawClient) -> list[Message]:
    good, late = client.message(send("one")), client.message(send("two"))
    return [good, late._replace(msg_id=late.msg_id - 2)]


@pytest.mark.parametrize("content", [nested, out_of_range, odd_id])
async def test_a_container_is_refused_as_a_whole(
    content: Callable[[RawClient], list[Message]],
) -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        container_id = client.write_container(content(client))
        told = await client.expect(types.BadMsgNotification)
        assert (told.bad_msg_id, told.error_code) == (container_id, Refusal.INVALID_CONTAINER)
        await client.settle()
        assert sent(telegram) == []


async def test_long_answers_fill_several_containers() -> None:
    """A container holds 2^15 bytes, so that 40 kB of answers take two packets."""
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        location = types.InputTakeoutFileLocation()
        requests = [
            client.message(functions.upload.GetFileRequest(location, 0, 4000)) for _ in range(10)
        ]
        client.write_container(requests)
        first, second = await client.messages(), await client.messages()
        assert [read_id(answer) for answer in first + second] == [m.msg_id for m in requests]
        assert sum(len(answer.body) for answer in first) <= 1 << 15


def test_what_nobody_acknowledges_is_forgotten_in_the_end() -> None:
    outbox = Outbox(clock=lambda: NOW)
    for request_id in range(MAX_UNACKED + 1):
        outbox.answer(request_id, b"done")
    assert outbox.answered(0) is None
    assert outbox.answered(1) is not None
    kept = outbox.answered(MAX_UNACKED)
    assert kept is not None
    outbox.acknowledged([kept.message.msg_id])
    assert outbox.answered(MAX_UNACKED) is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(struct.pack("<i", 2), id="missing messages"),
        pytest.param(struct.pack("<i", -1), id="negative"),
        pytest.param(struct.pack("<i", 1021), id="too many"),
        pytest.param(struct.pack("<i", 0) + b"more", id="more than it says"),
        pytest.param(struct.pack("<iqii", 1, 4, 1, 400), id="longer than it is"),
    ],
)
async def test_a_broken_container_is_refused(body: bytes) -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.write_message(client.message(CONTAINER + body, content=False))
        told = await client.expect(types.BadMsgNotification)
        assert told.error_code == Refusal.INVALID_CONTAINER


async def test_an_old_message_may_come_again_in_a_new_container() -> None:
    time = [float(NOW)]
    async with (
        stub_telegram(clock=lambda: time[0]) as telegram,
        raw_client(telegram, clock=lambda: time[0]) as client,
    ):
        old = client.message(send("one"))
        time[0] += 400
        client.write_container([old])
        await result(client, old.msg_id)
        assert sent(telegram) == ["one"]


async def test_a_packed_request_is_unpacked() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        await result(client, client.say(GzipPacked(bytes(send("packed " * 100)))))
        packed = client.message(GzipPacked(bytes(send("in a container " * 100))))
        client.write_container([packed])
        await result(client, packed.msg_id)
        assert sent(telegram) == ["packed " * 100, "in a container " * 100]


def packed_again(data: bytes) -> bytes:
    return bytes(GzipPacked(data))


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(TLObject.serialize_bytes(b"no gzip"), id="no gzip"),
        pytest.param(TLObject.serialize_bytes(gzip.compress(b"cut" * 99)[:-9]), id="cut short"),
        pytest.param(TLObject.serialize_bytes(gzip.compress(bytes(17 << 20))), id="a bomb"),
        pytest.param(b"\xfe", id="no length"),
        pytest.param(packed_again(packed_again(b"twice"))[4:], id="twice"),
    ],
)
async def test_what_cannot_be_unpacked_is_refused(packed: bytes) -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        body = bytes(GzipPacked(b""))[:4] + packed
        client.write_message(client.message(body + bytes(-len(body) % 4)))
        told = await client.expect(types.BadMsgNotification)
        assert told.error_code == Refusal.INVALID_CONTAINER


async def test_large_results_are_packed_and_small_ones_are_not() -> None:
    async with stub_telegram(gzip_above=1000) as telegram, raw_client(telegram) as client:
        location = types.InputTakeoutFileLocation()
        packed = []
        for size in (900, 1100):
            request = functions.upload.GetFileRequest(location, 0, size)
            answer = await result(client, client.say(request))
            packed.append(answer.body[12:16] == bytes(GzipPacked(b""))[:4])
        assert packed == [False, True]


# Service messages


async def test_a_session_is_announced_once_and_for_each_earlier_message() -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        await client.exchange_keys()
        early = client.message(functions.PingRequest(1))
        first = client.say(functions.PingRequest(2))
        created = await client.expect(types.NewSessionCreated)
        assert created.first_msg_id == first
        client.salt = created.server_salt
        assert await client.settle() != []
        assert await client.settle() == []
        client.write_message(early)
        again = await client.expect(types.NewSessionCreated)
        assert again.first_msg_id == early.msg_id
        assert again.unique_id == created.unique_id


async def test_ping() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        msg_id = client.say(functions.PingRequest(77))
        assert (await client.expect(types.Pong, ping_id=77)).msg_id == msg_id


async def test_a_ping_that_is_not_repeated_in_time_ends_the_connection() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        # The second delay replaces the first: else the connection would not outlive it.
        client.say(functions.PingDelayDisconnectRequest(1, 0))
        client.say(functions.PingDelayDisconnectRequest(2, 3600))
        await client.expect(types.Pong, ping_id=2)
        await client.settle()
        client.say(functions.PingDelayDisconnectRequest(3, 0))
        await client.expect(types.Pong, ping_id=3)
        assert await client.rejection() is None


async def test_states_of_messages() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        ping = client.say(functions.PingRequest(1))
        lost = client.next_id()
        answered = client.say(send("one"))
        await result(client, answered)
        hold = telegram.faults.hold_answer(SendMessage)
        running = client.say(send("two"))
        await hold.reached()
        future = client.next_id() + (1 << 32)
        wanted = [ping, lost, answered, running, future]
        msg_id = client.say(types.MsgsStateReq(wanted))
        (info,) = [obj for obj in await client.settle() if isinstance(obj, types.MsgsStateInfo)]
        assert info.req_msg_id == msg_id
        assert [ord(state) for state in info.info] == [4, 2, 4 + 32 + 64, 4 + 32, 3]
        hold.release()


async def test_messages_can_be_asked_for_again() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        answer = await result(client, client.say(send("one")))
        client.say(types.MsgResendReq([answer.msg_id]))
        assert await result(client, read_id(answer)) == answer
        assert await client.settle() == []
        client.say(types.MsgResendReq([answer.msg_id, 12345]))
        told = await client.settle()
        assert [type(obj) for obj in told] == [RpcResult, types.MsgsStateInfo]


async def test_a_session_can_be_destroyed_by_another() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        first = client.session_id
        message = client.message(send("one"))
        client.write_message(message)
        await result(client, message.msg_id)
        client.session_id += 1
        client.say(functions.DestroySessionRequest(first))
        await client.expect(types.DestroySessionOk, session_id=first)
        client.say(functions.DestroySessionRequest(first))
        await client.expect(types.DestroySessionNone, session_id=first)


async def test_a_destroyed_key_is_unknown() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.say(functions.DestroyAuthKeyRequest())
        await client.expect(types.DestroyAuthKeyOk)
        client.say(functions.PingRequest(1))
        assert await client.rejection() == -404


async def dropped(client: RawClient, msg_id: int) -> Any:
    request = client.say(functions.RpcDropAnswerRequest(msg_id))
    answer = await result(client, request)
    return read_whole(answer.body[12:])


async def test_an_answer_can_be_dropped() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        assert isinstance(await dropped(client, 12345), types.RpcAnswerUnknown)
        message = client.message(send("one"))
        client.write_message(message)
        answer = await result(client, message.msg_id)
        told = await dropped(client, message.msg_id)
        assert isinstance(told, types.RpcAnswerDropped)
        assert (told.msg_id, told.seq_no, told.bytes) == (
            answer.msg_id,
            answer.seqno,
            len(answer.body),
        )
        assert isinstance(await dropped(client, message.msg_id), types.RpcAnswerUnknown)


async def test_an_answer_can_be_dropped_before_it_is_made() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        hold = telegram.faults.hold_answer(SendMessage)
        msg_id = client.say(send("one"))
        await hold.reached()
        assert isinstance(await dropped(client, msg_id), types.RpcAnswerDroppedRunning)
        hold.release()
        answer = await result(client, msg_id)
        assert answer.body[12:] == bytes(types.RpcAnswerDroppedRunning())
        assert sent(telegram) == ["one"]


async def test_messages_that_ask_for_nothing_are_taken_in_silence() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.say(types.HttpWait(0, 0, 25000), content=False)
        client.say(types.MsgsStateInfo(1, b"\1"), content=False)
        client.say(types.MsgsAllInfo([1], b"\1"), content=False)
        assert await client.settle() == []


async def test_a_broken_service_message_is_refused() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.write_message(client.message(bytes(functions.PingRequest(1))[:8]))
        told = await client.expect(types.BadMsgNotification)
        assert told.error_code == Refusal.INVALID_CONTAINER


async def test_a_second_session_of_a_key_needs_no_initialization() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.session_id += 1
        await result(client, client.say(send("one")))
        assert sent(telegram) == ["one"]


async def test_a_first_request_without_initialization_is_an_error() -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        await client.exchange_keys()
        answer = await client.expect(RpcResult, req_msg_id=client.say(send("one")))
        assert answer.error.error_message == "CONNECTION_NOT_INITED"
        await result(client, client.say(initialized(send("two"))))
        assert sent(telegram) == ["two"]


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


FATAL = {
    functions.DestroyAuthKeyRequest.CONSTRUCTOR_ID,
    functions.PingDelayDisconnectRequest.CONSTRUCTOR_ID,
}
"""What ends the connection by right."""

heads = st.sampled_from(
    [
        constructor.to_bytes(4, "little")
        for constructor in (
            *sorted(SERVICE_MESSAGES.keys() - FATAL),
            SendMessage.CONSTRUCTOR_ID,
            GzipPacked.CONSTRUCTOR_ID,
            MessageContainer.CONSTRUCTOR_ID,
            functions.InvokeAfterMsgsRequest.CONSTRUCTOR_ID,
        )
    ]
)
words = st.binary(max_size=48).map(lambda noise: noise[: len(noise) // 4 * 4])


@given(st.lists(st.tuples(heads, words, st.booleans(), st.booleans()), max_size=6))
async def test_no_message_breaks_the_server(noise: list[tuple[bytes, bytes, bool, bool]]) -> None:
    """Whatever is in a message, the server refuses it or answers, and goes on."""
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        for head, rest, content, contained in noise:
            message = client.message(head + rest, content=content)
            if contained:
                client.write_container([message])
            else:
                client.write_message(message)
        await client.settle()
        assert not any("Traceback" in problem for problem in telegram.problems)
        telegram.problems.clear()
