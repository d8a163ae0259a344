"""The benchmark measures what it says: the load is led to its end, the figures are right."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.bench import large
from tests.bench.figures import Figure, percentile, table
from tests.bench.load import GROUPS, STEPS, Load
from tests.e2e.conftest import scene
from tests.scene import Scene

__all__ = ["scene"]

SENDS = 7
"""Of a conversation: wrapper, two answers with a confirmation each, continuation, closing."""


async def test_conversations_are_led_to_their_end(scene: Scene) -> None:
    load = Load(scene)
    async with scene.relay():
        await load.enrol()
        measured = await load.converse(tickets=3, at_once=2)
    assert (measured.steps, measured.sends) == (3 * STEPS, 3 * SENDS)
    assert len(measured.latencies_ms) == 3
    assert all(0 < ms < measured.wall_s * 1000 for ms in measured.latencies_ms)


async def test_the_past_is_as_the_relay_would_have_left_it(scene: Scene) -> None:
    database = scene.folder / "tickets.db"
    async with scene.relay():
        await scene.enrol(scene.acme)
    large.fill(database, 100, scene.staff.marked_id, [scene.acme.marked_id])
    with closing(sqlite3.connect(database)) as connection:
        count = (
            "SELECT (SELECT count(*) FROM tickets), (SELECT count(*) FROM links WHERE ticket_id)"
        )
        assert connection.execute(count).fetchone() == (100, 100 * large.LINKS_PER_TICKET)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    async with scene.relay():
        scene.acme.say(scene.alice, "/ask And now?")
        await scene.staff_sees("And now?")


def test_figures() -> None:
    assert GROUPS >= 16
    assert percentile([3.0, 1.0, 2.0, 4.0], 50) == 3.0
    assert percentile([1.0], 99) == 1.0
    kept = Figure("a", 1.0, "ms", "one", goal=1.5)
    missed = Figure("b", 2.0, "ms", "two", goal=1.5)
    first, second = table([kept, missed]).splitlines()
    assert first.endswith("goal 1.5: kept")
    assert second.endswith("goal 1.5: MISSED")
