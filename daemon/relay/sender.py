"""Sends what waits in the outbox: one request at a time to each destination, in order.

A row is claimed before its first attempt and settled after the answer. Between the two the
outcome is unknown to whoever finds the row, so the same request is made again with the same
random_id, by which Telegram knows it.

Who may claim for a destination holds it: a lane, while there is something to send; or a
transaction that queues something where no lane runs, which then claims it at once.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable

import structlog

from daemon.core.model import ChatId, LinkRole
from daemon.core.pacing import Pacer
from daemon.relay import events
from daemon.relay.claiming import Claimer, Horizon, Step
from daemon.relay.clock import Clock
from daemon.relay.delivery import Delivery, Failed, Moved, Outcome, Postponed, Sent
from daemon.relay.desk import Desk
from daemon.relay.outcomes import Outcomes
from daemon.relay.store import Store
from daemon.storage import outbox
from daemon.storage.outbox_row import OutboxRow, RowUnreadable

log = structlog.get_logger()

_FORGET_INTERVAL_S = 60.0
"""So often the pace of chats that nothing was sent to of late is dropped."""


class Claims:
    """What one transaction claims; `Sender.claims` makes one. `claim` is called in the transaction,
    once each time that is run; `begin` on the event loop, once it is committed."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._held: set[ChatId] = set()
        """A transaction that is run again may find other destinations than before."""
        self._steps: dict[ChatId, Step] = {}
        self._others: set[ChatId] = set()

    def claim(self, tx: sqlite3.Connection, destinations: Iterable[ChatId]) -> None:
        """Claim for the destinations that nothing is being sent to, of those for which the
        transaction queued something."""
        self._steps, self._others = {}, set()
        for destination in destinations:
            if self._sender.hold(destination, self):
                self._held.add(destination)
                self._steps[destination] = self._sender.claimer.first(tx, destination)
            else:
                self._others.add(destination)

    def begin(self) -> None:
        """Have it sent."""
        for destination in self._held:
            self._sender.go_on(destination, self._steps.get(destination, Step()))
        if self._others:
            self._sender.wake(self._others)


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
        self.claimer = Claimer(pacer, desk, clock, horizon, self._outcomes)
        self._holders: dict[ChatId, object] = {}
        """Who holds a destination. Changed on the database's thread too, by single operations."""
        self._lanes: set[asyncio.Task[None]] = set()
        self._first_steps: dict[ChatId, Step] = {}
        """Of the lanes that are to begin."""
        self._woken: set[ChatId] = set()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._forget_at = 0.0
        self.turns = 0

    def nudge(self) -> None:
        """Turn once, though nothing came."""
        self._wake.set()

    def wake(self, destinations: Iterable[ChatId]) -> None:
        """Something may wait for these destinations."""
        self._woken.update(destinations)
        self._wake.set()

    def claims(self) -> Claims:
        """For a transaction that queues something, so that it need not wait for another one."""
        return Claims(self)

    def hold(self, destination: ChatId, holder: object) -> bool:
        """Whether the holder alone claims for the destination from now on. May be called on any
        thread."""
        return self._holders.setdefault(destination, holder) is holder

    def go_on(self, destination: ChatId, step: Step) -> None:
        """Go on with what was claimed for a destination that is held; where that is nothing, it is
        held no more."""
        if step.is_last:
            self._release(destination, step)
        else:
            self._first_steps[destination] = step
            self._wake.set()

    async def run(self) -> None:
        """Send until cancelled. What an earlier process left is taken up first."""
        self.wake(await self._store("destinations", outbox.destinations))
        async with asyncio.TaskGroup() as lanes:
            while True:
                self.turns += 1
                await self._wake.wait()
                self._wake.clear()
                for destination in [d for d in self._woken if self.hold(d, self)]:
                    self._woken.discard(destination)
                    self._begin_lane(lanes, destination, None)
                while self._first_steps:
                    self._begin_lane(lanes, *self._first_steps.popitem())
                self._forget_idle()

    async def drain(self) -> None:
        """Finish the requests under way and begin no others."""
        self.claimer.stop()
        self._stopping.set()
        # What a transaction before this one has claimed is to be sent by a lane that may begin yet.
        await self._store("drain", lambda _: None)
        while self._first_steps or self._lanes:
            await asyncio.wait({*self._lanes, asyncio.ensure_future(asyncio.sleep(0))})

    def _begin_lane(self, lanes: asyncio.TaskGroup, destination: ChatId, step: Step | None) -> None:
        lane = lanes.create_task(self._lane(destination, step))
        self._holders[destination] = lane
        self._lanes.add(lane)
        lane.add_done_callback(self._lanes.discard)

    def _forget_idle(self) -> None:
        now = self._clock.monotonic()
        if now >= self._forget_at:
            self._forget_at = now + _FORGET_INTERVAL_S
            self._pacer.forget_idle(now)

    def _release(self, destination: ChatId, last: Step) -> None:
        """Nothing waits for the destination, as far as its last step could tell."""
        self._pacer.over(destination)  # a claim that the disk took back is none
        del self._holders[destination]
        if last.moved_to is not None:
            self.wake({last.moved_to})
        if destination in self._woken:
            self._wake.set()

    async def _lane(self, destination: ChatId, step: Step | None) -> None:
        """Send to one destination until nothing waits for it."""
        if step is None:
            step = await self._store("claim", lambda tx: self.claimer.first(tx, destination))
        while not step.is_last:
            if step.row is None:
                self._log_unreadable(destination, step.unreadable)
                await self._pause(step.wait_s)
                step = await self._store("claim", lambda tx: self.claimer.next(tx, destination))
                continue
            row = step.row
            outcome: Outcome | None = None
            if step.left_over:
                outcome = self._delivery.outcome_of_left_over(row)
            if outcome is None:
                row, outcome = await self._delivery.deliver(row, left_over=step.left_over)
                self._pacer.over(destination)
            step = await self._settle(row, outcome)
        self._release(destination, step)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not beyond the relay's end."""
        until = {
            asyncio.ensure_future(self._clock.sleep(seconds)),
            asyncio.ensure_future(self._stopping.wait()),
        }
        await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        for future in until:
            future.cancel()

    def _log_unreadable(self, destination: ChatId, row: RowUnreadable | None) -> None:
        if row is not None:
            values = {"outbox": row.row_id, "chat": destination, "ticket": row.ticket_id}
            log.error(events.SEND_FAILED, reason=str(row), **values)
            self.wake({self._desk.staff_group})

    async def _settle(self, row: OutboxRow, outcome: Outcome) -> Step:
        """Store the outcome and claim what comes next: for the same destination, and for the staff
        group where they may be told something of it. In one transaction."""
        # What was queued before this moment is seen by the transaction.
        self._woken.discard(row.destination)
        claims = self.claims()

        def settle(tx: sqlite3.Connection) -> tuple[bool, Step]:
            is_noted = self._outcomes.note(tx, row, outcome)
            if not row.role.is_notice:  # what is told of a message is told to the staff
                claims.claim(tx, {self._desk.staff_group} - {row.destination})
            return is_noted, self.claimer.next(tx, row.destination)

        is_noted, step = await self._store("settle", settle)
        claims.begin()
        if is_noted:
            self._log_outcome(row, outcome)
        else:
            log.info(events.SEND_TAKEN_APART, outbox=row.id, chat=row.destination)
        if isinstance(outcome, Sent):
            for msg_id in outcome.msg_ids:
                self._horizon.note_top(row.destination, msg_id)
        self._on_settled()
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
