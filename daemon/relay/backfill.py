"""Fetches, by their ids, the messages that Telegram will not push any more.

While a chat has such a gap its later messages wait: order is kept.
https://core.telegram.org/method/channels.getMessages
"""

from __future__ import annotations

import asyncio
import collections
import sqlite3
from collections.abc import Callable

import structlog

from daemon.core.model import ChatId
from daemon.core.retry import ErrorKind
from daemon.core.routing import concerns
from daemon.core.sync import Gap, Move
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.relay.store import Store
from daemon.storage import inbox, moves, sync_state
from daemon.telegram.calls import RequestFailed
from daemon.telegram.fetcher import FETCH_LIMIT, Fetcher

log = structlog.get_logger()

_PAUSE_S = collections.defaultdict(lambda: 2.0, {ErrorKind.FORBIDDEN: 60.0})
"""Until the next try. A chat that we are not in any more may let us in again."""

_NOTHING_MORE = 2
"""Requests in a row that must find nothing before an open-ended gap is taken to end: people may
have deleted as many messages as one request asks for."""


class Backfill:
    """`on_stored` is called when messages were stored, `on_moved` for each group that moved, as
    the messages told."""

    def __init__(
        self,
        store: Store,
        fetcher: Fetcher,
        clock: Clock,
        desk: Desk,
        on_stored: Callable[[], None],
        on_moved: Callable[[Move], None],
    ) -> None:
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._desk = desk
        self._on_stored = on_stored
        self._on_moved = on_moved
        self._filling: set[ChatId] = set()
        self._wake = asyncio.Event()
        self._wake.set()  # an earlier process may have left gaps

    def wake(self) -> None:
        """A gap was found."""
        self._wake.set()

    async def run(self) -> None:
        """Fill gaps until cancelled, those of different chats side by side."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._wake.wait()
                self._wake.clear()
                for gap in await self._store("gaps", sync_state.gaps):
                    if gap.chat_id not in self._filling:
                        self._filling.add(gap.chat_id)
                        tasks.create_task(self._fill(gap.chat_id))

    async def _fill(self, sequence: ChatId) -> None:
        nothing_there = 0
        while gap := await self._store("gap", lambda tx: sync_state.gap(tx, sequence)):
            found_any = await self._fill_some(gap, is_last=nothing_there >= _NOTHING_MORE)
            nothing_there = 0 if found_any else nothing_there + 1
        self._filling.discard(sequence)
        self._wake.set()  # another gap may have been found in the chat meanwhile

    async def _fill_some(self, gap: Gap, *, is_last: bool) -> bool:
        """Fetch the next messages of a gap and note how far it is filled, in one transaction.
        `is_last`: an open-ended gap ends here if there is nothing. Whether anything was there."""
        end = min(gap.next_id + FETCH_LIMIT, gap.last_id + 1)
        try:
            fetched = await self._fetcher.fetch(gap.chat_id, range(gap.next_id, end))
        except RequestFailed as error:
            wait_s = max(_PAUSE_S[error.failure.kind], error.failure.wait_s)
            log.warning(events.GAP_FAILED, chat=gap.chat_id, error=str(error), retry_in_s=wait_s)
            await self._clock.sleep(wait_s)
            return True
        closed = end > gap.last_id or (gap.is_open_ended and is_last and not fetched.found_any)
        bot, follow_ups = self._desk.bot, self._desk.follow_up_s > 0
        ours = (m for m in fetched.messages if m.date >= gap.since)
        missed = [m for m in ours if concerns(m, bot, follow_ups=follow_ups)]

        def put(tx: sqlite3.Connection) -> list[Move]:
            for message in missed:
                inbox.take_in(tx, message, self._clock.now_ms())
            for unreadable in fetched.unreadable:
                inbox.put_unreadable(tx, unreadable, self._clock.now_ms())
            sync_state.advance_gap(tx, gap.chat_id, gap.last_id + 1 if closed else end)
            return [move for move in fetched.moves if moves.follow(tx, move)]

        for move in await self._store("backfill", put):
            self._on_moved(move)
        log.info(
            events.GAP_FILLED,
            chat=gap.chat_id,
            first=gap.next_id,
            last=end - 1,
            messages=len(missed),
            closed=closed,
        )
        self._on_stored()
        return fetched.found_any
