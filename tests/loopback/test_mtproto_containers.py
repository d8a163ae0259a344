"""Containers and packed objects, and bodies that are neither."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.tl import functions, types
from telethon.tl.core import GzipPacked, MessageContainer, RpcResult
from telethon.tl.tlobject import TLObject

from tests.loopback.mtproto.arrivals import Refusal
from tests.loopback.mtproto.containers import CONTAINER, Message
from tests.loopback.mtproto.outbox import MAX_UNACKED, Outbox
from tests.loopback.mtproto.service import SERVICE_MESSAGES
from tests.loopback.raw_client import RawClient, raw_client, request_of
from tests.loopback.stub import SendMessage, send, sent, stub_telegram

NOW = 1_700_000_000


async def test_a_container_is_taken_apart_and_answered_by_one() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        await client.settle()
        messages = [client.message(send("one")), client.message(send("two"))]
        acks = client.message(types.MsgsAck([]), content=False)
        client.write_container([*messages, acks])
        answers = await client.messages()
        assert [request_of(answer) for answer in answers] == [m.msg_id for m in messages]
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
        assert [request_of(answer) for answer in first + second] == [m.msg_id for m in requests]
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
        await client.result(old.msg_id)
        assert sent(telegram) == ["one"]


async def test_a_packed_request_is_unpacked() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        await client.result(client.say(GzipPacked(bytes(send("packed " * 100)))))
        packed = client.message(GzipPacked(bytes(send("in a container " * 100))))
        client.write_container([packed])
        await client.result(packed.msg_id)
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
            answer = await client.result(client.say(request))
            packed.append(answer.body[12:16] == bytes(GzipPacked(b""))[:4])
        assert packed == [False, True]


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
