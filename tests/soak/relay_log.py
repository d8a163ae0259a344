"""The log of the relay and of Telethon while a scenario is played: kept, or thrown away."""

from __future__ import annotations

import logging
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog


def log_to(lines: list[str] | None, now: Callable[[], float]) -> None:
    """Add each event to `lines`, behind its simulated time in seconds; None: drop them, which
    costs next to nothing. Not written at once: the disk may be full, for the relay's sake."""
    logging.disable(logging.CRITICAL if lines is None else logging.NOTSET)
    begun = now()

    def note(_logger: Any, level: str, event: MutableMapping[str, Any]) -> Any:
        if lines is not None:
            name = event.pop("event")
            values = " ".join(f"{key}={value}" for key, value in event.items())
            lines.append(f"{now() - begun:9.2f} {level} {name} {values}")
        raise structlog.DropEvent

    structlog.configure(processors=[note])
    if lines is not None:
        logging.basicConfig(handlers=[_Collector(lines, now, begun)], level="INFO", force=True)


class _Collector(logging.Handler):
    def __init__(self, lines: list[str], now: Callable[[], float], begun: float) -> None:
        super().__init__()
        self._lines = lines
        self._now = now
        self._begun = begun

    def emit(self, record: logging.LogRecord) -> None:
        at = self._now() - self._begun
        self._lines.append(f"{at:9.2f} {record.levelname.lower()} {record.getMessage()}")
