"""What the measurements come to: figures with their goals, samples and warnings."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tests.bench import measurements
from tests.bench.figures import Figure, percentile
from tests.bench.measurements import AT_ONCE, FULL, Pair, Past, Run

_VISIBLE_MS = 100.0
"""What people do not notice of a wait: https://www.nngroup.com/articles/response-times-3-important-limits/"""


_FLAT = 1.1, 0.9
"""Within 10 % in either direction; only what is above is a growth."""

_NO_DISK_MS = 0.01
"""What is kept faster than this is kept in memory alone."""


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    pairs: int
    tickets: int
    """Of each pair, 16 at once."""
    alone: int
    """Of each pair, one at a time."""
    ramp: int
    """Tickets of each of its steps."""
    updates: int
    sizes: tuple[int, ...]
    """Tickets of the past."""
    starts: int
    rounds: int
    aged: int
    """Tickets of each round."""
    backlog: int
    megabytes: int


WHOLE = Scale(
    pairs=5,
    tickets=500,
    alone=40,
    ramp=64,
    updates=100_000,
    sizes=(1_000, 100_000, 1_000_000),
    starts=3,
    rounds=3,
    aged=48,
    backlog=10_000,
    megabytes=200,
)
QUICK = Scale(
    pairs=2,
    tickets=80,
    alone=16,
    ramp=16,
    updates=5_000,
    sizes=(1_000, 20_000),
    starts=1,
    rounds=2,
    aged=16,
    backlog=500,
    megabytes=30,
)


class Report:
    """Fills itself by measuring."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._peaks_mb: list[float] = []
        self.sections: dict[str, list[Figure]] = {}
        self.samples: dict[str, Any] = {}
        self.limited_by = ""
        """What kept the throughput from being higher."""
        self.warnings: list[str] = []

    def measure(self) -> None:
        """Everything; what takes how long goes to standard error. Raises `MeasurementFailed`."""
        for heading, part in (
            ("This machine", self._machine),
            ("Cost and latency, beside a bare client", self._pairs),
            ("Throughput and memory", self._endurance),
            ("Years and downtimes", self._years),
            ("A large document from a protected chat", self._document),
        ):
            began = time.perf_counter()
            print(f"{heading} …", end="", file=sys.stderr, flush=True)
            self.sections[heading] = []
            part()
            print(f" {time.perf_counter() - began:.0f} s", file=sys.stderr)
        self._add("peak_rss_mb", max(self._peaks_mb), "MB", "highest memory of all the above", 80)

    def figures(self) -> dict[str, float]:
        return {figure.key: figure.value for part in self.sections.values() for figure in part}

    def _add(
        self, key: str, value: float, unit: str, meaning: str, goal: float | None = None
    ) -> None:
        list(self.sections.values())[-1].append(Figure(key, value, unit, meaning, goal))

    def _server(self, name: str, busy: float, what: str, hurt: str) -> None:
        """What of one core the server took meanwhile, and which figures that makes untrue."""
        self._add(f"server_busy_{name}", busy, "cores", f"… the server took, {what}")
        if busy >= FULL:
            self.warnings.append(
                f"the server was the bottleneck, {what} ({busy:.2f} of a core): {hurt}. CPU per"
                " step is true all the same."
            )

    def _machine(self) -> None:
        found = measurements.syncs_ms()
        self.samples["syncs_ms"] = found
        self._add("sync_ms", median(found), "ms", "the disk keeps a page of 4 KiB (fsync)")
        if median(found) < _NO_DISK_MS:
            self.warnings.append("nothing is kept on a disk here: durability seems to cost nothing")

    def _pairs(self) -> None:
        scale = self._scale
        pairs = list(measurements.pairs(scale.pairs, scale.tickets, scale.alone))
        self.samples["pairs"] = [asdict(pair) for pair in pairs]
        self._cost(pairs)
        daemons = [pair.daemon for pair in pairs]
        bares = [pair.bare for pair in pairs]
        self._peaks_mb += [sample.alone.peak_rss_mb for sample in daemons]
        self._latency("", "one at a time", [s.alone for s in daemons], [s.alone for s in bares])
        together = [s.together for s in daemons], [s.together for s in bares]
        self._latency(f"_{AT_ONCE}", f"{AT_ONCE} at once", *together)
        for name, who, runs in zip(("daemon", "bare"), ("relay", "bare"), together, strict=True):
            self._server(
                name,
                max(run.server_busy for run in runs),
                f"{who}, {AT_ONCE} at once",
                f"the latency of the {who} with {AT_ONCE} at once is the server's",
            )

    def _cost(self, pairs: list[Pair]) -> None:
        daemons = [pair.daemon.together.cpu_ms_per_step for pair in pairs]
        bares = [pair.bare.together.cpu_ms_per_step for pair in pairs]
        ratios = [daemon / bare for daemon, bare in zip(daemons, bares, strict=True)]
        meaning = "CPU of the relay / bare client"
        self._add("relay_cost_ratio", median(ratios), "", meaning, 1.5)
        self._add("relay_cost_ratio_min", min(ratios), "", "… least of all pairs")
        self._add("relay_cost_ratio_max", max(ratios), "", "… most")
        self._add("cpu_ms_per_step", median(daemons), "ms", "CPU of the relay per step", 1.1)
        self._add("bare_cpu_ms_per_step", median(bares), "ms", "CPU of the bare client per step")

    def _latency(self, name: str, how: str, daemons: list[Run], bares: list[Run]) -> None:
        ours = [ms for run in daemons for ms in run.latencies_ms]
        theirs = [ms for run in bares for ms in run.latencies_ms]
        half = percentile(theirs, 50)
        meaning = f"question → wrapper, {how}"
        self._add(
            f"latency{name}_p50_ms", percentile(ours, 50), "ms", f"{meaning}: relay, p50", 2 * half
        )
        self._add(f"latency{name}_p99_ms", percentile(ours, 99), "ms", "… relay, p99")
        self._add(f"bare_latency{name}_p50_ms", half, "ms", "… bare client, p50")
        self._add(f"bare_latency{name}_p99_ms", percentile(theirs, 99), "ms", "… bare client, p99")

    def _endurance(self) -> None:
        scale = self._scale
        found = measurements.endurance(scale.ramp, scale.updates)
        self.samples["endurance"] = asdict(found)
        for run in found.ramp:
            key = f"steps_per_s_{run.at_once}"
            what = f"steps per second, conversations at once: {run.at_once}"
            self._add(key, run.steps_per_s, "steps/s", what)
        fastest = found.fastest()
        self.limited_by = fastest.limited_by()
        self._add("steps_per_s", fastest.steps_per_s, "steps/s", "throughput: most of them")
        self._add("daemon_busy", fastest.busy, "cores", "… the relay took for it")
        self._server("throughput", fastest.server_busy, "for it", "the throughput is a lower limit")
        memory = found.memory
        self._add("idle_rss_mb", memory.idle_mb, "MB", "memory: peak, idle", 80)
        self._add("load_rss_mb", memory.load_mb, "MB", "… under that load", 80)
        most = max(memory.portions_mb)
        self._add("updates_rss_mb", most, "MB", f"… while {scale.updates:,} updates came", 80)
        flat = memory.portions_mb[-1] / memory.portions_mb[1]
        self._add("memory_growth_ratio", flat, "", "… at their last tenth / at their second", 1.1)
        self._server("updates", memory.server_busy, "updates", "they came no faster for it")
        self._peaks_mb += [memory.idle_mb, memory.load_mb, most]
        each = found.bytes_per_conversation
        meaning = "database per conversation as led here, receipts included"
        self._add("bytes_per_conversation", each, "bytes", meaning)

    def _years(self) -> None:
        scale = self._scale
        found = measurements.years(
            scale.sizes, scale.starts, scale.rounds, scale.aged, scale.backlog
        )
        self.samples["years"] = asdict(found)
        largest = found.grown[-1]
        first = median(found.first_starts_ms)
        self._add("first_start_ms", first, "ms", "start to ready: the first, with login")
        self._add("start_ms", found.empty.start_ms, "ms", "… empty database")
        size = f"{largest.tickets:,} tickets"
        self._add("start_large_ms", largest.start_ms, "ms", f"… {size}, five links each")
        more = largest.start_ms - found.empty.start_ms
        self._add("start_difference_ms", more, "ms", "… difference", _VISIBLE_MS)
        for past in found.grown:
            meaning = f"CPU per step with {past.tickets:,} tickets"
            self._add(f"cpu_ms_per_step_{past.tickets}", past.cpu_ms_per_step, "ms", meaning)
        self.judge_growth(found.grown)
        meaning = "database per ticket, five links each"
        self._add("bytes_per_ticket", largest.bytes_per_ticket, "bytes", meaning)
        self._peaks_mb += [run.peak_rss_mb for past in found.grown for run in past.runs]
        backlog = found.backlog
        meaning = f"{backlog.questions:,} questions of a downtime, with the start"
        self._add("backlog_s", backlog.start_s + backlog.wall_s, "s", meaning)
        self._add("backlog_rss_mb", backlog.peak_rss_mb, "MB", "… memory: peak", 80)
        self._peaks_mb.append(backlog.peak_rss_mb)
        self._server("backlog", backlog.server_busy, "backlog", "its time is an upper limit")

    def judge_growth(self, pasts: list[Past]) -> None:
        """Beside the smallest of them, round by round."""
        smallest = pasts[0]
        for past in pasts[1:]:
            key = "growth_ratio" if past is pasts[-1] else f"growth_ratio_{past.tickets}"
            by_turns = zip(past.runs, smallest.runs, strict=True)
            growth = median(more.cpu_ms_per_step / less.cpu_ms_per_step for more, less in by_turns)
            meaning = f"… {past.tickets:,} / {smallest.tickets:,}, round by round"
            figure = Figure(key, growth, "", meaning, *_FLAT)
            list(self.sections.values())[-1].append(figure)
            if figure.is_noise:
                self.warnings.append(
                    f"{past.tickets:,} tickets cost {growth:.2f} of what {smallest.tickets:,} do:"
                    " more tickets make nothing cheaper, so the CPU per step is noisy here, and"
                    " a growth of as much may be hidden."
                )

    def _document(self) -> None:
        megabytes = self._scale.megabytes
        found = measurements.document(megabytes)
        self.samples["document"] = found
        what = f"{megabytes} MB, down and up"
        self._add("media_mb_per_s", megabytes / found["wall_s"], "MB/s", what)
        cost = found["cpu_s"] / megabytes * 1000
        self._add("media_cpu_ms_per_mb", cost, "ms/MB", "… CPU")
        growth = found["peak_rss_mb"] - found["before_rss_mb"]
        self._add("media_rss_growth_mb", growth, "MB", "… growth of memory", 16)
        self._peaks_mb.append(found["peak_rss_mb"])
        busy = found["server_cpu_s"] / found["wall_s"]
        self._server("media", busy, "document", "the relay could copy faster")
