"""TL objects out of bytes that a client chose."""

from __future__ import annotations

from typing import Any

from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader


class DecodeError(Exception):
    """Bytes that are no TL object of Telethon's layer."""

    def __init__(self, reason: str, *, unknown_constructor: int | None = None) -> None:
        super().__init__(reason)
        self.unknown_constructor = unknown_constructor


def read_object(data: bytes) -> tuple[Any, int]:
    """The TL object at the start of `data`, and how many bytes it takes."""
    reader = BinaryReader(data)
    try:
        obj = reader.tgread_object()
    except TypeNotFoundError as e:
        constructor = e.invalid_constructor_id
        raise DecodeError(
            f"unknown constructor {constructor:#010x}", unknown_constructor=constructor
        ) from e
    except Exception as e:
        # Telethon's reader checks nothing: what it raises on broken input is whatever the
        # missing or senseless bytes lead to.
        raise DecodeError(f"broken object: {type(e).__name__}: {e}") from e
    length: int = reader.tell_position()
    return obj, length


def read_whole(data: bytes) -> Any:
    """The TL object that `data` is, without a byte left over."""
    obj, length = read_object(data)
    if length != len(data):
        raise DecodeError(f"{len(data) - length} bytes after {type(obj).__name__}")
    return obj
