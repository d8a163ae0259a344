"""Parts that turn, and parts that stand."""

from __future__ import annotations

from pathlib import Path

from daemon.relay.clock import Clock
from daemon.relay.pulse import Pulse
from daemon.relay.store import Store
from daemon.storage.db import Database


class Part:
    """Turns at each nudge, unless it hangs."""

    def __init__(self) -> None:
        self.turns = 0
        self.hangs = False

    def nudge(self) -> None:
        self.turns += not self.hangs


async def test_only_what_did_not_turn_since_the_last_time_stands(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "tickets.db")
    try:
        store = Store(database, Clock())
        intake, sender = Part(), Part()
        pulse = Pulse({"intake": intake, "sender": sender}, store)
        assert pulse.standing() == []
        assert pulse.standing() == []
        sender.hangs = True
        assert pulse.standing() == []  # it was nudged before
        assert pulse.standing() == ["sender"]
        assert pulse.standing() == ["sender"]
        store.refusals += 1  # the disk's fault
        assert pulse.standing() == []
        sender.hangs = False
        assert pulse.standing() == ["sender"]
        assert pulse.standing() == []
    finally:
        await database.close()
