"""Server salts: which ones a key may use now, and which later.

https://core.telegram.org/mtproto/description#server-salt
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import sha256

LIFETIME = 1800
"""Seconds after which a key's salt changes; the one before stays good as long again."""

_WORDS = struct.Struct("<qq")


class Salts:
    """The salts of one authorization key, one for each half hour of the clock."""

    __slots__ = ("_first", "_generation", "_secret")

    def __init__(self, secret: bytes, first: int) -> None:
        """`first`: the salt the key exchange gave, good until `replace`."""
        self._secret = secret
        self._first: int | None = first
        self._generation = 0

    def current(self, now: float) -> int:
        return self._of(int(now) // LIFETIME)

    def valid(self, salt: int, now: float) -> bool:
        period = int(now) // LIFETIME
        return salt in (self._of(period), self._of(period - 1), self._first)

    def upcoming(self, count: int, now: float) -> Iterator[tuple[int, int, int]]:
        """The next salts, the current one first: valid since, valid until (Unix time), salt."""
        period = int(now) // LIFETIME
        for number in range(period, period + count):
            yield number * LIFETIME, (number + 2) * LIFETIME, self._of(number)

    def replace(self) -> None:
        """Make every salt given out so far worthless."""
        self._first = None
        self._generation += 1

    def _of(self, period: int) -> int:
        digest = sha256(self._secret + _WORDS.pack(self._generation, period)).digest()
        return int.from_bytes(digest[:8], "little", signed=True)
