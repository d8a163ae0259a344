"""The benchmark measures what it says: the load is led to its end, the subjects are told and send
the same, the figures are right."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import bare, large
from tests.bench.figures import Figure, percentile, table
from tests.bench.load import GROUPS, SENDS, STEPS, Load
from tests.bench.measurements import AT_ONCE, Pair, Past, Run, Sample
from tests.bench.processes import MeasurementFailed
from tests.bench.report import QUICK, Report
from tests.e2e.conftest import scene
from tests.scene import Scene

__all__ = ["scene"]

PROMISED = [
    "relay_cost_ratio",
    "cpu_ms_per_step",
    "latency_p50_ms",
    "latency_p99_ms",
    "bare_latency_p50_ms",
    "steps_per_s",
    "start_ms",
    "peak_rss_mb",
]


@pytest.mark.parametrize("kind", ["relay", "bare client"])
async def test_both_subjects_are_told_the_same_and_send_the_same(scene: Scene, kind: str) -> None:
    load = Load(scene)
    async with scene.relay():
        await load.enrol()
    subject: AbstractAsyncContextManager[object] = (
        scene.relay() if kind == "relay" else bare.relaying(scene.config())
    )
    async with subject:
        measured = await load.converse(tickets=3, at_once=2)
    counts = measured.steps, measured.sends, measured.pushes
    assert counts == (3 * STEPS, 3 * SENDS, 3 * STEPS)
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
        question = scene.acme.say(scene.alice, "/ask And now?")
        wrapper = await scene.staff_sees("And now?")
        reply = scene.staff.say(scene.bob, "Now.", reply_to=wrapper)
        await scene.answer_to(question)
        await scene.answer_to(reply)
    assert _kinds_of(database, "DESC") == _kinds_of(database, "ASC")


def _kinds_of(database: Path, order: str) -> list[tuple[object, ...]]:
    """The links of the oldest or the newest ticket: where they are, and what they lead to."""
    links = f"""
    SELECT a.chat_id, a.role, a.other_chat_id, b.role FROM links a LEFT JOIN links b
        ON (b.chat_id, b.msg_id) = (a.other_chat_id, a.other_msg_id)
    WHERE a.ticket_id = (SELECT ticket_id FROM tickets ORDER BY ticket_id {order} LIMIT 1)
    ORDER BY a.chat_id, a.msg_id
    """
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(links).fetchall()


def test_what_cannot_be_compared_is_not() -> None:
    run = Run(AT_ONCE, 10, 14, 10, 2.0, 1.9, 0.5, 60.0, [1.0])
    equal = Sample(run, run)
    Pair(equal, equal).check()
    for other in (replace(run, sends=13), replace(run, pushes=11)):
        with pytest.raises(MeasurementFailed, match="cannot be compared"):
            Pair(equal, Sample(run, other)).check()


def test_what_limits_the_speed_is_named() -> None:
    run = Run(AT_ONCE, 10, 14, 10, 2.0, 1.9, 0.5, 60.0, [1.0])
    assert run.limited_by() == "the relay's core"
    assert run.limited_by() != replace(run, cpu_s=0.5).limited_by()
    assert replace(run, server_cpu_s=1.9).limited_by().startswith("the server")


@pytest.mark.nightly
@pytest.mark.timeout(240)
def test_a_run_finds_all_figures_and_keeps_the_samples() -> None:
    scale = replace(QUICK, pairs=1, alone=1, ramp=1, updates=100, rounds=1, megabytes=11)
    report = Report(replace(scale, tickets=16, sizes=(100, 200), backlog=20))
    report.measure()
    figures = report.figures()
    assert set(PROMISED) <= set(figures)
    assert figures["peak_rss_mb"] >= figures["load_rss_mb"] >= figures["idle_rss_mb"] > 0
    (pair,) = report.samples["pairs"]
    for subject in ("daemon", "bare"):
        together = pair[subject]["together"]
        assert together["cpu_s"] > 0
        assert len(together["latencies_ms"]) == 16
    assert report.limited_by


def test_figures() -> None:
    assert GROUPS >= AT_ONCE
    assert percentile([3.0, 1.0, 2.0, 4.0], 50) == 3.0
    assert percentile([1.0], 99) == 1.0
    kept = Figure("a", 1.0, "ms", "one", goal=1.5)
    missed = Figure("b", 2.0, "ms", "two", goal=1.5)
    heading, first, second = table({"Both": [kept, missed]}).splitlines()
    assert heading == "Both"
    assert first.endswith("goal 1.5: kept")
    assert second.endswith("goal 1.5: MISSED")


@pytest.mark.parametrize(
    "growth, judged",
    [(0.89, "below, so noise"), (0.9, "kept"), (1.1, "kept"), (1.11, "MISSED")],
)
def test_what_is_flat_is_so_in_either_direction(growth: float, judged: str) -> None:
    run = Run(AT_ONCE, 10, 14, 10, 2.0, 1.0, 0.5, 60.0, [1.0])
    report = Report(QUICK)
    report.sections["Growth"] = []
    between = Past(100, runs=[replace(run, cpu_s=growth)])
    report.judge_growth([Past(10, runs=[run]), between, Past(1000, runs=[run])])
    assert set(report.figures()) == {"growth_ratio_100", "growth_ratio"}
    _, first, last = table(report.sections).splitlines()
    assert first.endswith(f"goal 0.9 to 1.1: {judged}")
    assert last.endswith("goal 0.9 to 1.1: kept")
    assert len(report.warnings) == (growth < 0.9)
