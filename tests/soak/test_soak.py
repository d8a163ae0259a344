"""Nothing lost, nothing twice: fifty scenarios, and the relay broken on purpose, which must be
noticed; each in a process apart from the tests. `scripts/soak.sh` plays as many as one likes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.soak.faults import FAULTS
from tests.soak.mutations import CHECKOUT, MUTATIONS, Mutation, noticed
from tests.soak.scenario import chosen

SCENARIOS = 50
FIRST_SEED = 1
PARTS = 5
"""Run side by side."""


@pytest.mark.timeout(150)
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_and_nothing_comes_twice(part: int, tmp_path: Path) -> None:
    figures = soak(tmp_path, SCENARIOS // PARTS, FIRST_SEED + part * SCENARIOS // PARTS)
    assert figures["scenarios"] == SCENARIOS // PARTS
    assert figures["messages"] > 10 * SCENARIOS // PARTS
    wrong = ("lost", "duplicated", "misrouted", "stuck", "crashes")
    assert [figures[key] for key in wrong] == [0] * len(wrong)
    assert sum(figures["faults"].values()) > SCENARIOS // PARTS


def soak(folder: Path, scenarios: int, first: int) -> dict[str, Any]:
    """The figures of a run of the command."""
    file = folder / "figures.json"
    options = ["--scenarios", str(scenarios), "--seed", str(first), "--jobs", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", *options, "--json", str(file)],
        cwd=CHECKOUT,
        env=os.environ | {"TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    figures: dict[str, Any] = json.loads(file.read_text())
    return figures


def test_every_fault_strikes_in_one_of_the_scenarios() -> None:
    seeds = range(FIRST_SEED, FIRST_SEED + SCENARIOS)
    assert {name for seed in seeds for name in chosen(seed)} == set(FAULTS)


@pytest.mark.parametrize("mutation", [m for m in MUTATIONS if m.quick], ids=lambda m: m.name)
def test_a_broken_relay_is_noticed(mutation: Mutation) -> None:
    seen, told = noticed(mutation)
    assert seen, told
