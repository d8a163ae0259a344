"""The measurements: each begins on an empty Telegram of its own, so that none disturbs another."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench import large
from tests.bench.load import GROUPS
from tests.bench.processes import Subject, TelegramProcess, a_bare_client, a_daemon

AT_ONCE = 16
"""Conversations at a time."""

Samples = dict[str, Any]


@dataclass
class Run:
    """One subject under the load of conversations."""

    cpu_ms_per_step: float
    steps_per_s: float
    sends: int
    latencies_ms: list[float] = field(repr=False)
    peak_rss_mb: float
    server_busy: float
    """Share of one core that the server took: near 1, it was the bottleneck."""


@dataclass
class Telegram:
    """A server with its configuration, and groups that are enrolled."""

    process: TelegramProcess
    config: Path
    staff: int
    groups: list[int]

    def database(self) -> Path:
        return self.config.with_name("tickets.db")


@contextmanager
def a_telegram() -> Iterator[Telegram]:
    with (
        tempfile.TemporaryDirectory(prefix="ticket-relay-bench-") as folder,
        TelegramProcess(Path(folder)) as process,
    ):
        named = process.do("config")
        telegram = Telegram(process, Path(named["path"]), named["staff"], named["groups"])
        with a_daemon(telegram.config):
            process.do("enrol")
        yield telegram


Kind = Callable[[Path], AbstractContextManager[Subject]]


def converse(telegram: Telegram, subject: Subject, tickets: int, at_once: int) -> Run:
    before = subject.cpu_s()
    answer = telegram.process.do("converse", tickets=tickets, at_once=at_once)
    cpu_s = subject.cpu_s() - before
    return Run(
        cpu_s / answer["steps"] * 1000,
        answer["steps"] / answer["wall_s"],
        answer["sends"],
        answer["latencies_ms"],
        subject.peak_rss_mb(),
        answer["server_cpu_s"] / answer["server_wall_s"],
    )


def one_run(kind: Kind, tickets: int, at_once: int) -> Run:
    with a_telegram() as telegram, kind(telegram.config) as subject:
        return converse(telegram, subject, tickets, at_once)


def pairs(count: int, tickets: int, at_once: int) -> Iterator[tuple[Run, Run]]:
    """The daemon and the bare client by turns, so that what slows the machine slows both."""
    for _ in range(count):
        daemon = one_run(a_daemon, tickets, at_once)
        yield daemon, one_run(a_bare_client, tickets, at_once)


def backlog_s(questions: int) -> float:
    """From the daemon's start until as many questions as came before it are tickets."""
    with a_telegram() as telegram:
        telegram.process.do("pile_up", questions=questions)
        with a_daemon(telegram.config) as subject:
            answer = telegram.process.do("worked_off", questions=questions)
            return subject.start_s + float(answer["server_wall_s"])


@dataclass
class Grown:
    """A daemon whose database holds the tickets of years."""

    tickets: int
    start_ms: float
    cpu_ms_per_step: float
    bytes_per_ticket: float


def grown(past: int, tickets: int) -> Grown:
    with a_telegram() as telegram:
        empty = large.size_bytes(telegram.database())
        large.fill(telegram.database(), past, telegram.staff, telegram.groups)
        size = large.size_bytes(telegram.database()) - empty
        with a_daemon(telegram.config) as subject:
            run = converse(telegram, subject, tickets, AT_ONCE)
            return Grown(past, subject.start_s * 1000, run.cpu_ms_per_step, size / max(1, past))


def start_ms(times: int) -> list[float]:
    """From the process's start until it is ready, with a database that is all but empty."""
    found = []
    with a_telegram() as telegram:
        for _ in range(times):
            with a_daemon(telegram.config) as subject:
                found.append(subject.start_s * 1000)
    return found


def memory_mb(updates: int, tickets: int) -> Samples:
    """Resident memory: idle, under the load of conversations, and after so many updates."""
    with a_telegram() as telegram, a_daemon(telegram.config) as subject:
        idle = subject.rss_mb()
        converse(telegram, subject, tickets, AT_ONCE)
        loaded = subject.rss_mb()
        tenth = updates // 10
        telegram.process.do("talk", messages=tenth)
        early = subject.rss_mb()
        telegram.process.do("talk", messages=updates - tenth)
        return {
            "idle_mb": idle,
            "under_load_mb": loaded,
            "after_a_tenth_mb": early,
            "after_all_mb": subject.rss_mb(),
            "peak_mb": subject.peak_rss_mb(),
        }


def document(megabytes: int) -> Samples:
    """A large document of a protected chat, loaded down and up again."""
    with a_telegram() as telegram, a_daemon(telegram.config) as subject:
        converse(telegram, subject, GROUPS, 1)
        subject.forget_peak()
        before_mb, before_s = subject.rss_mb(), subject.cpu_s()
        answer = telegram.process.do("document", megabytes=megabytes)
        return {
            "mb_per_s": megabytes / answer["wall_s"],
            "cpu_ms_per_mb": (subject.cpu_s() - before_s) / megabytes * 1000,
            "rss_growth_mb": subject.peak_rss_mb() - before_mb,
        }
