"""Tells the staff that messages wait for long, and that they do so no more."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import structlog

from daemon.core.backlog import Backlog, News, measured, news, notice
from daemon.core.model import ChatId, LinkRole
from daemon.core.pacing import Limits
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.relay.store import Store
from daemon.storage import backlog, outbox

log = structlog.get_logger()

_LOOKS = 4
"""So many looks in the time after which a backlog is told of."""

_LONGEST_PAUSE_S = 15.0


class BacklogWatch:
    """`notice_s`: how long the oldest message may wait until that is told. `on_outbox` is told the
    destinations that something was queued for."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        clock: Clock,
        limits: Limits,
        *,
        notice_s: float,
        on_outbox: Callable[[set[ChatId]], None],
    ) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._limits = limits
        self._notice_s = notice_s
        self._on_outbox = on_outbox

    async def run(self) -> None:
        pause_s = min(_LONGEST_PAUSE_S, self._notice_s / _LOOKS)
        while True:
            await self._clock.sleep(pause_s)
            found, told = await self._store("backlog", self._look)
            values = {"messages": found.messages, "oldest_s": round(found.age_s)}
            if told is News.BEGUN:
                log.warning(events.BACKLOG_BEGUN, left_s=round(found.left_s), **values)
            elif told is News.OVER:
                log.info(events.BACKLOG_OVER, **values)
            if told is not None:
                self._on_outbox({self._desk.staff_group})

    def _look(self, tx: sqlite3.Connection) -> tuple[Backlog, News | None]:
        now = self._clock.now_ms()
        found = measured(backlog.queues(tx), now, self._limits)
        told = news(found, is_told=backlog.is_told(tx), notice_s=self._notice_s)
        if told is not None:
            text = notice(self._desk.texts, found, told)
            draft = outbox.Draft(self._desk.staff_group, None, LinkRole.NOTICE, text, urgent=True)
            outbox.put(tx, draft, self._clock.random_id, now)
        if told is News.BEGUN:
            backlog.note_told(tx, now)
        elif told is News.OVER:
            backlog.forget(tx)
        return found, told
