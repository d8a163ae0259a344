"""MTProto 2.0 message encryption.

https://core.telegram.org/mtproto/description#encrypted-messages
"""

from __future__ import annotations

import hmac
from enum import IntEnum
from hashlib import sha1, sha256

from telethon.crypto import AES

KEY_LENGTH = 256
"""Bytes of an authorization key, at most: see `AuthKey`."""

ENVELOPE_HEADER = 24
"""Bytes in front of the cipher text: 8 of the key's id, 16 of the message key."""

PADDING = range(12, 1025)
"""How many random bytes may follow a message inside the cipher text."""


class EncryptionError(Exception):
    """An envelope that does not open with this key."""


class Sender(IntEnum):
    """Who wrote a message. The value is the `x` of the key derivation."""

    CLIENT = 0
    SERVER = 8


class AuthKey:
    """A shared 2048-bit key and the two hashes of it that travel in the clear.

    Telegram's keys have 256 bytes always. Telethon drops leading zero bytes, and with them moves
    every range it hashes, so one key in 256 is shorter here too.
    https://core.telegram.org/mtproto/auth_key#dh-key-exchange-complete
    """

    __slots__ = ("aux_hash", "key", "key_id")

    def __init__(self, key: bytes) -> None:
        if not KEY_LENGTH - 8 <= len(key) <= KEY_LENGTH:
            raise ValueError(f"an authorization key has {KEY_LENGTH} bytes, not {len(key)}")
        digest = sha1(key).digest()
        self.key = key
        self.key_id = digest[12:20]
        self.aux_hash = digest[:8]


def message_key(auth_key: AuthKey, padded: bytes, sender: Sender) -> bytes:
    """The 16 bytes that vouch for a padded plain text and, with the key, encrypt it."""
    return sha256(auth_key.key[88 + sender : 120 + sender] + padded).digest()[8:24]


def cipher_parameters(auth_key: AuthKey, msg_key: bytes, sender: Sender) -> tuple[bytes, bytes]:
    """AES key and initialization vector of one message.

    https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector
    """
    a = sha256(msg_key + auth_key.key[sender : 36 + sender]).digest()
    b = sha256(auth_key.key[40 + sender : 76 + sender] + msg_key).digest()
    return a[:8] + b[8:24] + a[24:], b[:8] + a[8:24] + b[24:]


def encrypt(auth_key: AuthKey, padded: bytes, sender: Sender) -> bytes:
    """The envelope of a plain text whose padding has brought it to whole AES blocks."""
    if len(padded) % 16:
        raise ValueError(f"{len(padded)} bytes are not whole AES blocks")
    msg_key = message_key(auth_key, padded, sender)
    cipher_text: bytes = AES.encrypt_ige(padded, *cipher_parameters(auth_key, msg_key, sender))
    return auth_key.key_id + msg_key + cipher_text


def decrypt(auth_key: AuthKey, envelope: bytes, sender: Sender) -> bytes:
    """The padded plain text of an envelope; `EncryptionError` if it was not made with this key."""
    cipher_text = envelope[ENVELOPE_HEADER:]
    if not cipher_text or len(cipher_text) % 16:
        raise EncryptionError(f"cipher text of {len(cipher_text)} bytes is not whole AES blocks")
    if envelope[:8] != auth_key.key_id:
        raise EncryptionError("the envelope names another key")
    msg_key = envelope[8:24]
    padded: bytes = AES.decrypt_ige(cipher_text, *cipher_parameters(auth_key, msg_key, sender))
    if not hmac.compare_digest(message_key(auth_key, padded, sender), msg_key):
        raise EncryptionError("the message key does not match the plain text")
    return padded
