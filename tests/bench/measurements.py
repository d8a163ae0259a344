"""The measurements. Each begins on an empty Telegram of its own, so that none disturbs another: a
daemon would answer first what was asked while a bare client stood in for it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import large
from tests.bench.load import GROUPS, SENDS, STEPS
from tests.bench.processes import (
    MeasurementFailed,
    Subject,
    TelegramProcess,
    a_bare_client,
    a_daemon,
)

AT_ONCE = 16
"""Conversations at a time."""

RAMP = (1, 4, 16, 64)
"""Conversations at a time; well before the last of them more bring no more steps per second."""

FULL = 0.9
"""Share of a core from which on a process is what sets the speed."""

_TALKS = 10
"""Portions that the updates of the memory's measurement come in."""


@dataclass
class Run:
    """One subject under the load of conversations. The samples, from which the rest is computed."""

    at_once: int
    steps: int
    sends: int
    pushes: int
    wall_s: float
    cpu_s: float
    server_cpu_s: float
    peak_rss_mb: float
    latencies_ms: list[float] = field(repr=False)

    @property
    def cpu_ms_per_step(self) -> float:
        return self.cpu_s / self.steps * 1000

    @property
    def steps_per_s(self) -> float:
        return self.steps / self.wall_s

    @property
    def busy(self) -> float:
        """Share of one core that the subject took."""
        return self.cpu_s / self.wall_s

    @property
    def server_busy(self) -> float:
        return self.server_cpu_s / self.wall_s

    def limited_by(self) -> str:
        """What kept it from being faster."""
        if self.server_busy >= FULL:
            return "the server: the relay could do more"
        if self.busy >= FULL:
            return "the relay's core"
        return (
            "neither the server nor a core: what waits for the staff group's messages, one by one"
        )


@dataclass
class Telegram:
    """A server with its configuration."""

    process: TelegramProcess
    config: Path
    staff: int
    groups: list[int]
    first_start_s: float | None = None
    """Of the daemon for which the groups were enrolled: without a database, without a login."""

    def database(self) -> Path:
        return self.config.with_name("tickets.db")


Kind = Callable[[Path], AbstractContextManager[Subject]]


@contextmanager
def a_folder() -> Iterator[Path]:
    """On a disk: /tmp may be memory, where durability costs nothing."""
    with tempfile.TemporaryDirectory(prefix="ticket-relay-bench-", dir="/var/tmp") as folder:
        yield Path(folder)


def syncs_ms(times: int = 100) -> list[float]:
    """How long the disk takes to keep a page of a database."""
    found = []
    with a_folder() as folder, (folder / "page").open("wb", buffering=0) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            found.append((time.perf_counter() - began) * 1000)
    return found


@contextmanager
def a_telegram(*, enrolled: bool = True) -> Iterator[Telegram]:
    """`enrolled`: with groups that a daemon knows; a bare client needs none."""
    with (
        a_folder() as folder,
        TelegramProcess(folder) as process,
    ):
        named = process.do("config")
        telegram = Telegram(process, Path(named["path"]), named["staff"], named["groups"])
        if enrolled:
            with a_daemon(telegram.config) as subject:
                telegram.first_start_s = subject.start_s
                process.do("enrol")
        yield telegram


@contextmanager
def warmed_up(kind: Kind, telegram: Telegram) -> Iterator[Subject]:
    """A subject that is through with its start and has met every group."""
    with kind(telegram.config) as subject:
        telegram.process.do("quiet")
        telegram.process.do("converse", tickets=GROUPS, at_once=AT_ONCE)
        subject.rest()
        yield subject


def converse(telegram: Telegram, subject: Subject, tickets: int, at_once: int) -> Run:
    before_s = subject.cpu_s()
    answer = telegram.process.do("converse", tickets=tickets, at_once=at_once)
    subject.rest()
    if answer["sends"] != tickets * SENDS:
        raise MeasurementFailed(f"{answer['sends']} messages were sent, not {tickets * SENDS}")
    return Run(
        at_once,
        answer["steps"],
        answer["sends"],
        answer["pushes"],
        answer["wall_s"],
        subject.cpu_s() - before_s,
        answer["server_cpu_s"],
        subject.peak_rss_mb(),
        answer["latencies_ms"],
    )


@dataclass
class Sample:
    """One subject, with many conversations at once and with one at a time."""

    together: Run
    alone: Run


@dataclass
class Pair:
    """A daemon and a bare client, each after the other."""

    daemon: Sample
    bare: Sample

    def check(self) -> None:
        """Raises `MeasurementFailed` where they cannot be compared."""
        for daemon, bare in (
            (self.daemon.together, self.bare.together),
            (self.daemon.alone, self.bare.alone),
        ):
            for what in ("steps", "sends", "pushes"):
                theirs = getattr(daemon, what), getattr(bare, what)
                if theirs[0] != theirs[1]:
                    raise MeasurementFailed(
                        f"daemon and bare client cannot be compared: {what} {theirs[0]}"
                        f" and {theirs[1]}"
                    )


def pairs(count: int, tickets: int, alone: int) -> Iterator[Pair]:
    """Daemon and bare client by turns, now the one first and now the other, so that what slows the
    machine slows both."""

    def sample(kind: Kind) -> Sample:
        with (
            a_telegram(enrolled=kind is a_daemon) as telegram,
            warmed_up(kind, telegram) as subject,
        ):
            return Sample(
                converse(telegram, subject, tickets, AT_ONCE),
                converse(telegram, subject, alone, 1),
            )

    for number in range(count):
        kinds = (a_daemon, a_bare_client) if number % 2 == 0 else (a_bare_client, a_daemon)
        samples = {kind: sample(kind) for kind in kinds}
        pair = Pair(samples[a_daemon], samples[a_bare_client])
        pair.check()
        yield pair


@dataclass
class Memory:
    """Peaks of a daemon's resident memory, MB."""

    idle_mb: float
    load_mb: float
    """From the start until the end of the ramp."""
    portions_mb: list[float]
    """While each portion of the updates came."""
    server_busy: float
    """While they came."""


@dataclass
class Endurance:
    """A daemon that is given more and more to do."""

    ramp: list[Run]
    memory: Memory
    bytes_per_conversation: float

    def fastest(self) -> Run:
        return max(self.ramp, key=lambda run: run.steps_per_s)


def endurance(tickets: int, updates: int) -> Endurance:
    """More and more conversations at once, then so many updates that concern nobody."""
    with a_telegram() as telegram, a_daemon(telegram.config) as subject:
        do = telegram.process.do
        do("quiet")
        idle_mb = subject.peak_rss_mb()
        do("converse", tickets=GROUPS, at_once=AT_ONCE)
        subject.rest()
        before = large.used_bytes(telegram.database())
        runs = [converse(telegram, subject, max(tickets, at_once), at_once) for at_once in RAMP]
        load_mb = subject.peak_rss_mb()
        grown = large.used_bytes(telegram.database()) - before
        bytes_each = grown / sum(run.steps / STEPS for run in runs)
        portions_mb = []
        server_cpu_s = server_wall_s = 0.0
        for _ in range(_TALKS):
            subject.forget_peak()
            answer = do("talk", messages=updates // _TALKS)
            portions_mb.append(subject.peak_rss_mb())
            server_cpu_s += answer["server_cpu_s"]
            server_wall_s += answer["server_wall_s"]
        memory = Memory(idle_mb, load_mb, portions_mb, server_cpu_s / server_wall_s)
        return Endurance(runs, memory, bytes_each)


@dataclass
class Past:
    """A daemon whose database holds so many tickets of the past."""

    tickets: int
    bytes_per_ticket: float = 0.0
    starts_ms: list[float] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    @property
    def start_ms(self) -> float:
        return median(self.starts_ms)

    @property
    def cpu_ms_per_step(self) -> float:
        return median(run.cpu_ms_per_step for run in self.runs)


@dataclass
class Backlog:
    """What had piled up and was worked off."""

    questions: int
    start_s: float
    wall_s: float
    """From ready to the last message."""
    peak_rss_mb: float
    server_busy: float


@dataclass
class Years:
    """Databases of different ages."""

    empty: Past
    grown: list[Past]
    first_starts_ms: list[float]
    backlog: Backlog


def years(sizes: Sequence[int], starts: int, rounds: int, tickets: int, backlog: int) -> Years:
    """Starts with an empty database and with the largest, by turns; conversations with all but the
    empty one, by turns; what piles up for the empty one."""
    with ExitStack() as stack:
        telegrams = [stack.enter_context(a_telegram()) for _ in (0, *sizes)]
        firsts = [1000 * telegram.first_start_s for telegram in telegrams if telegram.first_start_s]
        pasts = [
            _past(telegram, size) for telegram, size in zip(telegrams, (0, *sizes), strict=True)
        ]
        for _ in range(starts):
            for place in (0, -1):
                with a_daemon(telegrams[place].config) as subject:
                    pasts[place].starts_ms.append(subject.start_s * 1000)
        backlog_run = _backlog(telegrams[0], backlog)
        subjects = [
            (telegram, stack.enter_context(warmed_up(a_daemon, telegram)), past)
            for telegram, past in zip(telegrams[1:], pasts[1:], strict=True)
        ]
        for _ in range(rounds):
            for telegram, subject, past in subjects:
                past.runs.append(converse(telegram, subject, tickets, AT_ONCE))
        return Years(pasts[0], pasts[1:], firsts, backlog_run)


def _past(telegram: Telegram, tickets: int) -> Past:
    if not tickets:
        return Past(tickets)
    empty = large.used_bytes(telegram.database())
    large.fill(telegram.database(), tickets, telegram.staff, telegram.groups)
    return Past(tickets, (large.used_bytes(telegram.database()) - empty) / tickets)


def _backlog(telegram: Telegram, questions: int) -> Backlog:
    telegram.process.do("pile_up", questions=questions)
    with a_daemon(telegram.config) as subject:
        answer = telegram.process.do("worked_off", questions=questions)
        if answer["arrived"] != questions:
            raise MeasurementFailed(f"{answer['arrived']} of {questions} questions became tickets")
        wall_s = answer["wall_s"]
        busy = answer["server_cpu_s"] / wall_s
        return Backlog(questions, subject.start_s, wall_s, subject.peak_rss_mb(), busy)


def document(megabytes: int) -> dict[str, Any]:
    """A large document of a protected chat, loaded down and up again."""
    with a_telegram() as telegram, warmed_up(a_daemon, telegram) as subject:
        subject.forget_peak()
        before_mb, before_s = subject.rss_mb(), subject.cpu_s()
        answer = telegram.process.do("document", megabytes=megabytes)
        subject.rest()
        if answer["uploaded"] != megabytes * 1_000_000:
            raise MeasurementFailed(f"{answer['uploaded']} bytes of {megabytes} MB were uploaded")
        return {
            "wall_s": answer["wall_s"],
            "cpu_s": subject.cpu_s() - before_s,
            "server_cpu_s": answer["server_cpu_s"],
            "before_rss_mb": before_mb,
            "peak_rss_mb": subject.peak_rss_mb(),
        }
