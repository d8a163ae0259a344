"""The RSA key the loopback server proves itself with.

The private key is no secret: it is checked in beside this file, serves only servers on loopback
and is trusted by nobody who was not told to by a test.
https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication
"""

from __future__ import annotations

from functools import cache
from hashlib import sha1
from pathlib import Path

import rsa
from telethon.tl.tlobject import TLObject

KEY_FILE = Path(__file__).with_name("server-key.pem")

BLOCK = 256
"""Bytes of one RSA block of a 2048-bit key."""


class ServerKey:
    """A 2048-bit RSA key pair."""

    def __init__(self, private_pem: bytes) -> None:
        private = rsa.PrivateKey.load_pkcs1(private_pem)
        self._private = private
        # With the remainders of the prime factors decryption takes a third of the time.
        self._exponents = private.d % (private.p - 1), private.d % (private.q - 1)
        self._coefficient = pow(private.q, -1, private.p)
        self.modulus: int = private.n
        self.exponent: int = private.e
        self.fingerprint = fingerprint(private.n, private.e)

    def public_pem(self) -> str:
        """The public half in the one form Telethon's `rsa.add_key` takes, PKCS#1."""
        pem: bytes = rsa.PublicKey(self._private.n, self._private.e).save_pkcs1()
        return pem.decode()

    def decrypt(self, block: bytes) -> bytes:
        """The 256 bytes a client encrypted with bare RSA, that is without PKCS padding."""
        if len(block) != BLOCK:
            raise ValueError(f"an RSA block has {BLOCK} bytes, not {len(block)}")
        number = int.from_bytes(block, "big")
        p, q = self._private.p, self._private.q
        by_p, by_q = pow(number, self._exponents[0], p), pow(number, self._exponents[1], q)
        plain = by_q + q * ((by_p - by_q) * self._coefficient % p)
        return plain.to_bytes(BLOCK, "big")


def fingerprint(modulus: int, exponent: int) -> int:
    """The signed 64 bits by which client and server name a public key: the end of the SHA1 of
    its two numbers as TL strings."""
    digest = sha1(_tl_number(modulus) + _tl_number(exponent)).digest()
    return int.from_bytes(digest[-8:], "little", signed=True)


def _tl_number(number: int) -> bytes:
    data: bytes = TLObject.serialize_bytes(number.to_bytes((number.bit_length() + 7) // 8, "big"))
    return data


@cache
def server_key() -> ServerKey:
    """The key every loopback server uses."""
    return ServerKey(KEY_FILE.read_bytes())
