"""A router on a real database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable

from daemon.core.model import ChatId, Inbound
from daemon.core.sync import KnownChat
from daemon.relay.contexts import ContextWanted
from daemon.relay.router import Router
from daemon.storage import inbox
from daemon.storage.db import Database
from tests.builders import STAFF
from tests.storage.relaying import DESK, Time, WatchedStore, select, until


class Unclaimed:
    """Claims nothing, and notes the destinations that it could have claimed for."""

    def __init__(self, destinations: set[ChatId]) -> None:
        self._told = destinations
        self._destinations: set[ChatId] = set()

    def claim(self, _tx: sqlite3.Connection, destinations: Iterable[ChatId]) -> None:
        self._destinations = set(destinations)

    def begin(self) -> None:
        self._told |= self._destinations


class Routing:
    """A router on a database in which some groups are enrolled, and what it told."""

    def __init__(self, database: Database, time: Time) -> None:
        self.database = database
        self.store = WatchedStore(database, time.clock())
        self.destinations: set[ChatId] = set()
        self.enrolled: list[KnownChat] = []
        self.contexts: list[ContextWanted] = []
        self.router = Router(
            self.store,
            DESK,
            time.clock(),
            album_quiet_s=1.0,
            claims=lambda: Unclaimed(self.destinations),
            on_groups_changed=self.enrolled.extend,
            on_context_wanted=self.contexts.extend,
        )

    async def receive(self, *messages: Inbound) -> None:
        def put(tx: sqlite3.Connection) -> None:
            for message in messages:
                inbox.put(tx, message, 0)

        await self.database.transaction("put", put)

    async def routed(self, waiting: int = 0) -> None:
        """Run the router until so many messages are left waiting."""

        before = len(self.store.committed)

        def is_done() -> bool:
            routed_since = len(self.store.committed) > before
            return routed_since and not self.store.busy and self.count("inbox") == waiting

        self.router.wake()
        task = asyncio.create_task(self.router.run())
        try:
            await until(is_done)
        finally:
            task.cancel()
            await asyncio.wait({task})

    def count(self, table: str) -> int:
        ((number,),) = select(self.database, f"SELECT count(*) FROM {table}")
        return int(number)

    def texts(self, destination: ChatId = STAFF) -> list[str]:
        sql = f"SELECT json_extract(text, '$.text') FROM outbox WHERE destination = {destination}"
        return [str(text) for (text,) in select(self.database, f"{sql} ORDER BY id")]
