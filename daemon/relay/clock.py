"""Time and chance as the relay's parts are given them, so that a test can give others."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _random_id() -> int:
    return secrets.randbits(63) or 1


@dataclass(frozen=True, slots=True)
class Clock:
    now_ms: Callable[[], int] = _now_ms
    """Wall clock, ms since the epoch."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds, never going back."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random_id: Callable[[], int] = _random_id
    """63 bits from a secure source, never 0."""
