"""The codec against bytes it did not make: recorded by Telegram or by other implementations.

Telethon and the server share code, so that they agree proves little. The sources of the vectors are
named in the files under `vectors`.
"""

from __future__ import annotations

import tomllib
from hashlib import sha1
from pathlib import Path
from random import Random
from typing import Any

import pytest
from telethon.crypto import AES, Factorization
from telethon.tl import functions, types

from tests.loopback.mtproto.containers import HEADER, open_container
from tests.loopback.mtproto.decoding import read_object, read_whole
from tests.loopback.mtproto.encryption import (
    AuthKey,
    EncryptionError,
    Sender,
    cipher_parameters,
    decrypt,
    encrypt,
)
from tests.loopback.mtproto.handshake import (
    DH_PRIME,
    SECRET_BITS,
    Handshake,
    HandshakeError,
    exchange_cipher,
    hashed_object,
    new_nonce_hash,
    seal,
    unseal,
)
from tests.loopback.mtproto.keys import fingerprint, server_key
from tests.loopback.mtproto.transport import FrameReader, FrameWriter

PLAIN_HEADER = 20
"""Bytes before the body of a plain-text message."""


def load(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "vectors" / f"{name}.toml").read_text())


def unhex(text: str) -> bytes:
    return bytes.fromhex("".join(text.split()))


def signed(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


KEY_EXCHANGE = {
    name: unhex(value) for name, value in load("key_exchange").items() if isinstance(value, str)
}
MESSAGES = load("messages")
RSA = load("rsa")
FRAMES = load("frames")

NONCE = KEY_EXCHANGE["nonce"]
SERVER_NONCE = KEY_EXCHANGE["server_nonce"]
NEW_NONCE = KEY_EXCHANGE["new_nonce"]
CIPHER = KEY_EXCHANGE["tmp_aes_key"], KEY_EXCHANGE["tmp_aes_iv"]


@pytest.mark.parametrize("vector", MESSAGES["cipher_parameters"])
def test_cipher_parameters_of_a_message(vector: dict[str, str]) -> None:
    auth_key = AuthKey(unhex(vector["auth_key"]))
    derived = cipher_parameters(
        auth_key, unhex(vector["msg_key"]), Sender[vector["sender"].upper()]
    )
    assert derived == (unhex(vector["aes_key"]), unhex(vector["aes_iv"]))


@pytest.mark.parametrize("vector", MESSAGES["envelopes"])
def test_envelopes_both_ways(vector: dict[str, str]) -> None:
    auth_key = AuthKey(unhex(vector["auth_key"]))
    padded, envelope = unhex(vector["padded"]), unhex(vector["envelope"])
    sender = Sender[vector["sender"].upper()]
    assert encrypt(auth_key, padded, sender) == envelope
    assert decrypt(auth_key, envelope, sender) == padded


@pytest.mark.parametrize("vector", MESSAGES["envelopes"])
def test_an_envelope_of_the_other_direction_does_not_open(vector: dict[str, str]) -> None:
    other = Sender.CLIENT if vector["sender"] == "server" else Sender.SERVER
    with pytest.raises(EncryptionError):
        decrypt(AuthKey(unhex(vector["auth_key"])), unhex(vector["envelope"]), other)


def test_a_container_telegram_sent() -> None:
    """Its messages say how Telegram numbers: answers end in 01, content is odd."""
    padded = unhex(MESSAGES["envelopes"][1]["padded"])
    msg_id, seqno, length = HEADER.unpack_from(padded, 16)
    body = padded[32 : 32 + length]
    created, pong = open_container(body)
    assert isinstance(read_whole(created.body), types.NewSessionCreated)
    assert isinstance(read_whole(pong.body), types.Pong)
    assert (created.seqno, pong.seqno, seqno) == (1, 2, 2)
    assert created.msg_id % 4 == pong.msg_id % 4 == msg_id % 4 == 1
    assert read_whole(created.body).server_salt == signed(padded[:8])


def test_hashes_of_an_authorization_key() -> None:
    vector = MESSAGES["auth_key"]
    auth_key = AuthKey(unhex(vector["auth_key"]))
    assert auth_key.aux_hash == unhex(vector["aux_hash"])
    assert auth_key.key_id == unhex(vector["key_id"])
    hashes = [new_nonce_hash(unhex(vector["new_nonce"]), auth_key, n) for n in (1, 2, 3)]
    assert hashes == [unhex(expected) for expected in vector["new_nonce_hashes"]]


def test_infinite_garble_extension() -> None:
    """Telethon's cipher is used as it is, whichever library it found."""
    text = unhex(MESSAGES["ige"]["key"])
    assert AES.encrypt_ige(text, text, text) == unhex(MESSAGES["ige"]["encrypted"])
    assert AES.decrypt_ige(text, text, text) == unhex(MESSAGES["ige"]["decrypted"])


@pytest.mark.parametrize("vector", MESSAGES["exchange_ciphers"])
def test_exchange_cipher(vector: dict[str, str]) -> None:
    derived = exchange_cipher(unhex(vector["server_nonce"]), unhex(vector["new_nonce"]))
    assert derived == (unhex(vector["aes_key"]), unhex(vector["aes_iv"]))


@pytest.mark.parametrize("vector", RSA["fingerprints"])
def test_fingerprint(vector: dict[str, str]) -> None:
    modulus = int.from_bytes(unhex(vector["modulus"]), "big")
    assert fingerprint(modulus, 65537) % 2**64 == int(vector["fingerprint"], 16)


def test_the_server_key_opens_what_openssl_encrypted() -> None:
    vector = RSA["server_key"]
    assert server_key().decrypt(unhex(vector["encrypted"])) == unhex(vector["plain"])


def test_frames() -> None:
    assert FrameWriter().frame(b"") == unhex(FRAMES["empty"])
    payload = bytes(range(FRAMES["payload_length"]))
    frames = [
        unhex(FRAMES["length_field"]) + number.to_bytes(4, "little") + payload + unhex(checksum)
        for number, checksum in enumerate(FRAMES["checksums"])
    ]
    writer, reader = FrameWriter(), FrameReader()
    assert [writer.frame(payload) for _ in frames] == frames
    assert reader.feed(b"".join(frames)) == [payload] * len(frames)


@pytest.mark.parametrize(
    "name,kind",
    [
        ("req_pq", functions.ReqPqRequest),
        ("res_pq", types.ResPQ),
        ("req_dh_params", functions.ReqDHParamsRequest),
        ("dh_gen_ok", types.DhGenOk),
    ],
)
def test_recorded_plain_text_messages_are_read_and_written(name: str, kind: Any) -> None:
    body = KEY_EXCHANGE[name][PLAIN_HEADER:]
    message = read_whole(body)
    assert isinstance(message, kind)
    assert bytes(message) == body
    assert message.nonce == signed(NONCE)
    assert getattr(message, "server_nonce", signed(SERVER_NONCE)) == signed(SERVER_NONCE)


def test_recorded_inner_data_of_the_client() -> None:
    pq, p, q = (KEY_EXCHANGE[name] for name in ("pq", "p", "q"))
    nonces = signed(NONCE), signed(SERVER_NONCE), signed(NEW_NONCE)
    data = bytes(types.PQInnerData(pq, p, q, *nonces))
    digest = KEY_EXCHANGE["p_q_inner_data_sha1"]
    assert sha1(data).digest() == digest
    plain = digest + data + bytes(235 - len(data))
    assert bytes(hashed_object(plain, max_padding=len(plain))) == data
    with pytest.raises(HandshakeError, match="hash of PQInnerData"):
        hashed_object(bytes(20) + plain[20:], max_padding=len(plain))
    with pytest.raises(HandshakeError, match="bytes of padding"):
        hashed_object(plain, max_padding=15)


def test_recorded_answer_is_sealed_and_unsealed() -> None:
    encrypted, answer = KEY_EXCHANGE["encrypted_answer"], KEY_EXCHANGE["answer"]
    assert exchange_cipher(SERVER_NONCE, NEW_NONCE) == CIPHER
    inner = unseal(encrypted, *CIPHER)
    assert bytes(inner) == answer
    assert (inner.g, int.from_bytes(inner.dh_prime, "big")) == (2, DH_PRIME)
    padding = AES.decrypt_ige(encrypted, *CIPHER)[20 + len(answer) :]
    assert 0 < len(padding) < 16
    assert seal(answer, *CIPHER, lambda count: padding[:count]) == encrypted


def test_a_recorded_answer_that_was_touched_does_not_unseal() -> None:
    encrypted = bytearray(KEY_EXCHANGE["encrypted_answer"])
    encrypted[100] ^= 1
    with pytest.raises(HandshakeError):
        unseal(bytes(encrypted), *CIPHER)


def test_recorded_proof_of_the_client_is_unsealed() -> None:
    inner = unseal(KEY_EXCHANGE["encrypted_client_data"], *CIPHER)
    assert isinstance(inner, types.ClientDHInnerData)
    assert inner.g_b == KEY_EXCHANGE["g_b"]
    assert inner.retry_id == 0


class RecordedRandom(Random):
    """Draws what the recorded exchange drew. The exchange being symmetrical, the recorded client's
    secret, the one that was published, serves as the server's."""

    def randbytes(self, n: int) -> bytes:
        return SERVER_NONCE if n == len(SERVER_NONCE) else bytes(n)

    def getrandbits(self, k: int, /) -> int:
        return (
            int.from_bytes(KEY_EXCHANGE["b"], "big") if k == SECRET_BITS else super().getrandbits(k)
        )


def test_the_recorded_exchange_ends_in_the_recorded_key() -> None:
    """With the recorded nonces, secret and g_a, the answer is dh_gen_ok byte for byte."""
    key = server_key()
    handshake = Handshake(key, RecordedRandom(3), clock=lambda: 1373993675)
    challenge = read_whole(handshake.answer(bytes(functions.ReqPqMultiRequest(signed(NONCE)))))
    assert challenge.server_nonce == signed(SERVER_NONCE)
    p, q = Factorization.factorize(int.from_bytes(challenge.pq, "big"))
    factors = p.to_bytes(2, "big"), q.to_bytes(4, "big")
    nonces = signed(NONCE), signed(SERVER_NONCE)
    inner = bytes(types.PQInnerData(challenge.pq, *factors, *nonces, signed(NEW_NONCE)))
    plain = sha1(inner).digest() + inner + bytes(235 - len(inner))
    block = pow(int.from_bytes(plain, "big"), key.exponent, key.modulus).to_bytes(256, "big")
    request = functions.ReqDHParamsRequest(*nonces, *factors, key.fingerprint, block)
    offer = read_whole(handshake.answer(bytes(request)))
    assert unseal(offer.encrypted_answer, *CIPHER).server_time == 1373993675

    recorded_g_a = read_object(KEY_EXCHANGE["answer"])[0].g_a
    proof = bytes(types.ClientDHInnerData(*nonces, 0, recorded_g_a))
    sealed = seal(proof, *CIPHER, bytes)
    answer = handshake.answer(bytes(functions.SetClientDHParamsRequest(*nonces, sealed)))
    assert answer == KEY_EXCHANGE["dh_gen_ok"][PLAIN_HEADER:]
    assert handshake.completed is not None
    assert handshake.completed[0].key == KEY_EXCHANGE["auth_key"]
