"""Looks at groups where Telegram tells that something changed and not what, and at the start,
since the relay may have been away.

https://core.telegram.org/constructor/updateChannel
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import structlog

from daemon.core.membership import GroupSeen
from daemon.core.retry import ErrorKind
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.relay.store import Store
from daemon.storage import group_events, groups, members, sync_state
from daemon.storage.members import Lookup
from daemon.telegram.calls import RequestFailed
from daemon.telegram.group_view import GroupView

log = structlog.get_logger()

_TOLD_TOGETHER_S = 0.5
"""Time for whatever else Telegram tells of one change, such as who made it."""

_PAUSE_S = 5.0
"""Until the next try, where Telegram did not answer the question."""

_AGAIN = (ErrorKind.FLOOD_WAIT, ErrorKind.UNKNOWN_OUTCOME, ErrorKind.SERVER_TROUBLE)
"""After anything else the same question would get the same answer."""


class Lookout:
    """`on_seen` is called when something was found."""

    def __init__(
        self,
        store: Store,
        view: GroupView,
        clock: Clock,
        desk: Desk,
        on_seen: Callable[[], None],
    ) -> None:
        self._store = store
        self._view = view
        self._clock = clock
        self._desk = desk
        self._on_seen = on_seen
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """A group is to be looked at."""
        self._wake.set()

    async def run(self) -> None:
        """Look at our own groups, then at whatever is asked for, until cancelled."""
        await self._store("look_at_ours", self._ask_for_ours)
        self._wake.set()
        while True:
            await self._wake.wait()
            await self._clock.sleep(_TOLD_TOGETHER_S)
            self._wake.clear()
            for lookup in await self._store("lookups", members.asked_for):
                await self._look(lookup)

    def _ask_for_ours(self, tx: sqlite3.Connection) -> None:
        members.ask_for_look(tx, {self._desk.staff_group, *groups.all_groups(tx)})

    async def _look(self, lookup: Lookup) -> None:
        try:
            with_members = lookup.chat_id == self._desk.staff_group
            seen = await self._view.look_at(lookup.chat_id, with_members=with_members)
        except RequestFailed as error:
            wait_s = max(_PAUSE_S, error.failure.wait_s)
            is_over = error.failure.kind not in _AGAIN
            log.warning(
                events.LOOK_UP_FAILED,
                chat=lookup.chat_id,
                error=str(error),
                retry_in_s=None if is_over else wait_s,
            )
            if not is_over:
                await self._clock.sleep(wait_s)
                self._wake.set()
                return
            seen = None
        await self._store("looked", lambda tx: self._note(tx, lookup, seen))
        self._on_seen()

    def _note(self, tx: sqlite3.Connection, lookup: Lookup, seen: GroupSeen | None) -> None:
        actor = members.end_look(tx, lookup)
        if seen is None:
            return
        known = sync_state.chat(tx, seen.chat_id)
        title = seen.chat_title or (known.title if known else "")
        told = replace(seen, actor=actor, chat_title=title)
        group_events.put(tx, told, self._clock.now_ms())
