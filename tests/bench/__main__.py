"""The benchmark: measures, prints a table, and writes every figure and sample as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench import measurements
from tests.bench.figures import Figure, median, percentile, table
from tests.bench.measurements import AT_ONCE, Samples
from tests.bench.processes import MeasurementFailed, a_bare_client, a_daemon

_BOTTLENECK = 0.9
"""Share of a core from which on the server, not the subject, set the speed."""


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    pairs: int
    tickets: int
    backlog: int
    past: tuple[int, ...]
    updates: int
    megabytes: int


FULL = Scale(5, 500, 10_000, (1_000, 100_000, 1_000_000), 100_000, 200)
QUICK = Scale(2, 150, 1_000, (1_000, 50_000), 5_000, 50)


class Bench:
    """Collects figures and samples."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self.figures: list[Figure] = []
        self.samples: Samples = {}
        self.warnings: list[str] = []

    def run(self) -> None:
        for measure in (
            self._relay_cost,
            self._latency,
            self._backlog,
            self._growth,
            self._memory,
            self._document,
        ):
            began = time.perf_counter()
            print(f"{measure.__name__.strip('_').replace('_', ' ')} …", end="", file=sys.stderr)
            sys.stderr.flush()
            measure()
            print(f" {time.perf_counter() - began:.0f} s", file=sys.stderr)

    def _add(
        self, key: str, value: float, unit: str, meaning: str, goal: float | None = None
    ) -> None:
        self.figures.append(Figure(key, value, unit, meaning, goal))

    def _relay_cost(self) -> None:
        scale = self._scale
        pairs = list(measurements.pairs(scale.pairs, scale.tickets, AT_ONCE))
        self.samples["pairs"] = [[asdict(daemon), asdict(bare)] for daemon, bare in pairs]
        sends = {run.sends for pair in pairs for run in pair}
        if len(sends) > 1:
            raise MeasurementFailed(f"the subjects did not send equally much: {sorted(sends)}")
        if any(daemon.server_busy > _BOTTLENECK for daemon, _ in pairs):
            self.warnings.append("the server was the bottleneck: steps_per_s is a lower limit")
        daemons = [daemon for daemon, _ in pairs]
        ratios = [daemon.cpu_ms_per_step / bare.cpu_ms_per_step for daemon, bare in pairs]
        self._add("relay_cost_ratio", median(ratios), "", "CPU of the relay / bare client", 1.5)
        cost = median([daemon.cpu_ms_per_step for daemon in daemons])
        self._add("cpu_ms_per_step", cost, "ms", "CPU of the relay per step", 1.1)
        bare_cost = median([bare.cpu_ms_per_step for _, bare in pairs])
        self._add("bare_cpu_ms_per_step", bare_cost, "ms", "CPU of the bare client per step")
        speed = median([daemon.steps_per_s for daemon in daemons])
        self._add("steps_per_s", speed, "steps/s", f"throughput, {AT_ONCE} conversations at once")
        busy = max(daemon.server_busy for daemon in daemons)
        self._add("server_busy", busy, "cores", "of them, the loopback server took")
        together = [ms for daemon in daemons for ms in daemon.latencies_ms]
        bare_together = [ms for _, bare in pairs for ms in bare.latencies_ms]
        for name, samples in (("", together), ("bare_", bare_together)):
            who = "bare client" if name else "relay"
            for percent in (50, 99):
                key = f"{name}latency_{AT_ONCE}_p{percent}_ms"
                meaning = f"question → wrapper, {who}, {AT_ONCE} at once, p{percent}"
                self._add(key, percentile(samples, percent), "ms", meaning)
        self._add("peak_rss_mb", max(d.peak_rss_mb for d in daemons), "MB", "peak memory", 80)

    def _latency(self) -> None:
        tickets = self._scale.tickets // 5
        daemon = measurements.one_run(a_daemon, tickets, 1).latencies_ms
        bare = measurements.one_run(a_bare_client, tickets, 1).latencies_ms
        self.samples["latency_ms"] = {"daemon": daemon, "bare": bare}
        bare_p50 = percentile(bare, 50)
        self._add(
            "latency_p50_ms",
            percentile(daemon, 50),
            "ms",
            "question → wrapper, relay, one at a time, p50",
            2 * bare_p50,
        )
        self._add("latency_p99_ms", percentile(daemon, 99), "ms", "… p99")
        self._add("bare_latency_p50_ms", bare_p50, "ms", "question → wrapper, bare client, p50")
        self._add("bare_latency_p99_ms", percentile(bare, 99), "ms", "… p99")

    def _backlog(self) -> None:
        questions = self._scale.backlog
        seconds = measurements.backlog_s(questions)
        meaning = f"{questions:,} questions of a downtime worked off, start included"
        self._add("backlog_s", seconds, "s", meaning)

    def _growth(self) -> None:
        starts = measurements.start_ms(3)
        self.samples["start_ms"] = starts
        self._add("start_ms", median(starts), "ms", "start to ready, database all but empty")
        runs = [measurements.grown(past, self._scale.tickets) for past in self._scale.past]
        self.samples["growth"] = [asdict(run) for run in runs]
        for run in runs:
            size = f"{run.tickets:,} tickets"
            self._add(f"start_{run.tickets}_ms", run.start_ms, "ms", f"start with {size}")
            key = f"cpu_ms_per_step_{run.tickets}"
            self._add(key, run.cpu_ms_per_step, "ms", f"CPU per step with {size}")
        largest = runs[-1]
        growth = largest.cpu_ms_per_step / runs[0].cpu_ms_per_step
        self._add("growth_ratio", growth, "", "CPU per step, largest / smallest", 1.1)
        meaning = "database per ticket, with its five links"
        self._add("bytes_per_ticket", largest.bytes_per_ticket, "bytes", meaning)

    def _memory(self) -> None:
        found = measurements.memory_mb(self._scale.updates, self._scale.tickets)
        self.samples["memory"] = found
        self._add("idle_rss_mb", found["idle_mb"], "MB", "memory, idle")
        self._add("loaded_rss_mb", found["under_load_mb"], "MB", "memory after conversations")
        meaning = f"memory after {self._scale.updates:,} updates"
        self._add("updates_rss_mb", found["after_all_mb"], "MB", meaning, 80)
        flat = found["after_all_mb"] / found["after_a_tenth_mb"]
        self._add("memory_growth_ratio", flat, "", "… / memory after a tenth of them", 1.1)

    def _document(self) -> None:
        megabytes = self._scale.megabytes
        found = measurements.document(megabytes)
        self.samples["document"] = found
        what = f"a document of {megabytes} MB, down and up"
        self._add("media_mb_per_s", found["mb_per_s"], "MB/s", what)
        self._add("media_cpu_ms_per_mb", found["cpu_ms_per_mb"], "ms/MB", "… CPU")
        self._add("media_rss_growth_mb", found["rss_growth_mb"], "MB", "… growth of memory", 16)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, in a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and samples there")
    options = parser.parse_args(arguments)
    bench = Bench(QUICK if options.quick else FULL)
    try:
        bench.run()
    except MeasurementFailed as error:
        print(f"\nbench: {error}", file=sys.stderr)
        return 1
    print(table(bench.figures))
    for warning in bench.warnings:
        print(f"Mind: {warning}")
    if options.json is not None:
        machine = {"python": platform.python_version(), "cores": os.cpu_count()}
        figures = {figure.key: figure.value for figure in bench.figures}
        told = {**figures, "machine": machine, "samples": bench.samples}
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
