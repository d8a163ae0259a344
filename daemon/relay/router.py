"""Keeps routing going: whenever something new waits, or something held may go on."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import structlog

from daemon.core.model import ChatId
from daemon.core.sync import KnownChat
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.contexts import ContextWanted
from daemon.relay.desk import Desk
from daemon.relay.routing import Routed, Routing
from daemon.relay.store import Store

log = structlog.get_logger()


class Claims(Protocol):
    """What a transaction claims for sending, of what it queues; see `daemon.relay.sender`."""

    def claim(self, tx: sqlite3.Connection, destinations: Iterable[ChatId]) -> None:
        """In the transaction, each time that it is run."""

    def begin(self) -> None:
        """On the event loop, once it is committed."""


class Round:
    """Routes one lot of what waits, in a transaction that put something there; `Router.a_round`
    makes one."""

    def __init__(self, router: Router, claims: Claims) -> None:
        self._router = router
        self._claims = claims
        self._routed = Routed()

    def route(self, tx: sqlite3.Connection) -> None:
        """In the transaction, each time that it is run."""
        self._routed = self._router.route(tx, self._claims)

    def conclude(self) -> None:
        """On the event loop, once it is committed."""
        self._router.conclude(self._routed, self._claims)
        if self._routed.look_again_ms:
            self._router.wake()


class Router:
    """`claims` makes what the sender claims by; `on_context_wanted` is told what messages wait for;
    `on_groups_changed` is called when groups became customer groups, which it is told, or ceased
    to be."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        clock: Clock,
        *,
        album_quiet_s: float,
        claims: Callable[[], Claims],
        on_groups_changed: Callable[[list[KnownChat]], None],
        on_context_wanted: Callable[[Iterable[ContextWanted]], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._routing = Routing(desk, clock, album_quiet_s)
        self._claims = claims
        self._on_groups_changed = on_groups_changed
        self._on_context_wanted = on_context_wanted
        self._wake = asyncio.Event()
        self._awaits_settling = True
        """As of the last round, or of one that is under way on the database's thread."""
        self.turns = 0

    def wake(self) -> None:
        """Something new waits, or something held may go on."""
        self._wake.set()

    def settled(self) -> None:
        """It became known what became of a message."""
        if self._awaits_settling:
            self._wake.set()

    def nudge(self) -> None:
        """Turn once, though nothing came."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            self.turns += 1
            self._wake.clear()
            claims = self._claims()
            routed = await self._store("route", functools.partial(self.route, claims=claims))
            self.conclude(routed, claims)
            await self._woken(routed.look_again_ms / 1000)

    def a_round(self) -> Round:
        """For a transaction that puts something into the inbox, which then need not wait for
        another one."""
        return Round(self, self._claims())

    async def _woken(self, within_s: float) -> None:
        """Wait for a call to wake, no longer than `within_s` seconds; 0 is without an end."""
        if not within_s:
            await self._wake.wait()
            return
        until: set[asyncio.Future[Any]] = {
            asyncio.ensure_future(self._wake.wait()),
            asyncio.ensure_future(self._clock.sleep(within_s)),
        }
        try:
            await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for future in until:
                future.cancel()

    def conclude(self, routed: Routed, claims: Claims) -> None:
        """Go on with what was routed, once that is committed."""
        claims.begin()
        for event, values in routed.lines:
            write = log.error if event == events.UPDATE_DEAD else log.info
            write(event, **values)
        for chat in routed.enrolled:
            log.info(events.GROUP_ADDED, chat=chat.chat_id, title=chat.title)
        if routed.enrolled or routed.removed_any:
            self._on_groups_changed(routed.enrolled)
        self._on_context_wanted(routed.contexts)
        if routed.more:
            self.wake()

    def route(self, tx: sqlite3.Connection, claims: Claims) -> Routed:
        """Route one lot of what waits, and claim what may be sent of it at once."""
        routed = self._routing.route(tx)
        self._awaits_settling = routed.awaits_settling
        claims.claim(tx, routed.destinations)
        return routed
