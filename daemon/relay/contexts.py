"""Fetches what questions reply to, and the rest of their albums, so that the staff see what is
asked about.

A question waits for it, and with it what the same person writes next; others in the chat do not.
What cannot be had does not keep it for long.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog

from daemon.core.model import MessageKey
from daemon.core.retry import ErrorKind
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.store import Store
from daemon.storage import inbox
from daemon.telegram.calls import RequestFailed
from daemon.telegram.fetcher import Fetcher

log = structlog.get_logger()

T = TypeVar("T")

_MOST_TRIES = 3
_PAUSE_S = 2.0
_LONGEST_WAIT_S = 30.0
"""A question does not wait longer than this for Telegram to be asked again."""

_MAY_PASS = (ErrorKind.UNKNOWN_OUTCOME, ErrorKind.FLOOD_WAIT)


@dataclass(frozen=True, slots=True)
class ContextWanted:
    """A waiting message whose context is to be fetched."""

    row_id: int
    """Its row in the inbox."""
    message: MessageKey
    reply_to: MessageKey | None = None
    """What it replies to, where that is wanted."""
    grouped_id: int | None = None
    """Its album, where the rest of that is wanted."""


class Contexts:
    """`on_stored` is called when a message need no longer wait."""

    def __init__(
        self, store: Store, fetcher: Fetcher, clock: Clock, on_stored: Callable[[], None]
    ) -> None:
        self._store = store
        self._fetcher = fetcher
        self._clock = clock
        self._on_stored = on_stored
        self._wanted: asyncio.Queue[ContextWanted] = asyncio.Queue()
        self._asked: set[int] = set()
        """Rows that are being seen to."""

    def ask(self, wanted: Iterable[ContextWanted]) -> None:
        """Fetch these, unless they are being fetched."""
        for one in wanted:
            if one.row_id not in self._asked:
                self._asked.add(one.row_id)
                self._wanted.put_nowait(one)

    async def run(self) -> None:
        """Fetch until cancelled, for different chats side by side."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(self._see_to(await self._wanted.get()))

    async def _see_to(self, wanted: ContextWanted) -> None:
        message, reply_to, grouped_id = wanted.message, wanted.reply_to, wanted.grouped_id
        context, album = None, None
        if reply_to is not None:
            context = await self._fetch(
                message, partial(self._fetcher.replied_to, message, reply_to)
            )
        if grouped_id is not None:
            album = await self._fetch(message, partial(self._fetcher.album_of, message, grouped_id))

        def put(tx: sqlite3.Connection) -> None:
            inbox.set_context(tx, wanted.row_id, context, album or ())

        await self._store("context", put)
        self._asked.discard(wanted.row_id)
        self._on_stored()

    async def _fetch(self, message: MessageKey, ask: Callable[[], Awaitable[T]]) -> T | None:
        """What Telegram answers; None where it refuses, or does not answer soon enough."""
        for tries_left in reversed(range(_MOST_TRIES)):
            try:
                return await ask()
            except RequestFailed as error:
                failure = error.failure
                wait_s = max(_PAUSE_S, failure.wait_s)
                if failure.kind not in _MAY_PASS or wait_s > _LONGEST_WAIT_S or not tries_left:
                    log.warning(
                        events.CONTEXT_FAILED,
                        chat=message.chat_id,
                        message=message.msg_id,
                        error=failure.reason,
                    )
                    return None
                await self._clock.sleep(wait_s)
        return None
