"""Takes batches of updates over and stores them: messages and state in one transaction.

One task writes all that waits at once (group commit), so that a burst of updates costs a few
commits and not one for each. What can be routed at once is, in the same transaction.
"""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections.abc import Callable

from daemon.core.model import MessageKey
from daemon.core.sync import ACCOUNT, Batch, Move
from daemon.relay.clock import Clock
from daemon.relay.router import Round
from daemon.relay.store import Store
from daemon.storage import group_events, inbox, members, moves, outbox, sync_state

_WAITING_BATCHES = 1000
"""Beyond this the update loop waits for the disk."""

_IDLE_STATE_S = 30.0
"""A state that moved without bringing anything is stored after this time."""

RoundFor = Callable[[Batch], Round | None]
"""Makes the round of routing for a batch; None: the batch is only stored."""
OnStored = Callable[[Batch, Round | None], None]


class Intake:
    """Runs before there is anybody to route to, since a login already brings updates."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._round_for: RoundFor = lambda _: None
        self._on_stored: OnStored = lambda _batch, _round: None
        self._waiting: asyncio.Queue[Batch] = asyncio.Queue(_WAITING_BATCHES)
        self._unsaved = Batch()
        self._due = clock.monotonic() + _IDLE_STATE_S
        self.turns = 0
        self.heard_ms = 0
        """When updates last came, ms since the epoch; 0 where none did yet."""

    def tell(self, round_for: RoundFor, on_stored: OnStored) -> None:
        """From now on let each batch be routed by what `round_for` makes for it, and call
        `on_stored` after each commit, with what it stored and the round that was in it."""
        self._round_for = round_for
        self._on_stored = on_stored

    def is_full(self) -> bool:
        """Whether no more can be taken until something is stored."""
        return self._waiting.full()

    async def take(self, batch: Batch) -> None:
        """Take a batch over; returns before it is stored."""
        self.heard_ms = self._clock.now_ms()
        await self._waiting.put(batch)

    def nudge(self) -> None:
        """Turn once, though nothing came."""
        if self._waiting.empty():
            self._waiting.put_nowait(Batch())

    async def stored(self) -> None:
        """Wait until every batch taken so far is stored."""
        await self._waiting.join()

    async def run(self) -> None:
        while True:
            self.turns += 1
            taken = await self._next_batches()
            for batch in taken:
                _merge(self._unsaved, batch)
            if self._unsaved.must_be_stored or self._clock.monotonic() >= self._due:
                await self.flush()
            for _ in taken:
                self._waiting.task_done()

    async def flush(self) -> None:
        """Store what is taken and not stored, the state included."""
        batch, self._unsaved = self._unsaved, Batch()
        if batch.account is None and not batch.must_be_stored:
            return
        a_round = self._round_for(batch)

        def write(tx: sqlite3.Connection) -> list[Move]:
            moved = self._write(tx, batch)
            if a_round is not None:
                a_round.route(tx)
            return moved

        try:
            batch.moves = await self._store("inbox", write)
        except asyncio.CancelledError:
            # The transaction finishes on its thread; storing the same once more is harmless.
            _merge(batch, self._unsaved)
            self._unsaved = batch
            raise
        self._due = self._clock.monotonic() + _IDLE_STATE_S
        self._on_stored(batch, a_round)

    async def _next_batches(self) -> list[Batch]:
        """All that waits; nothing in it after a while of nothing."""
        idle = asyncio.get_running_loop().call_later(_IDLE_STATE_S, self.nudge)
        try:
            batches = [await self._waiting.get()]
        finally:
            idle.cancel()
        while not self._waiting.empty():
            batches.append(self._waiting.get_nowait())
        return batches

    def _write(self, tx: sqlite3.Connection, batch: Batch) -> list[Move]:
        """Returns the moves that were not known yet."""
        now = self._clock.now_ms()
        sync_state.put_state(tx, batch)
        for message in batch.messages:
            inbox.take_in(tx, message, now)
        for unreadable in batch.unreadable:
            inbox.put_unreadable(tx, unreadable, now)
        for membership in batch.memberships:
            put_event = functools.partial(group_events.put, tx, membership, now)
            inbox.guard(tx, MessageKey(membership.chat_id, 0), membership, now, put_event)
        members.ask_for_look(tx, batch.changed)
        for sent in batch.sent_ids:
            tell_id = functools.partial(outbox.tell_id, tx, sent.random_id, sent.msg_id)
            inbox.guard(tx, MessageKey(ACCOUNT, 0), sent, now, tell_id)
        # After the state: a group that moved is read from the beginning of its new sequence.
        return [move for move in batch.moves if moves.follow(tx, move)]


def _merge(into: Batch, later: Batch) -> None:
    into.messages += later.messages
    into.unreadable += later.unreadable
    into.chats |= later.chats
    into.sent_ids += later.sent_ids
    into.memberships += later.memberships
    into.changed |= later.changed
    into.gaps += later.gaps
    into.unknown |= later.unknown
    into.moves += later.moves
    into.tops |= later.tops
    into.account = later.account or into.account
    into.pts |= later.pts
