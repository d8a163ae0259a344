"""The requests a server has seen, for assertions."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.loopback.rpc import TlObject
from tests.loopback.tally import Tally

LENGTH = 10_000
"""Requests kept; the counts go on beyond that."""


class SeenRequest(NamedTuple):
    """A request without its wrappings, and who was logged in as it arrived."""

    user_id: int | None
    request: TlObject
    at: float
    """Seconds of `time.perf_counter`."""


class RequestLog:
    """The latest requests in order of arrival, injected faults or not."""

    def __init__(self) -> None:
        self._seen: deque[SeenRequest] = deque(maxlen=LENGTH)
        self._tally: Tally[Any] = Tally()

    def add(self, user_id: int | None, request: TlObject) -> None:
        self._seen.append(SeenRequest(user_id, request, time.perf_counter()))
        self._tally.add(type(request))

    def __iter__(self) -> Iterator[SeenRequest]:
        return iter(self._seen)

    def __len__(self) -> int:
        return len(self._seen)

    def of(self, request_type: Any) -> list[TlObject]:
        """The requests of one class."""
        return [seen.request for seen in self._seen if isinstance(seen.request, request_type)]

    def count(self, request_type: Any) -> int:
        """How many requests of exactly this class came since the start or `clear`."""
        return self._tally.counts[request_type]

    def clear(self) -> None:
        """Begin to count anew."""
        self._seen.clear()
        self._tally.counts.clear()

    async def wait_for(self, request_type: Any, count: int = 1, within: float = 10) -> None:
        """Return once `count` requests of this class were seen; `TimeoutError` if they were not
        `within` so many seconds."""
        await self._tally.wait_for(request_type, count, within)
