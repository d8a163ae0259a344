"""docs/monitoring.md tells all keys and no others."""

from __future__ import annotations

import re
from pathlib import Path

from daemon.core import bulletin
from daemon.core.condition import Condition, Queue, Work
from daemon.core.model import ChatId
from daemon.exit_codes import ExitCode

PAGE = (Path(__file__).parents[2] / "docs/monitoring.md").read_text("utf-8")


def rows(heading: str) -> dict[str, str]:
    """The first cell, without backticks, and the rest, of each row below a heading."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"(?m)^\| ([^|]+) \| (.*) \|$", section)
    return {name.strip("`"): rest for name, rest in found[1:]}


def test_the_keys_of_the_json() -> None:
    work = Work(queues=(Queue(ChatId(-1), "Acme", 1, 0),))
    data = bulletin.data(Condition(0, running=False, note=None, work=work))
    documented = rows("`status --json`")
    assert list(documented) == list(data)
    queues = data["queues"]
    assert isinstance(queues, list)
    assert set(queues[0]) <= set(re.findall(r"`(\w+)`", documented["queues"]))


def test_the_exit_codes() -> None:
    documented = rows("Health checks")
    for code, health in (
        (ExitCode.OK, "healthy"),
        (ExitCode.NOT_RUNNING, "not_running"),
        (ExitCode.STUCK, "stuck"),
    ):
        assert documented[str(int(code))].startswith(f"`{health}`")
