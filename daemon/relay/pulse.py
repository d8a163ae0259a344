"""Whether the parts that everything goes through still turn.

An outage of Telegram does not stop them: they take in, route and queue whatever there is. Nor is
a disk that refuses everything a reason to begin anew: what must be stored is tried again there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from daemon.relay.store import Store


class Turning(Protocol):
    """A part that runs in a loop."""

    turns: int
    """How often the loop began anew."""

    def nudge(self) -> None:
        """Have it turn once, though there is nothing to do."""


class Pulse:
    """Felt now and then, each time for the while since it was last felt."""

    def __init__(self, parts: Mapping[str, Turning], store: Store) -> None:
        """`parts` by the names that people read."""
        self._parts = parts
        self._store = store
        self._turns: dict[str, int] = {}
        self._refusals = store.refusals

    def standing(self) -> list[str]:
        """The names of the parts that did not turn since this was last asked, none the first
        time. Nudges all of them for the next time."""
        still = [name for name, part in self._parts.items() if part.turns == self._turns.get(name)]
        at_the_disk = self._store.refusals != self._refusals
        self._refusals = self._store.refusals
        for name, part in self._parts.items():
            self._turns[name] = part.turns
            part.nudge()
        return [] if at_the_disk else still
