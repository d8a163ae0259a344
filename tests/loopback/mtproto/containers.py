"""Messages and the two wrappings they travel in: containers and gzip.

https://core.telegram.org/mtproto/service_messages#containers
https://core.telegram.org/mtproto/service_messages#packed-object
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from telethon.extensions import BinaryReader
from telethon.tl.core import GzipPacked, MessageContainer
from telethon.tl.tlobject import TLObject

CONTAINER = struct.pack("<I", MessageContainer.CONSTRUCTOR_ID)
GZIP_PACKED = struct.pack("<I", GzipPacked.CONSTRUCTOR_ID)

MAX_MESSAGES = 1020
"""More messages than this make a container invalid."""

MAX_UNPACKED = 16 << 20
"""Bytes a gzip_packed object may unpack to."""

HEADER = struct.Struct("<qii")
_COUNT = struct.Struct("<i")


class Message(NamedTuple):
    """One message of a session, in either direction."""

    msg_id: int
    seqno: int
    body: bytes


class PackingError(Exception):
    """A container or a gzip_packed object that cannot be taken apart."""


def open_container(body: bytes) -> list[Message]:
    """The messages in a msg_container."""
    try:
        (count,) = _COUNT.unpack_from(body, 4)
        if not 0 <= count <= MAX_MESSAGES:
            raise PackingError(f"a container of {count} messages")
        messages: list[Message] = []
        position = 8
        for _ in range(count):
            msg_id, seqno, length = HEADER.unpack_from(body, position)
            position += HEADER.size
            end = position + length
            if length < 4 or length % 4 or end > len(body):
                raise PackingError(f"a message of {length} bytes in a container")
            messages.append(Message(msg_id, seqno, body[position:end]))
            position = end
    except struct.error as e:
        raise PackingError("a container that ends too early") from e
    if position != len(body):
        raise PackingError(f"{len(body) - position} bytes after a container's messages")
    if any(message.body[:4] == CONTAINER for message in messages):
        raise PackingError("a container in a container")
    return messages


def close_container(messages: Sequence[Message]) -> bytes:
    parts = [CONTAINER, _COUNT.pack(len(messages))]
    for msg_id, seqno, body in messages:
        parts += HEADER.pack(msg_id, seqno, len(body)), body
    return b"".join(parts)


def unpack(body: bytes) -> bytes:
    """The object inside a gzip_packed."""
    try:
        packed = BinaryReader(body[4:]).tgread_bytes()
        inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
        data = inflater.decompress(packed, MAX_UNPACKED)
    except (struct.error, BufferError, zlib.error) as e:
        raise PackingError(f"broken gzip_packed: {type(e).__name__}") from e
    if not inflater.eof:
        raise PackingError(f"gzip_packed is cut short or beyond {MAX_UNPACKED} bytes")
    return data


def pack(body: bytes) -> bytes:
    """The object as gzip_packed, or as it is where packing gains nothing."""
    packed: bytes = GZIP_PACKED + TLObject.serialize_bytes(gzip.compress(body, 1, mtime=0))
    return packed if len(packed) < len(body) else body
