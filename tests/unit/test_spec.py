"""docs/spec.md names code and tests that exist, for every line."""

from __future__ import annotations

import re
from pathlib import Path

from daemon.core.commands import Name

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "docs/spec.md").read_text("utf-8")
_HEAD = "| line | where | shown by |"
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows() -> list[list[str]]:
    """The cells of every row of the tables that name code and tests."""
    found = []
    for table in re.findall(r"(?m)(?:^\|.*\n)+", SPEC):
        head, _, *lines = table.splitlines()
        if head == _HEAD:
            found += [line.strip("| ").split(" | ") for line in lines]
    return found


def test_every_row_has_a_line_its_code_and_its_test() -> None:
    assert len(rows()) > 100
    for row in rows():
        assert len(row) == 3, row
        _, where, shown = row
        assert re.fullmatch(r"`[^`]+`(, `[^`]+`)*", where), row
        assert all(_TEST.fullmatch(name) for name in shown.split(", ")), row


def test_every_file_that_is_named_exists() -> None:
    files = [file for _, where, _ in rows() for file in re.findall(r"`([^`]+)`", where)]
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_every_test_that_is_named_exists() -> None:
    missing = [
        f"{file}::{test}"
        for file, test in _TEST.findall(SPEC)
        if f"def {test}(" not in (ROOT / file).read_text("utf-8")
    ]
    assert missing == []


def test_every_command_of_the_program_has_its_row() -> None:
    lines = " ".join(line for line, _, _ in rows())
    assert [name for name in Name if not re.search(rf"/{name}\b", lines)] == []


def test_secrets_and_state_stay_out_of_version_control() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {".env", "*.session", "*.db", "*.db-wal", "*.db-shm", "/state/"} <= set(ignored)
