"""Pushed updates that get lost, come twice or come in the wrong order."""

from __future__ import annotations

from typing import NamedTuple

from tests.loopback.tally import Tally

_UNKNOWN = 0x01020304.to_bytes(4, "little")
"""No constructor of any layer."""


class Push(NamedTuple):
    """Updates on their way to the sessions of a user."""

    user_id: int
    body: bytes
    except_session: int | None


class PushFaults:
    """What is to happen to the next pushes that somebody is connected for."""

    def __init__(self, tally: Tally[str]) -> None:
        self._tally = tally
        self._drop = 0
        self._duplicate = 0
        self._garble = 0
        self._reorder: list[Push] = []
        self._reorder_count = 0

    def drop(self, count: int) -> None:
        """Lose the next `count` pushes."""
        self._drop += count

    def duplicate(self, count: int) -> None:
        """Send each of the next `count` pushes twice."""
        self._duplicate += count

    def reorder(self, count: int) -> None:
        """Hold the next `count` pushes back and send them, the last first, when all are there."""
        self._reorder_count = count

    def garble(self, count: int) -> None:
        """Make each of the next `count` pushes one that no client can read: a constructor of a
        layer that is newer than the client's."""
        self._garble += count

    def clear(self) -> None:
        """Take all orders back. Pushes that are held back to be reordered are lost."""
        self._drop = self._duplicate = self._garble = self._reorder_count = 0
        self._reorder.clear()

    def route(self, push: Push) -> list[Push]:
        """The pushes to send now that this one is due."""
        if self._drop:
            self._drop -= 1
            self._tally.add("drop_pushes")
            return []
        if self._garble:
            self._garble -= 1
            self._tally.add("garble_pushes")
            return [push._replace(body=_UNKNOWN + push.body[4:])]
        if self._reorder_count:
            self._reorder.append(push)
            self._tally.add("reorder_pushes")
            if len(self._reorder) < self._reorder_count:
                return []
            held, self._reorder = self._reorder, []
            self._reorder_count = 0
            return held[::-1]
        if self._duplicate:
            self._duplicate -= 1
            self._tally.add("duplicate_pushes")
            return [push, push]
        return [push]
