"""The figures. docs/monitoring.md has them all, with their meanings.

Counters and histograms begin at 0 with the process and follow the events of the log, by which they
can be looked up. Gauges are read when they are asked for: on a connection to the database of their
own, for reading alone, which holds up no writer (https://www.sqlite.org/wal.html#concurrency).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from daemon.core.condition import Condition, Health, Phase
from daemon.relay import events
from daemon.storage.db import ForeignDatabase, SchemaTooNew

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
"""Bounds of the histograms: from a send that goes at once to one behind a long queue."""

_OF_NO_ROLE = "unknown"

Fields = Mapping[str, Any]


class Figures:
    """One process's figures. `note` takes the events, `registry` gives it all out."""

    def __init__(self, look: Callable[[], Condition]) -> None:
        """`look` tells the relay's condition, and may raise `sqlite3.Error`, `OSError`,
        `ForeignDatabase` or `SchemaTooNew`."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_Condition(look))
        self._events = self._counter("events", "Events of the log", "event", "level")
        self._updates = self._counter("updates", "Messages handled", "kind")
        self._sent = self._counter("sent", "Messages sent", "role")
        self._failures = self._counter("send_failures", "Messages that can never be sent", "role")
        self._retries = self._counter("send_retries", "Attempts to send that failed")
        self._waits = self._counter("flood_waits", "Pauses that Telegram ordered")
        self._waited = self._counter("flood_wait_seconds", "Seconds of these pauses")
        self._handling = self._histogram("handling", "From the receipt of a message to its effect")
        self._delivery = self._histogram("delivery", "From its cause to the message sent", "role")
        self._sending = self._histogram("sending", "From the first attempt to the message sent")

    def note(self, event: str, level: str, fields: Fields) -> None:
        """An event happened."""
        self._events.labels(event, level).inc()
        role = str(fields.get("role", _OF_NO_ROLE))
        match event:
            case events.UPDATE_ROUTED:
                self._updates.labels(str(fields["kind"])).inc()
                self._handling.observe(fields["waited_ms"] / 1000)
            case events.SEND_SETTLED | events.SEND_ID_UNKNOWN:
                self._sent.labels(role).inc()
                self._delivery.labels(role).observe(fields["waited_ms"] / 1000)
                self._sending.observe(fields["took_ms"] / 1000)
            case events.SEND_FAILED:
                self._failures.labels(role).inc()
            case events.SEND_RETRIED:
                self._retries.inc()
            case events.SEND_WAITS:
                self._waits.inc()
                self._waited.inc(fields["wait_s"])

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"ticket_relay_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        name = f"ticket_relay_{name}_seconds"
        return Histogram(name, meaning, labels, registry=self.registry, buckets=_SECONDS)


class _Condition(Collector):
    """How things stand now."""

    def __init__(self, look: Callable[[], Condition]) -> None:
        self._look = look

    def describe(self) -> Iterator[Metric]:
        """Without it the registry would look at once, when there may be no database yet."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        try:
            condition = self._look()
        except (sqlite3.Error, OSError, ForeignDatabase, SchemaTooNew):
            yield _gauge("readable", "Whether the database can be read", 0)
            return
        yield _gauge("readable", "Whether the database can be read", 1)
        yield from _life(condition)
        yield from _work(condition)


def _life(condition: Condition) -> Iterator[Metric]:
    note = condition.note
    healthy = condition.health is Health.HEALTHY
    yield _gauge("healthy", "Whether it runs and does its work", int(healthy))
    if note is None:
        return
    yield _gauge(
        "ready", "Whether it has taken in what it missed", int(note.phase is Phase.RUNNING)
    )
    for name, meaning, then in (
        ("started", "When it was started", note.started_at),
        ("last_update", "When Telegram last told something", note.heard_at),
        ("last_sent", "When it last became known what became of a message", note.sent_at),
    ):
        if then is not None:
            yield _gauge(f"{name}_timestamp_seconds", meaning, then / 1000)


def _work(condition: Condition) -> Iterator[Metric]:
    work = condition.work
    tickets = GaugeMetricFamily("ticket_relay_tickets", "Tickets", labels=["status"])
    tickets.add_metric(["open"], work.open_tickets)
    tickets.add_metric(["closed"], work.closed_tickets)
    yield tickets
    yield _gauge("queue_messages", "Messages that wait to be sent", work.waiting)
    oldest = _age_s(condition, work.oldest_at)
    yield _gauge("queue_oldest_seconds", "For how long the oldest of them has waited", oldest)
    chats = GaugeMetricFamily(
        "ticket_relay_chat_queue_messages", "The same by chat", labels=["chat"]
    )
    for queue in work.queues:
        chats.add_metric([str(queue.chat_id)], queue.waiting)
    yield chats
    yield _gauge("inbox_messages", "Messages received and not handled yet", work.unhandled)
    oldest = _age_s(condition, work.unhandled_since)
    yield _gauge("inbox_oldest_seconds", "For how long the oldest of them has waited", oldest)
    yield _gauge("undelivered_messages", "Messages that can never be sent, kept", work.undelivered)
    yield _gauge("held_back_messages", "Messages held back by a restore", work.held_back)
    yield _gauge("dead_letters", "Messages that could not be handled, kept", work.dead_letters)


def _age_s(condition: Condition, then: int | None) -> float:
    return 0 if then is None else condition.age_s(then)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"ticket_relay_{name}", meaning, value=value)
