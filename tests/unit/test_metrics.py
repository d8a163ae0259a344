"""What Prometheus is told."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from daemon.core.condition import Condition, Note, Phase, Queue, Work
from daemon.core.model import ChatId
from daemon.metrics.figures import Figures
from daemon.relay import events
from tests.unit.test_logging_docs import documented

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/monitoring.md").read_text("utf-8")
DASHBOARD = json.loads((ROOT / "docs/monitoring/grafana-dashboard.json").read_text("utf-8"))

NOW = 1_737_456_789_000
NOTE = Note(Phase.RUNNING, NOW - 9000, NOW - 9000, NOW, 7, "support_bot", NOW - 4000, NOW - 3000)
WORK = Work(
    open_tickets=3,
    closed_tickets=4,
    queues=(Queue(ChatId(-1002), "Acme", 2, NOW - 5000), Queue(ChatId(-1), "", 1, NOW - 1000)),
    unhandled=2,
    unhandled_since=NOW - 2000,
    undelivered=1,
    held_back=6,
    dead_letters=5,
)

Told = dict[tuple[str, tuple[str, ...]], float]


def look() -> Condition:
    return Condition(NOW, running=True, note=NOTE, work=WORK)


def told(figures: Figures) -> Told:
    """Every sample by its name and the values of its labels, in the order of these."""
    text = generate_latest(figures.registry).decode()
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def after(*happened: tuple[str, str, dict[str, object]]) -> Told:
    figures = Figures(look)
    for event, level, fields in happened:
        figures.note(event, level, fields)
    return told(figures)


def test_how_things_stand() -> None:
    found = {
        name.removeprefix("ticket_relay_"): value
        for (name, labels), value in told(Figures(look)).items()
        if name.startswith("ticket_relay_") and not labels
    }
    expected = {
        "readable": 1,
        "healthy": 1,
        "ready": 1,
        "started_timestamp_seconds": (NOW - 9000) / 1000,
        "last_update_timestamp_seconds": (NOW - 4000) / 1000,
        "last_sent_timestamp_seconds": (NOW - 3000) / 1000,
        "queue_messages": 3,
        "queue_oldest_seconds": 5,
        "inbox_messages": 2,
        "inbox_oldest_seconds": 2,
        "undelivered_messages": 1,
        "held_back_messages": 6,
        "dead_letters": 5,
    }
    assert {name: found[name] for name in expected} == expected
    by_label = told(Figures(look))
    assert by_label["ticket_relay_tickets", ("open",)] == 3
    assert by_label["ticket_relay_tickets", ("closed",)] == 4
    assert by_label["ticket_relay_chat_queue_messages", ("-1002",)] == 2


def test_a_database_that_cannot_be_read_takes_no_other_figure_away() -> None:
    def fail() -> Condition:
        raise sqlite3.OperationalError("disk I/O error")

    figures = Figures(fail)
    figures.note(events.SEND_RETRIED, "info", {})
    found = told(figures)
    assert found["ticket_relay_readable", ()] == 0
    assert found["ticket_relay_send_retries_total", ()] == 1
    assert ("ticket_relay_queue_messages", ()) not in found


def test_messages_handled_and_sent() -> None:
    sent = {"role": "answer", "waited_ms": 2000, "took_ms": 200}
    found = after(
        (events.UPDATE_ROUTED, "info", {"kind": "new", "waited_ms": 80}),
        (events.SEND_SETTLED, "info", sent),
        (events.SEND_ID_UNKNOWN, "warning", sent),
    )
    assert found["ticket_relay_updates_total", ("new",)] == 1
    assert found["ticket_relay_sent_total", ("answer",)] == 2
    assert found["ticket_relay_delivery_seconds_sum", ("answer",)] == 4
    assert found["ticket_relay_delivery_seconds_bucket", ("2.5", "answer")] == 2
    assert found["ticket_relay_delivery_seconds_bucket", ("1.0", "answer")] == 0
    assert found["ticket_relay_sending_seconds_sum", ()] == 0.4
    assert found["ticket_relay_handling_seconds_sum", ()] == 0.08
    assert found["ticket_relay_events_total", ("send.settled", "info")] == 1


def test_what_went_wrong() -> None:
    found = after(
        (events.SEND_FAILED, "error", {"role": "answer"}),
        (events.SEND_FAILED, "error", {}),
        (events.SEND_RETRIED, "info", {}),
        (events.SEND_WAITS, "warning", {"role": "wrapper", "wait_s": 30.5}),
        (events.STORAGE_FAILED, "error", {}),
    )
    assert found["ticket_relay_send_failures_total", ("answer",)] == 1
    assert found["ticket_relay_send_failures_total", ("unknown",)] == 1
    assert found["ticket_relay_send_retries_total", ()] == 1
    assert found["ticket_relay_flood_waits_total", ()] == 1
    assert found["ticket_relay_flood_wait_seconds_total", ()] == 30.5
    assert found["ticket_relay_events_total", ("storage.failed", "error")] == 1


def test_the_fields_that_are_read_are_those_of_the_log() -> None:
    known = documented()
    for event, fields in (
        (events.UPDATE_ROUTED, {"kind", "waited_ms"}),
        (events.SEND_SETTLED, {"role", "waited_ms", "took_ms"}),
        (events.SEND_ID_UNKNOWN, {"role", "waited_ms", "took_ms"}),
        (events.SEND_FAILED, {"role"}),
        (events.SEND_WAITS, {"role", "wait_s"}),
    ):
        assert fields <= known[event][1]


def names() -> set[str]:
    """Of every metric of the relay's own, as queries know it."""
    figures = Figures(look)
    sent = {"role": "answer", "kind": "new", "waited_ms": 1, "took_ms": 1, "wait_s": 1}
    for event in (events.UPDATE_ROUTED, events.SEND_SETTLED, events.SEND_FAILED):
        figures.note(event, "info", sent)
    found = {name for name, _ in told(figures) if not name.endswith("_created")}
    return {name for name in found if name.startswith("ticket_relay_")}


def queries() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


def test_every_metric_of_the_dashboard_exists() -> None:
    name = re.compile(r"\b(?:ticket_relay|process)_\w+")
    used = {found for query in queries() for found in name.findall(query)}
    assert len(used) > 12
    process = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
    assert used <= names() | process


def test_every_metric_is_documented_and_no_other() -> None:
    section = PAGE.partition("## Metrics\n")[2].partition("\n## ")[0]
    documented_names = set(re.findall(r"(?m)^\| `(ticket_relay_\w+)` \|", section))
    base = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names()}
    assert documented_names == base


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: panel["title"])
def test_every_panel_has_a_title_a_place_and_a_source(panel: dict[str, object]) -> None:
    assert panel["title"]
    assert panel["gridPos"]
    if panel["type"] != "row":
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
