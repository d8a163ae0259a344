"""Takes rows of the outbox for sending, each in the moment in which it may go."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Protocol

from daemon.core.model import ChatId
from daemon.core.pacing import Pacer
from daemon.core.sync import sequence_of
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.relay.outcomes import Outcomes
from daemon.storage import backlog, lanes, merging, outbox
from daemon.storage.lanes import Lane
from daemon.storage.outbox_row import OutboxRow, RowUnreadable


class Horizon(Protocol):
    """What the client knows of Telegram's side."""

    def top_of(self, sequence: ChatId) -> int:
        """Highest message id seen in the sequence (see `sequence_of`), 0 if none was."""

    def note_top(self, chat_id: ChatId, msg_id: int) -> None:
        """A message with this id is in the chat."""

    def server_time_ms(self, local_ms: int) -> int:
        """Telegram's time for a local time."""


@dataclass(frozen=True, slots=True)
class Step:
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

    @property
    def is_last(self) -> bool:
        """Whether nothing waits."""
        return self.row is None and not self.more


class Claimer:
    """Its methods belong to a transaction. Whoever claims for a destination must be the only one
    who does, see `daemon.relay.sender`."""

    def __init__(
        self, pacer: Pacer, desk: Desk, clock: Clock, horizon: Horizon, outcomes: Outcomes
    ) -> None:
        self._pacer = pacer
        self._desk = desk
        self._clock = clock
        self._horizon = horizon
        self._outcomes = outcomes
        self._is_stopped = False

    def stop(self) -> None:
        """Claim nothing from now on."""
        self._is_stopped = True

    def first(self, tx: sqlite3.Connection, destination: ChatId) -> Step:
        """Where nothing is being sent to the destination: what an earlier process left, else the
        next row."""
        lane = lanes.look(tx, destination, self._clock.now_ms())
        if not lane.is_sending:
            return self._next(tx, destination, lane)
        try:
            return Step(outbox.sending(tx, destination), left_over=True)
        except RowUnreadable as error:
            return self._set_aside(tx, error)

    def next(self, tx: sqlite3.Connection, destination: ChatId) -> Step:
        """The next row, if it may go now. A row is claimed no earlier than that: replies to
        what may be a claimed row's message are held until it is settled."""
        return self._next(tx, destination, lanes.look(tx, destination, self._clock.now_ms()))

    def _next(self, tx: sqlite3.Connection, destination: ChatId, lane: Lane) -> Step:
        if lane.moved_to is not None:
            return Step(moved_to=lane.moved_to)
        if self._is_stopped or not lane.messages:
            return Step()
        messages = self._merged(tx, destination) or lane.messages
        paced_s = self._pacer.wait(destination, self._clock.monotonic(), messages)
        wait_s = max(lane.wait_ms / 1000, paced_s)
        if wait_s > 0:
            return Step(wait_s=wait_s, more=True)
        now = self._horizon.server_time_ms(self._clock.now_ms())
        try:
            row = outbox.claim(tx, destination, now, self._horizon.top_of(sequence_of(destination)))
        except RowUnreadable as error:
            return self._set_aside(tx, error)
        if row is not None:
            self._pacer.claimed(destination)
        return Step(row)

    def _merged(self, tx: sqlite3.Connection, destination: ChatId) -> int:
        """Where much waits for the staff, make fewer messages of it: what is told together takes
        one turn. In the transaction that may claim, so that nobody ever sees half of it. How many
        messages the next row consists of then; 0 where all is as it was."""
        now, limits = self._clock.now_ms(), self._pacer.limits
        if not self._desk.is_staff(destination):
            return 0
        if not backlog.is_behind(tx, destination, now, limits):
            return 0
        merged = merging.merge_next(tx, destination, self._clock.random_id)
        return outbox.next_size(tx, destination) if merged else 0

    def _set_aside(self, tx: sqlite3.Connection, row: RowUnreadable) -> Step:
        """Keep a row that cannot be read, so that the next ones go on, and tell the staff."""
        self._outcomes.set_aside(tx, row)
        return Step(more=True, unreadable=row)
