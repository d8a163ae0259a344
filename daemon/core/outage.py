"""A start that does not reach Telegram: when it tries again, and when it gives up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_GIVEN_UP_AFTER_MS = 300_000
"""A start that goes on for longer would hold up an upgrade that waits for it, which may be what is
at fault."""


@dataclass(slots=True)
class Outage:
    """Since a time, in ms since the epoch."""

    since: int
    _pause_s: float = _FIRST_PAUSE_S

    def pause_s(self, now: int) -> float | None:
        """Seconds until the next try, more each time; None: enough was tried. `now` in ms since
        the epoch."""
        if now - self.since >= _GIVEN_UP_AFTER_MS:
            return None
        pause_s = self._pause_s
        self._pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        return pause_s

    def line(self) -> str:
        """For `systemctl status`."""
        since = datetime.fromtimestamp(self.since // 1000, UTC)
        return f"Telegram cannot be reached since {since:%Y-%m-%d %H:%M:%S} UTC"
