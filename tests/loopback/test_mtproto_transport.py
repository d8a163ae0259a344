"""Frames, whole and broken, and what the server does about packets that fit no key."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.tl import functions

from tests.loopback.mtproto.encryption import AuthKey
from tests.loopback.mtproto.transport import (
    KEY_UNKNOWN,
    MAX_LENGTH,
    FrameReader,
    FrameWriter,
    TransportError,
)
from tests.loopback.raw_client import PLAIN, RawClient, raw_client
from tests.loopback.stub import send, sent, stub_telegram

payloads = st.lists(st.binary(min_size=4, max_size=64).map(lambda b: b[: len(b) // 4 * 4]))


@given(payloads, st.lists(st.integers(1, 40)))
def test_frames_come_out_whole_however_they_arrive(parts: list[bytes], cuts: list[int]) -> None:
    writer, reader = FrameWriter(), FrameReader()
    stream = b"".join(writer.frame(part) for part in parts)
    received: list[bytes] = []
    for cut in cuts:
        received += reader.feed(stream[:cut])
        stream = stream[cut:]
    assert received + reader.feed(stream) == parts


@given(st.binary(max_size=64))
def test_noise_is_refused_or_waited_for_never_taken(noise: bytes) -> None:
    reader = FrameReader()
    try:
        assert reader.feed(noise) == []
    except TransportError:
        with pytest.raises(TransportError):
            FrameReader().feed(noise)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"\xef\x0a\x00\x00\x00\x00\x00\x00", id="abridged"),
        pytest.param(b"\xee\xee\xee\xee\x28\x00\x00\x00", id="intermediate"),
        pytest.param(struct.pack("<ii", 12, 0), id="no payload"),
        pytest.param(struct.pack("<ii", 17, 0), id="not whole words"),
        pytest.param(struct.pack("<ii", MAX_LENGTH + 4, 0), id="too long"),
        pytest.param(struct.pack("<ii", 40, 1), id="not the first number"),
        pytest.param(struct.pack("<ii", -404, -404), id="negative"),
    ],
)
async def test_a_frame_that_begins_wrongly_ends_the_connection(head: bytes) -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        client.write(head)
        assert await client.rejection() is None


async def test_a_wrong_checksum_ends_the_connection() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        frame = bytearray(client.framing.frame(client.envelope(client.message(send("one")))))
        frame[-1] ^= 1
        client.write(bytes(frame))
        assert await client.rejection() is None
        assert sent(telegram) == []


async def test_a_frame_number_may_not_be_used_twice() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.framing = FrameWriter()
        client.say(send("one"))
        assert await client.rejection() is None
        assert sent(telegram) == []


async def test_a_frame_cut_short_is_nothing() -> None:
    async with stub_telegram() as telegram:
        async with raw_client(telegram) as client:
            frame = client.framing.frame(client.envelope(client.message(send("one"))))
            client.write(frame[:-3])
        async with raw_client(telegram, seed=2) as other:
            # The server has seen the end of the first connection by now, and lives on.
            await other.settle()
            assert telegram.connections() == 1
        assert sent(telegram) == []


async def test_an_unknown_key_is_answered_by_404() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.auth_key = AuthKey(client.rng.randbytes(256))
        client.say(send("one"))
        assert await client.rejection() == KEY_UNKNOWN
        assert sent(telegram) == []


async def test_a_key_of_another_data_centre_is_unknown() -> None:
    async with (
        stub_telegram(extra_dcs=[4]) as telegram,
        raw_client(telegram) as client,
    ):
        elsewhere = await RawClient().open(telegram.host, telegram.port_of(4))
        elsewhere.auth_key, elsewhere.salt = client.auth_key, client.salt
        elsewhere.say(send("one"))
        assert await elsewhere.rejection() == KEY_UNKNOWN
        await elsewhere.close()


@pytest.mark.parametrize("position", [8, 23, 24, 60])
async def test_an_envelope_that_was_touched_is_refused(position: int) -> None:
    """Positions in the message key and in the cipher text."""
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        envelope = bytearray(client.envelope(client.message(send("one"))))
        envelope[position] ^= 1
        client.write_payload(bytes(envelope))
        assert await client.rejection() == KEY_UNKNOWN
        assert sent(telegram) == []


async def test_an_envelope_of_broken_blocks_is_refused() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.write_payload(client.envelope(client.message(send("one")))[:-4])
        assert await client.rejection() == KEY_UNKNOWN


@pytest.mark.parametrize("extra", [-12, 1024])
async def test_padding_of_a_wrong_length_is_refused(extra: int) -> None:
    """12 to 1024 bytes are allowed."""
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        message = client.message(functions.PingRequest(1))
        least = 12 + -(32 + len(message.body) + 12) % 16
        client.write_payload(client.envelope(message, padding=least + extra // 16 * 16))
        assert await client.rejection() == KEY_UNKNOWN


@pytest.mark.parametrize("length", [0, 16, 24])
async def test_a_plain_text_message_of_a_wrong_length_is_refused(length: int) -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        body = bytes(functions.ReqPqMultiRequest(1))
        client.write_payload(PLAIN.pack(0, client.next_id(), length) + body)
        assert await client.rejection() == KEY_UNKNOWN


async def test_a_plain_text_request_of_the_api_is_refused() -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        client.write_plain(send("one"))
        assert await client.rejection() == KEY_UNKNOWN
        assert sent(telegram) == []
