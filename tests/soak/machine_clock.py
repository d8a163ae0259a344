"""The clock of the relay's machine, which may be wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from telethon.network import authenticator, mtprotostate

_STAMPING = (mtprotostate, authenticator)


@dataclass(slots=True)
class MachineClock:
    """The clock of the relay's machine, which may be wrong. `true_ms`: the right time."""

    true_ms: Callable[[], int]
    ahead_s: float = 0.0

    def now_ms(self) -> int:
        return self.true_ms() + int(self.ahead_s * 1000)

    @contextmanager
    def read_by_telethon(self) -> Iterator[None]:
        """Telethon takes no clock; where it stamps messages it reads this one meanwhile."""
        for module in _STAMPING:
            module.time = self
        try:
            yield
        finally:
            for module in _STAMPING:
                module.time = time

    def time(self) -> float:
        """Seconds since the epoch."""
        return self.now_ms() / 1000
