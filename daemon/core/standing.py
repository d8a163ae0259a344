"""How the relay stands, in the one line that `systemctl status` shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """Times in ms since the epoch."""

    username: str
    """The bot's."""
    open_tickets: int
    to_send: int
    """Messages in the outbox that are still to be sent."""
    last_update_ms: int = 0
    """When updates last came from Telegram; 0 where none did yet."""
    offline_since_ms: int = 0
    """Since when there is no line to Telegram; 0 while there is one."""

    def line(self) -> str:
        parts = [f"Relaying as @{self.username}"]
        if self.offline_since_ms:
            parts = [f"Without a line to Telegram since {_time(self.offline_since_ms)}"]
        parts.append(f"open tickets: {self.open_tickets}")
        parts.append(f"to be sent: {self.to_send}")
        if self.last_update_ms:
            parts.append(f"last update: {_time(self.last_update_ms)}")
        return ", ".join(parts)


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
