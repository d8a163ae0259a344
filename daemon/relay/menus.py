"""Keeps the menus of commands as they are to be: told at the start and when groups come and go, and
only what Telegram does not know yet. Nothing depends on them."""

from __future__ import annotations

import asyncio
import functools
import sqlite3

import structlog

from daemon.core.menu import Menu, Scope, changes, menus
from daemon.core.retry import ErrorKind
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.relay.store import Store
from daemon.storage import groups, moves
from daemon.storage import menus as told
from daemon.telegram.calls import RequestFailed
from daemon.telegram.menus import MenuBoard

log = structlog.get_logger()

_PAUSE_S = 5.0
_MOST_TRIES = 5
_MAY_PASS = (ErrorKind.UNKNOWN_OUTCOME, ErrorKind.FLOOD_WAIT)


class Menus:
    def __init__(self, store: Store, board: MenuBoard, clock: Clock, desk: Desk) -> None:
        self._store = store
        self._board = board
        self._clock = clock
        self._desk = desk
        self._wake = asyncio.Event()
        self._wake.set()

    def wake(self) -> None:
        """A group came or went."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            for scope, menu in await self._store("menus", self._changes):
                await self._tell(scope, menu)

    def _changes(self, tx: sqlite3.Connection) -> list[tuple[Scope, Menu | None]]:
        desk = self._desk
        staff_group = moves.current(tx, desk.staff_group)
        wanted = menus(desk.texts, staff_group, sorted(desk.admins), groups.all_groups(tx))
        return changes(wanted, told.known(tx))

    async def _tell(self, scope: Scope, menu: Menu | None) -> None:
        """What Telegram refuses stays as it is until the next time: an admin may not have written
        to the bot yet, or not be in the group."""
        for tries_left in reversed(range(_MOST_TRIES)):
            try:
                await self._board.put_up(scope, menu)
            except RequestFailed as error:
                failure = error.failure
                if failure.kind in _MAY_PASS and tries_left:
                    await self._clock.sleep(max(_PAUSE_S, failure.wait_s))
                    continue
                log.info(
                    events.MENU_FAILED,
                    kind=scope.kind.value,
                    chat=scope.chat_id or None,
                    user=scope.user_id or None,
                    error=failure.reason,
                )
                return
            await self._store("menu", functools.partial(told.note, scope=scope, menu=menu))
            return
