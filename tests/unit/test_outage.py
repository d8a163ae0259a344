"""How long a start goes on where Telegram cannot be reached."""

from __future__ import annotations

from daemon.core.outage import Outage


def test_pauses_grow_and_the_start_ends_after_five_minutes() -> None:
    outage, now, pauses = Outage(0), 0, []
    while (pause_s := outage.pause_s(now)) is not None:
        pauses.append(pause_s)
        now += int(pause_s * 1000)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert outage.line() == "Telegram cannot be reached since 1970-01-01 00:00:00 UTC"
