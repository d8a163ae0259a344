"""The database as the relay's parts use it: what must be noted is noted, whatever it takes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

import structlog

from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.storage.db import Database, may_pass

log = structlog.get_logger()

T = TypeVar("T")

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


class Store:
    """Transactions that are repeated for as long as the disk refuses them: full, read-only, in
    use by another. Nothing of its caller moves on meanwhile. An error of another kind is one of
    the program and is raised.

    `on_refused` is told, in a line for people, each time the disk refuses one."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        on_refused: Callable[[str], None] = lambda _trouble: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_refused = on_refused
        self.refusals = 0
        """How often the disk refused a transaction."""

    async def __call__(self, name: str, work: Callable[[sqlite3.Connection], T]) -> T:
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                return await self._database.transaction(name, work)
            except sqlite3.OperationalError as error:
                if not may_pass(error):
                    raise
                self._on_refused(f"The database takes nothing in, and nothing goes on: {error}")
                self.refusals += 1
                log.error(events.STORAGE_FAILED, during=name, error=str(error), retry_in_s=pause_s)
                await self._clock.sleep(pause_s)
                pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
