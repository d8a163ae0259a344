"""Sends what waits in the outbox: one request at a time to each destination, in order.

A row is claimed before its first attempt and settled after the answer. Between the two the
outcome is unknown to whoever finds the row, so the same request is made again with the same
random_id, by which Telegram knows it.
"""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import structlog

from daemon.core.model import ChatId, LinkRole
from daemon.core.pacing import Pacer
from daemon.core.sync import sequence_of
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.delivery import Delivery, Failed, Moved, Outcome, Postponed, Sent
from daemon.relay.desk import Desk
from daemon.relay.outcomes import Outcomes
from daemon.relay.store import Store
from daemon.storage import backlog, merging, moves, outbox, waits
from daemon.storage.outbox_row import OutboxRow, RowUnreadable

log = structlog.get_logger()


class Horizon(Protocol):
    """What the client knows of Telegram's side."""

    def top_of(self, sequence: ChatId) -> int:
        """Highest message id seen in the sequence (see `sequence_of`), 0 if none was."""

    def note_top(self, chat_id: ChatId, msg_id: int) -> None:
        """A message with this id is in the chat."""

    def server_time_ms(self, local_ms: int) -> int:
        """Telegram's time for a local time."""


@dataclass(frozen=True, slots=True)
class _Step:
    """What a lane does next: this row, or after a pause look again, or nothing."""

    row: OutboxRow | None = None
    left_over: bool = False
    """Another process claimed the row, and may have sent it."""
    wait_s: float = 0.0
    more: bool = False
    unreadable: RowUnreadable | None = None
    """This row was set aside."""
    moved_to: ChatId | None = None
    """What waited here waits there now."""


class Sender:
    """`on_settled` is called whenever it became known what became of a message."""

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        pacer: Pacer,
        desk: Desk,
        clock: Clock,
        horizon: Horizon,
        on_settled: Callable[[], None],
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._pacer = pacer
        self._desk = desk
        self._clock = clock
        self._horizon = horizon
        self._on_settled = on_settled
        self._outcomes = Outcomes(desk, clock, pacer.limits)
        self._lanes: dict[ChatId, asyncio.Task[None]] = {}
        self._woken: set[ChatId] = set()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self.turns = 0

    def nudge(self) -> None:
        """Turn once, though nothing came."""
        self._wake.set()

    def wake(self, destinations: Iterable[ChatId]) -> None:
        """Something may wait for these destinations."""
        self._woken.update(destinations)
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled. What an earlier process left is taken up first."""
        self.wake(await self._store("destinations", outbox.destinations))
        async with asyncio.TaskGroup() as lanes:
            while True:
                self.turns += 1
                await self._wake.wait()
                self._wake.clear()
                for destination in [d for d in self._woken if d not in self._lanes]:
                    self._woken.discard(destination)
                    lane = lanes.create_task(self._lane(destination))
                    self._lanes[destination] = lane
                    lane.add_done_callback(functools.partial(self._lane_ended, destination))
                self._pacer.forget_idle(self._clock.monotonic())

    async def drain(self) -> None:
        """Finish the requests under way and begin no others."""
        self._stopping.set()
        if self._lanes:
            await asyncio.wait(self._lanes.values())

    def _lane_ended(self, destination: ChatId, _lane: asyncio.Task[None]) -> None:
        del self._lanes[destination]
        if destination in self._woken:
            self._wake.set()

    async def _lane(self, destination: ChatId) -> None:
        """Send to one destination until nothing waits for it."""
        step = await self._store("claim", lambda tx: self._begin(tx, destination))
        while step.row is not None or step.more:
            if step.row is None:
                self._log_unreadable(destination, step.unreadable)
                await self._pause(step.wait_s)
                step = await self._store("claim", lambda tx: self._claim(tx, destination))
                continue
            row = step.row
            outcome: Outcome | None = None
            if step.left_over:
                outcome = self._delivery.outcome_of_left_over(row)
            if outcome is None:
                row, outcome = await self._delivery.deliver(row, left_over=step.left_over)
                self._pacer.over(destination)
            step = await self._settle(row, outcome)
        if step.moved_to is not None:
            self.wake({step.moved_to})

    async def _pause(self, seconds: float) -> None:
        """Wait, but not beyond the relay's end."""
        until = {
            asyncio.ensure_future(self._clock.sleep(seconds)),
            asyncio.ensure_future(self._stopping.wait()),
        }
        await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        for future in until:
            future.cancel()

    def _begin(self, tx: sqlite3.Connection, destination: ChatId) -> _Step:
        try:
            left_over = outbox.sending(tx, destination)
        except RowUnreadable as error:
            return self._set_aside(tx, error)
        if left_over is not None:
            return _Step(left_over, left_over=True)
        return self._claim(tx, destination)

    def _claim(self, tx: sqlite3.Connection, destination: ChatId) -> _Step:
        """The next row, if it may go now. A row is claimed no earlier than that: replies to
        what may be a claimed row's message are held until it is settled."""
        now_at = moves.current(tx, destination)
        if now_at != destination:
            return _Step(moved_to=now_at)
        self._merge(tx, destination)
        messages = outbox.next_size(tx, destination)
        if self._stopping.is_set() or not messages:
            return _Step()
        told_to_wait_ms = waits.left_ms(tx, destination, self._clock.now_ms())
        paced_s = self._pacer.wait(destination, self._clock.monotonic(), messages)
        wait_s = max(told_to_wait_ms / 1000, paced_s)
        if wait_s > 0:
            return _Step(wait_s=wait_s, more=True)
        now = self._horizon.server_time_ms(self._clock.now_ms())
        try:
            row = outbox.claim(tx, destination, now, self._horizon.top_of(sequence_of(destination)))
        except RowUnreadable as error:
            return self._set_aside(tx, error)
        if row is not None:
            self._pacer.claimed(destination)
        return _Step(row)

    def _merge(self, tx: sqlite3.Connection, destination: ChatId) -> None:
        """Where much waits for the staff, make fewer messages of it: what is told together takes
        one turn. In the transaction that may claim, so that nobody ever sees half of it."""
        now, limits = self._clock.now_ms(), self._pacer.limits
        if self._desk.is_staff(destination) and backlog.is_behind(tx, destination, now, limits):
            merging.merge_next(tx, destination, self._clock.random_id)

    def _set_aside(self, tx: sqlite3.Connection, row: RowUnreadable) -> _Step:
        """Keep a row that cannot be read, so that the next ones go on, and tell the staff."""
        self._outcomes.set_aside(tx, row)
        return _Step(more=True, unreadable=row)

    def _log_unreadable(self, destination: ChatId, row: RowUnreadable | None) -> None:
        if row is not None:
            values = {"outbox": row.row_id, "chat": destination, "ticket": row.ticket_id}
            log.error(events.SEND_FAILED, reason=str(row), **values)
            self.wake({self._desk.staff_group})

    async def _settle(self, row: OutboxRow, outcome: Outcome) -> _Step:
        """Store the outcome and claim the destination's next row, in one transaction."""

        def settle(tx: sqlite3.Connection) -> tuple[bool, _Step]:
            is_noted = self._outcomes.note(tx, row, outcome)
            return is_noted, self._claim(tx, row.destination)

        is_noted, step = await self._store("settle", settle)
        if is_noted:
            self._log_outcome(row, outcome)
        else:
            log.info(events.SEND_TAKEN_APART, outbox=row.id, chat=row.destination)
        if isinstance(outcome, Sent):
            for msg_id in outcome.msg_ids:
                self._horizon.note_top(row.destination, msg_id)
        self._on_settled()
        if not row.role.is_notice:  # what is told of a message is told to the staff
            self.wake({self._desk.staff_group})
        return step

    def _log_outcome(self, row: OutboxRow, outcome: Outcome) -> None:
        now = self._clock.now_ms()
        values = {
            "outbox": row.id,
            "chat": row.destination,
            "ticket": row.ticket_id,
            "role": row.role.value,
            "attempts": row.attempts,
            "waited_ms": max(0, now - row.queued_at),
            "took_ms": max(0, self._horizon.server_time_ms(now) - row.claimed_at),
            **self._desk.logged(row.text),
        }
        match outcome:
            case Sent(()) if row.role is LinkRole.REACTION:
                log.info(events.SEND_SETTLED, messages=[], **values)
            case Sent(()):
                log.warning(events.SEND_ID_UNKNOWN, **values)
            case Sent(msg_ids):
                log.info(events.SEND_SETTLED, messages=list(msg_ids), **values)
            case Failed(reason) if row.role is LinkRole.ADMIN_NOTICE:
                log.warning(events.SEND_FAILED, reason=reason, **values)  # the staff group is told
            case Failed(reason):
                log.error(events.SEND_FAILED, reason=reason, **values)
            case Postponed(wait_s):
                log.warning(events.SEND_WAITS, wait_s=wait_s, **values)
            case Moved(to):
                log.info(events.SEND_REDIRECTED, to=to, **values)
