"""When to ask again for what Telegram would not tell."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0


CallLater = Callable[[float, Callable[[], None]], object]
"""Makes a call once so many seconds have passed."""


def _in_the_loop(pause_s: float, call: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(pause_s, call)


class Repetition:
    """Calls `ask` after pauses that grow from one refusal to the next. Telethon itself would ask
    again only when something new comes, or after 15 minutes."""

    def __init__(self, ask: Callable[[], None], call_later: CallLater = _in_the_loop) -> None:
        self._ask = ask
        self._call_later = call_later
        self._pause_s = _FIRST_PAUSE_S
        self._told_to_wait_s = 0.0
        self._is_due = False
        """Whether a call is under way."""

    def told_to_wait(self, seconds: float) -> None:
        """Telegram wants to be left alone for so long; the next pause is no shorter."""
        self._told_to_wait_s = seconds

    def refused(self) -> None:
        """There was no answer. Several that are refused together are asked for together."""
        if not self._is_due:
            pause_s = max(self._pause_s, self._told_to_wait_s)
            self._pause_s = min(_LONGEST_PAUSE_S, self._pause_s * 2)
            self._told_to_wait_s = 0.0
            self._is_due = True
            self._call_later(pause_s, self._due)

    def answered(self) -> None:
        """Nothing is left to ask for."""
        self._pause_s = _FIRST_PAUSE_S

    def _due(self) -> None:
        self._is_due = False
        self._ask()
