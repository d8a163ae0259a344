"""What another process wrote to the database: `dead-letters --replay`, run beside the relay."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from daemon.relay.clock import Clock
from daemon.relay.store import Store

_LOOK_S = 1.0


class Beside:
    """`on_change` is called when another process has written something."""

    def __init__(self, store: Store, clock: Clock, on_change: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._on_change = on_change

    async def run(self) -> None:
        version = await self._version()
        while True:
            await self._clock.sleep(_LOOK_S)
            if (now := await self._version()) != version:
                version = now
                self._on_change()

    async def _version(self) -> int:
        """Another number whenever anybody else has committed something:
        https://www.sqlite.org/pragma.html#pragma_data_version"""

        def ask(tx: sqlite3.Connection) -> int:
            return int(tx.execute("PRAGMA data_version").fetchone()[0])

        return await self._store("version", ask)
