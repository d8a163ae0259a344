"""The server's side of the creation of an authorization key.

https://core.telegram.org/mtproto/auth_key

Known limits: no temporary keys (perfect forward secrecy), no `RSA_PAD` (Telethon sends the older
SHA1 + data + random bytes), no `dh_gen_retry` and no `dh_gen_fail`, for a drawn key that is taken
already is not going to be met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1
from random import Random
from typing import Any

from telethon.crypto import AES
from telethon.tl import functions, types

from tests.loopback.mtproto.decoding import DecodeError, read_object, read_whole
from tests.loopback.mtproto.encryption import AuthKey
from tests.loopback.mtproto.factors import draw_factors
from tests.loopback.mtproto.keys import BLOCK, ServerKey

DH_PRIME = int(
    "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f"
    "48198a0aa7c14058229493d22530f4dbfa336f6e0ac925139543aed44cce7c37"
    "20fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64"
    "2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4"
    "a4a695811051907e162753b56b0f6b410dba74d8a84b2a14b3144e0ef1284754"
    "fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4"
    "e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f"
    "0d8115f635b105ee2e4e15d04b2454bf6f4fadf034b10403119cd8e3b92fcc5b",
    16,
)
"""The safe prime Telegram's servers send, which clients know as a good one."""

GENERATOR = 3

SECRET_BITS = 256
"""Length of the server's half of the key. Telegram's has 2048 bits; nothing is to be kept secret
here, and a short exponent is quicker."""

SAFETY = 1 << (2048 - 64)
"""g_a and g_b keep this distance from 0 and from the prime."""


class HandshakeError(Exception):
    """A step of the key exchange that is malformed, out of turn or does not match the others."""


def exchange_cipher(server_nonce: bytes, new_nonce: bytes) -> tuple[bytes, bytes]:
    """AES key and initialization vector for the Diffie-Hellman half of the exchange.

    https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication
    """
    new_server = sha1(new_nonce + server_nonce).digest()
    server_new = sha1(server_nonce + new_nonce).digest()
    new_new = sha1(new_nonce + new_nonce).digest()
    return new_server + server_new[:12], server_new[12:] + new_new + new_nonce[:4]


def new_nonce_hash(new_nonce: bytes, auth_key: AuthKey, outcome: int) -> bytes:
    """What proves to the client that the server has the same key.

    `outcome`: 1 for dh_gen_ok, 2 for dh_gen_retry, 3 for dh_gen_fail.
    """
    return sha1(new_nonce + bytes([outcome]) + auth_key.aux_hash).digest()[4:]


def first_salt(server_nonce: bytes, new_nonce: bytes) -> int:
    """The salt a new key begins with, as both sides can tell."""
    a, b = int.from_bytes(new_nonce[:8], "little"), int.from_bytes(server_nonce[:8], "little")
    return int.from_bytes((a ^ b).to_bytes(8, "little"), "little", signed=True)


def seal(data: bytes, key: bytes, iv: bytes, padding: Callable[[int], bytes]) -> bytes:
    """Encrypt SHA1 + data + as many bytes of `padding` as make whole AES blocks."""
    plain = sha1(data).digest() + data
    cipher_text: bytes = AES.encrypt_ige(plain + padding(-len(plain) % 16), key, iv)
    return cipher_text


def unseal(cipher_text: bytes, key: bytes, iv: bytes) -> Any:
    """The TL object inside; `HandshakeError` unless its SHA1 is right."""
    if not cipher_text or len(cipher_text) % 16:
        raise HandshakeError(f"{len(cipher_text)} encrypted bytes are not whole AES blocks")
    return hashed_object(AES.decrypt_ige(cipher_text, key, iv), max_padding=15)


def hashed_object(plain: bytes, max_padding: int) -> Any:
    """The TL object that follows its own SHA1 and is followed by padding."""
    digest, data = plain[:20], plain[20:]
    obj, length = read_object(data)
    if sha1(data[:length]).digest() != digest:
        raise HandshakeError(f"the hash of {type(obj).__name__} is wrong")
    if len(data) - length > max_padding:
        raise HandshakeError(f"{len(data) - length} bytes of padding")
    return obj


@dataclass(slots=True)
class _Exchange:
    """What the server has to remember between the steps."""

    nonce: int
    server_nonce: int
    p: int
    q: int
    new_nonce: bytes = b""
    secret: int = 0

    @property
    def cipher(self) -> tuple[bytes, bytes]:
        return exchange_cipher(_nonce_bytes(self.server_nonce), self.new_nonce)


class Handshake:
    """The exchange on one connection; a new `req_pq_multi` starts it over."""

    def __init__(self, key: ServerKey, rng: Random, clock: Callable[[], float]) -> None:
        self._key = key
        self._rng = rng
        self._clock = clock
        self._exchange: _Exchange | None = None
        self.completed: tuple[AuthKey, int] | None = None
        """The key that was agreed on and its first salt."""

    def answer(self, body: bytes) -> bytes:
        """The answer to a plain-text request; `HandshakeError` where there is none."""
        try:
            return self._answer(read_whole(body))
        except DecodeError as e:
            raise HandshakeError(str(e)) from e

    def _answer(self, request: Any) -> bytes:
        if isinstance(request, functions.ReqPqMultiRequest):
            return bytes(self._offer_challenge(request))
        exchange = self._exchange
        if exchange is None:
            raise HandshakeError(f"{type(request).__name__} before req_pq_multi")
        if isinstance(request, functions.ReqDHParamsRequest):
            _same_exchange(request, exchange)
            return bytes(self._offer_parameters(exchange, request))
        if isinstance(request, functions.SetClientDHParamsRequest):
            _same_exchange(request, exchange)
            return bytes(self._agree(exchange, request))
        raise HandshakeError(f"{type(request).__name__} in plain text")

    def _offer_challenge(self, request: Any) -> Any:
        p, q = draw_factors(self._rng)
        server_nonce = int.from_bytes(self._rng.randbytes(16), "little", signed=True)
        self._exchange = _Exchange(request.nonce, server_nonce, p, q)
        self.completed = None
        return types.ResPQ(request.nonce, server_nonce, _number(p * q), [self._key.fingerprint])

    def _offer_parameters(self, exchange: _Exchange, request: Any) -> Any:
        if request.public_key_fingerprint != self._key.fingerprint:
            raise HandshakeError("the client encrypted for another server key")
        if (request.p, request.q) != (_number(exchange.p), _number(exchange.q)):
            raise HandshakeError("p and q are not the factors of pq")
        if len(request.encrypted_data) != BLOCK:
            raise HandshakeError(f"encrypted_data of {len(request.encrypted_data)} bytes")
        # 255 bytes were encrypted: the first of the block is not part of them.
        plain = self._key.decrypt(request.encrypted_data)[1:]
        inner = hashed_object(plain, max_padding=len(plain))
        if not isinstance(inner, types.PQInnerData | types.PQInnerDataDc):
            raise HandshakeError(f"{type(inner).__name__} where p_q_inner_data belongs")
        _same_exchange(inner, exchange)
        if inner.pq != _number(exchange.p * exchange.q):
            raise HandshakeError("another pq in p_q_inner_data")
        exchange.new_nonce = inner.new_nonce.to_bytes(32, "little", signed=True)
        exchange.secret = self._rng.getrandbits(SECRET_BITS)
        answer = types.ServerDHInnerData(
            exchange.nonce,
            exchange.server_nonce,
            GENERATOR,
            _number(DH_PRIME),
            _number(pow(GENERATOR, exchange.secret, DH_PRIME)),
            int(self._clock()),
        )
        encrypted = seal(bytes(answer), *exchange.cipher, self._rng.randbytes)
        return types.ServerDHParamsOk(exchange.nonce, exchange.server_nonce, encrypted)

    def _agree(self, exchange: _Exchange, request: Any) -> Any:
        if not exchange.secret:
            raise HandshakeError("set_client_DH_params before req_DH_params")
        inner = unseal(request.encrypted_data, *exchange.cipher)
        if not isinstance(inner, types.ClientDHInnerData):
            raise HandshakeError(f"{type(inner).__name__} where client_DH_inner_data belongs")
        _same_exchange(inner, exchange)
        if inner.retry_id:
            raise HandshakeError("a retry nobody asked for")
        g_b = int.from_bytes(inner.g_b, "big")
        if not SAFETY <= g_b <= DH_PRIME - SAFETY:
            raise HandshakeError("g_b is outside the safe range")
        # All 2048 bits, also where the first are zero, as TDLib has it (DhHandshake::gen_key).
        auth_key = AuthKey(pow(g_b, exchange.secret, DH_PRIME).to_bytes(256, "big"))
        salt = first_salt(_nonce_bytes(exchange.server_nonce), exchange.new_nonce)
        self._exchange = None
        self.completed = auth_key, salt
        proof = new_nonce_hash(exchange.new_nonce, auth_key, outcome=1)
        return types.DhGenOk(
            exchange.nonce, exchange.server_nonce, int.from_bytes(proof, "little", signed=True)
        )


def _same_exchange(message: Any, exchange: _Exchange) -> None:
    if (message.nonce, message.server_nonce) != (exchange.nonce, exchange.server_nonce):
        raise HandshakeError(f"the nonces of {type(message).__name__} are of another exchange")


def _number(number: int) -> bytes:
    """Big endian without leading zeros, as the exchange writes numbers."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _nonce_bytes(nonce: int) -> bytes:
    return nonce.to_bytes(16, "little", signed=True)
