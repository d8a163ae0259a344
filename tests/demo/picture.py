"""A picture made on the spot: the customer's screenshot of an order page.

https://www.w3.org/TR/png/
"""

from __future__ import annotations

import struct
import zlib

WIDTH, HEIGHT = 320, 180
LINE, GAP = 20, 14
"""Rows from one line of text to the next, and those of them that stay empty."""

_PAPER, _INK, _HEADER = b"\xf7\xf7\xf2", b"\x6b\x72\x80", b"\x2f\x6f\xde"


def screenshot() -> bytes:
    """A PNG: a page with a blue header and grey lines of text."""
    rows = b"".join(b"\0" + _row(y) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)  # 8 bits a channel, RGB
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def _row(y: int) -> bytes:
    if y < HEIGHT // 6:
        return _HEADER * WIDTH
    if y % LINE < GAP:
        return _PAPER * WIDTH
    margin, length = 20, 60 + y * 37 % 200
    return _PAPER * margin + _INK * length + _PAPER * (WIDTH - margin - length)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
