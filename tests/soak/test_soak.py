"""Nothing lost, nothing twice: some scenarios, each in a process apart from the tests."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]

SCENARIOS = 32
FIRST_SEED = 17

PARTS = 2
"""Run side by side."""


@pytest.mark.timeout(150)
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_lost_and_nothing_comes_twice(part: int, tmp_path: Path) -> None:
    figures = soak(tmp_path, SCENARIOS // PARTS, first=FIRST_SEED + part * SCENARIOS // PARTS)
    assert figures["scenarios"] == SCENARIOS // PARTS
    assert figures["messages"] > 10 * SCENARIOS // PARTS
    wrong = ("lost", "duplicated", "misrouted", "stuck", "crashes")
    assert [figures[key] for key in wrong] == [0] * len(wrong)
    assert sum(figures["faults"].values()) > SCENARIOS // PARTS


def soak(folder: Path, scenarios: int, first: int) -> dict[str, Any]:
    """The figures of a run of the command."""
    figures = folder / "figures.json"
    options = ["--scenarios", str(scenarios), "--seed", str(first), "--jobs", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", *options, "--json", str(figures)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    figures_told: dict[str, Any] = json.loads(figures.read_text())
    return figures_told
