"""Notices that updates have stalled: Telegram has something new for long, and it never comes.

Nothing else would show it. The line answers, the process stands, and customers ask in vain; a new
start reads on from where this one stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from daemon.core.arrears import LOOKS, Arrears
from daemon.core.model import ChatId
from daemon.core.sync import ACCOUNT
from daemon.relay.clock import Clock
from daemon.telegram.calls import RequestFailed

_AT_ONCE = 10
"""Chats that one look asks for, beside those that are known to be behind: their answers are large
and Telegram lets none ask for many."""


class UpdatesStalled(Exception):
    """Telegram does not tell what it has; a new start can have it."""

    def __init__(self, sequence: ChatId, ours: int, theirs: int, limit_s: float) -> None:
        where = "the account" if sequence == ACCOUNT else f"chat {sequence}"
        super().__init__(f"for {limit_s:g} s {where} stands at {ours}, Telegram is at {theirs}")


class Reading(Protocol):
    """How far updates are read, here and there."""

    @property
    def troubles(self) -> int:
        """Counts what explains a delay: new lines, and differences that Telegram refused."""

    @property
    def is_up(self) -> bool:
        """Whether there is a line to Telegram."""

    def watched(self) -> list[ChatId]:
        """The supergroups that updates are read of."""

    def owed(self) -> set[ChatId]:
        """Those of which Telegram was asked what is new and has not answered yet."""

    def ours(self, sequence: ChatId) -> int | None:
        """The pts read to; None where it is not known."""

    async def theirs(self, sequence: ChatId) -> int:
        """The pts that Telegram is at. Raises `RequestFailed`, `SessionRefused`."""


class Alarm:
    """`limit_s`: how long updates may stand still. `is_full` tells whether what was received
    cannot be stored: then the disk keeps it from being read further, as its own errors say."""

    def __init__(
        self, reading: Reading, clock: Clock, limit_s: float, is_full: Callable[[], bool]
    ) -> None:
        self._reading = reading
        self._clock = clock
        self._limit_s = limit_s
        self._is_full = is_full
        self._arrears = Arrears()
        self._troubles = reading.troubles
        self._last = ACCOUNT

    async def run(self) -> None:
        """Look until cancelled. Raises `UpdatesStalled`, `SessionRefused`."""
        while True:
            await self._clock.sleep(self._limit_s / LOOKS)
            for sequence in sorted({ACCOUNT, *self._arrears.sequences, *self._next()}):
                if self._is_explained():
                    self._arrears.forget()
                    break
                await self._compare(sequence)

    def _is_explained(self) -> bool:
        """Whether something else than a stall may be the reason since the last question."""
        before, self._troubles = self._troubles, self._reading.troubles
        return self._troubles != before or not self._reading.is_up or self._is_full()

    async def _compare(self, sequence: ChatId) -> None:
        try:
            theirs = await self._reading.theirs(sequence)
        except RequestFailed:
            self._arrears.drop(sequence)
            return
        ours = self._reading.ours(sequence)
        if ours is not None and self._arrears.note(sequence, ours, theirs):
            raise UpdatesStalled(sequence, ours, theirs, self._limit_s)

    def _next(self) -> list[ChatId]:
        """Some chats, others each time; of those alone that Telegram owes an answer for, if any."""
        chats = sorted(self._reading.owed() or self._reading.watched())
        in_turn = [chat for chat in chats if chat > self._last] + chats
        chosen = in_turn[: min(_AT_ONCE, len(chats))]
        self._last = chosen[-1] if chosen else self._last
        return chosen
