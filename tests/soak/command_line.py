"""The command line of the soak test."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tests.soak.faults import FAULTS
from tests.soak.mutations import MUTATIONS, noticed
from tests.soak.report import Report, failure_lines
from tests.soak.scenario import Outcome, play

Play = Callable[[int], Outcome]

_PROGRESS = 50
"""Scenarios between two lines of progress."""


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.replay is not None:
        return _replay(options)
    if options.mutations:
        return _mutations()
    seeds = range(options.seed, options.seed + options.scenarios)
    print(f"soak: seeds {seeds.start} to {seeds.stop - 1}")
    report = Report()
    one = partial(play, names=options.faults, patience_s=options.patience * 3600)
    for outcome in _outcomes(one, seeds, options.jobs):
        report.add(outcome)
        for line in failure_lines(outcome):
            print(line, flush=True)
        if options.stop_at_first and not report.is_clean:
            break
        if report.scenarios % _PROGRESS == 0:
            print(f"soak: {report.scenarios} scenarios", flush=True)
    print("\n".join(report.lines()))
    if options.json is not None:
        report.write_json(options.json)
    print("soak: " + ("all well" if report.is_clean else f"{len(report.failed)} FAILED"))
    return 0 if report.is_clean else 1


def _outcomes(one: Play, seeds: Iterable[int], jobs: int) -> Iterator[Outcome]:
    if jobs == 1:
        yield from map(one, seeds)
        return
    # Each worker is a fresh interpreter: a scenario changes the process that it is played in.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        yield from pool.map(one, seeds)


def _replay(options: argparse.Namespace) -> int:
    outcome = play(options.replay, options.faults, with_log=True)
    print("\n".join(outcome.log))
    report = Report()
    report.add(outcome)
    print("\n".join(report.lines()))
    return 0 if report.is_clean else 1


def _mutations() -> int:
    unnoticed = 0
    for mutation in MUTATIONS:
        begun = time.monotonic()
        seen, told = noticed(mutation)
        unnoticed += not seen
        word = "noticed" if seen else "NOT NOTICED"
        print(f"{word}: {mutation.name} ({time.monotonic() - begun:.0f} s)", flush=True)
        if not seen:
            print(told)
    print(f"soak: {len(MUTATIONS) - unnoticed} of {len(MUTATIONS)} mutations noticed")
    return 1 if unnoticed else 0


def _names(given: str) -> list[str]:
    names = given.split(",")
    unknown = [name for name in names if name not in FAULTS]
    if unknown:
        known = ", ".join(FAULTS)
        raise argparse.ArgumentTypeError(f"no fault {unknown[0]!r}; there are: {known}")
    return names


def _positive(given: str) -> int:
    number = int(given)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/soak.sh",
        description="Plays customers and staff against the relay while faults strike, and holds"
        " that every message arrives exactly once, in the right place and order.",
        epilog="docs/faults.md says what is injected and how. Exit code 1: something went wrong;"
        " the seeds of the scenarios are printed.",
    )
    add = parser.add_argument
    add("--scenarios", type=_positive, default=50, metavar="N", help="how many (%(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="of the first one (%(default)s)")
    add("--replay", type=int, metavar="SEED", help="one scenario, with its log and its messages")
    add("--faults", type=_names, metavar="NAME,…", help="these in place of what the seeds choose")
    add("--stop-at-first", action="store_true", help="end with the first scenario that fails")
    text = "simulated hours that a ticket may take after the last fault (%(default)s)"
    add("--patience", type=float, default=6.0, metavar="HOURS", help=text)
    add("--mutations", action="store_true", help="break the relay on purpose; all must be noticed")
    add("--json", type=Path, metavar="FILE", help="the figures, for programs")
    jobs = os.cpu_count() or 1
    add("--jobs", type=_positive, default=jobs, metavar="N", help="processes (%(default)s)")
    return parser
