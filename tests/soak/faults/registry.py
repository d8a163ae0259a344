"""The faults by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from tests.soak.stage import Stage

Fault = Callable[[Stage], Awaitable[None]]

FAULTS: Final[dict[str, Fault]] = {}
WITH_A_PROCESS: Final[set[str]] = set()
"""Faults that need the relay in a process of its own."""
IN_PROCESS: Final[set[str]] = set()
"""Faults that need it in ours, or simulated time that skips what is long."""


def fault(*, process: bool | None = None) -> Callable[[Fault], Fault]:
    """Register a fault under the name of its function."""

    def register(strike: Fault) -> Fault:
        name = strike.__name__
        FAULTS[name] = strike
        if process is not None:
            (WITH_A_PROCESS if process else IN_PROCESS).add(name)
        return strike

    return register
