"""The key exchange, with Telethon's own side of it and with one that cheats."""

from __future__ import annotations

import os
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.crypto import rsa
from telethon.errors import SecurityError
from telethon.network import authenticator
from telethon.tl import functions

from tests.loopback.mtproto.decoding import read_whole
from tests.loopback.mtproto.factors import is_prime
from tests.loopback.mtproto.handshake import (
    DH_PRIME,
    GENERATOR,
    SECRET_BITS,
    Handshake,
    HandshakeError,
)
from tests.loopback.mtproto.keys import server_key
from tests.loopback.mtproto.transport import KEY_UNKNOWN
from tests.loopback.raw_client import RawClient, raw_client
from tests.loopback.stub import stub_telegram

NOW = 1_700_000_000


def handshake(seed: int = 1) -> Handshake:
    return Handshake(server_key(), Random(seed), clock=lambda: NOW)


class PlainSender:
    """Carries Telethon's requests to the server's side without a network."""

    def __init__(self, server: Handshake) -> None:
        self._server = server

    async def send(self, request: Any) -> Any:
        return read_whole(self._server.answer(bytes(request)))


async def test_telethon_agrees_on_the_same_key() -> None:
    rsa.add_key(server_key().public_pem(), old=False)
    server = handshake()
    auth_key, time_offset = await authenticator.do_authentication(PlainSender(server))
    assert server.completed is not None
    agreed, _ = server.completed
    assert (agreed.key, agreed.key_id) == (auth_key.key, auth_key.key_id.to_bytes(8, "little"))
    assert time_offset < 0


class KnownSecret(Random):
    """Draws this exponent for the server's half of the key."""

    SECRET = 12345

    def getrandbits(self, k: int, /) -> int:
        return self.SECRET if k == SECRET_BITS else super().getrandbits(k)


async def test_a_key_that_begins_with_zero_has_that_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """One key in 256 does. Telethon drops the zero, sees that the server has another key, and
    makes a new one."""
    g_a = pow(GENERATOR, KnownSecret.SECRET, DH_PRIME)
    b, power = 2048, pow(g_a, 2048, DH_PRIME)
    while power >> 2040:
        b, power = b + 1, power * g_a % DH_PRIME
    # The exponent is all that Telethon draws in 256 bytes.
    drawn = SimpleNamespace(
        urandom=lambda size: b.to_bytes(256, "big") if size == 256 else os.urandom(size)
    )
    monkeypatch.setattr(authenticator, "os", drawn)
    rsa.add_key(server_key().public_pem(), old=False)
    server = Handshake(server_key(), KnownSecret(1), clock=lambda: NOW)
    with pytest.raises(SecurityError, match="new nonce hash"):
        await authenticator.do_authentication(PlainSender(server))
    assert server.completed is not None
    assert server.completed[0].key == power.to_bytes(256, "big")


@given(st.integers(0, 2**32))
def test_pq_is_what_telethon_can_read_and_factorize(seed: int) -> None:
    challenge = read_whole(handshake(seed).answer(bytes(functions.ReqPqMultiRequest(1))))
    assert int.from_bytes(challenge.pq, "big", signed=True) > 0
    p, q = authenticator.Factorization.factorize(int.from_bytes(challenge.pq, "big"))
    assert 1 < p < q
    assert p * q == int.from_bytes(challenge.pq, "big")


def test_primes_are_told_from_numbers_that_look_like_them() -> None:
    """2^31 - 1 is prime. The others are products that fool weaker tests with the same bases."""
    assert is_prime(2**31 - 1)
    assert not any(is_prime(number) for number in (29341, 46657, 252601, 1373653, 25326001))


@given(st.binary(max_size=64))
def test_noise_is_no_request(noise: bytes) -> None:
    with pytest.raises(HandshakeError):
        handshake().answer(noise)


async def challenged(client: RawClient) -> Any:
    return await client.ask_plain(functions.ReqPqMultiRequest(99))


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": 98},
        {"server_nonce": 98},
        {"pq": b"\x15"},
    ],
)
async def test_inner_data_of_another_exchange_is_refused(changes: dict[str, Any]) -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        client.write_plain(client.proof_of_work(await challenged(client), **changes))
        assert await client.rejection() == KEY_UNKNOWN


@pytest.mark.parametrize(
    "field,value",
    [
        ("nonce", 98),
        ("server_nonce", 98),
        ("p", b"\x03"),
        ("q", b"\x05"),
        ("public_key_fingerprint", 98),
        ("encrypted_data", bytes(256)),
        ("encrypted_data", bytes(255)),
    ],
)
async def test_a_wrong_proof_of_work_is_refused(field: str, value: object) -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        request = client.proof_of_work(await challenged(client))
        setattr(request, field, value)
        client.write_plain(request)
        assert await client.rejection() == KEY_UNKNOWN


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": 98},
        {"server_nonce": 98},
        {"retry_id": 1},
        {"g_b": b"\x01"},
        {"g_b": (DH_PRIME - 1).to_bytes(256, "big")},
    ],
)
async def test_a_wrong_half_of_the_key_is_refused(changes: dict[str, Any]) -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        challenge = await challenged(client)
        offer = await client.ask_plain(client.proof_of_work(challenge))
        client.write_plain(client.complete(challenge, offer, **changes)[0])
        assert await client.rejection() == KEY_UNKNOWN


async def test_a_sealed_half_of_the_key_that_was_touched_is_refused() -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        challenge = await challenged(client)
        offer = await client.ask_plain(client.proof_of_work(challenge))
        request, _ = client.complete(challenge, offer)
        request.encrypted_data = bytes(16) + request.encrypted_data[16:]
        client.write_plain(request)
        assert await client.rejection() == KEY_UNKNOWN


async def test_steps_out_of_turn_are_refused() -> None:
    async with stub_telegram() as telegram:
        async with raw_client(telegram, keys=False) as client:
            challenge = await challenged(client)
            client.write_plain(functions.SetClientDHParamsRequest(99, challenge.server_nonce, b""))
            assert await client.rejection() == KEY_UNKNOWN
        async with raw_client(telegram, keys=False) as client:
            client.write_plain(client.proof_of_work(challenge))
            assert await client.rejection() == KEY_UNKNOWN


async def test_an_exchange_can_begin_anew_on_its_connection() -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        await challenged(client)
        await client.exchange_keys()
        assert client.auth_key is not None


async def test_a_finished_exchange_cannot_be_finished_twice() -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        challenge = await challenged(client)
        offer = await client.ask_plain(client.proof_of_work(challenge))
        request, _ = client.complete(challenge, offer)
        await client.ask_plain(request)
        client.write_plain(request)
        assert await client.rejection() == KEY_UNKNOWN
