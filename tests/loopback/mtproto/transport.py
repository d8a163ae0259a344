"""The "full" TCP transport: length, sequence number, payload, checksum.

https://core.telegram.org/mtproto/mtproto-transports#full
"""

from __future__ import annotations

import struct
from zlib import crc32

OVERHEAD = 12
"""Bytes a frame adds to its payload: length, sequence number, CRC32."""

MAX_LENGTH = 1 << 20
"""A longer frame is refused: the largest container Telegram takes is a little below 1 MiB."""

KEY_UNKNOWN = -404
"""Transport error: no such authorization key, or a key exchange gone wrong.

https://core.telegram.org/mtproto/mtproto-transports#transport-errors
"""

_HEADER = struct.Struct("<iI")
_WORD = struct.Struct("<I")
_ERROR = struct.Struct("<i")


class TransportError(Exception):
    """Bytes that are no frame of the full transport: the connection is of no more use."""


class FrameReader:
    """Cuts one direction of a connection's bytes into payloads."""

    __slots__ = ("_buffer", "_sequence")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._sequence = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads that are complete now that `data` has arrived."""
        buffer = self._buffer
        buffer += data
        payloads: list[bytes] = []
        start = 0
        while len(buffer) - start >= _HEADER.size:
            length, sequence = _HEADER.unpack_from(buffer, start)
            # The length is judged before its bytes arrive: a client of another transport would
            # otherwise make the server wait for ever.
            if not OVERHEAD + 4 <= length <= MAX_LENGTH or length % 4:
                raise TransportError(f"frame length {length}")
            if sequence != self._sequence:
                raise TransportError(f"frame number {sequence}, expected {self._sequence}")
            end = start + length
            if len(buffer) < end:
                break
            with memoryview(buffer) as view:
                (checksum,) = _WORD.unpack_from(view, end - 4)
                if crc32(view[start : end - 4]) != checksum:
                    raise TransportError(f"checksum of frame {sequence} is wrong")
                payloads.append(bytes(view[start + 8 : end - 4]))
            self._sequence += 1
            start = end
        del buffer[:start]
        return payloads


class FrameWriter:
    """Wraps the payloads of the other direction."""

    __slots__ = ("_sequence",)

    def __init__(self) -> None:
        self._sequence = 0

    def frame(self, payload: bytes) -> bytes:
        head = _HEADER.pack(len(payload) + OVERHEAD, self._sequence)
        self._sequence += 1
        return b"".join((head, payload, _WORD.pack(crc32(payload, crc32(head)))))

    def error(self, code: int) -> bytes:
        """A transport error: its code, below zero, is the whole payload."""
        return self.frame(_ERROR.pack(code))
