"""docs/spec.md names code and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEC = (ROOT / "docs/spec.md").read_text("utf-8")


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", SPEC)
    assert len(named) > 30
    missing = [
        f"{file}::{test}"
        for file, test in named
        if f"def {test}(" not in (ROOT / file).read_text("utf-8")
    ]
    assert missing == []


def test_every_file_that_is_named_exists() -> None:
    files = re.findall(r"`(daemon/[\w/]+\.py)`", SPEC)
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_every_line_names_its_code_and_its_test() -> None:
    rows = [line for line in SPEC.splitlines() if line.startswith("| ") and "`tests/" in line]
    lines = [line for line in SPEC.splitlines() if line.startswith("| ") and line != HEAD]
    assert rows == lines
    assert all("`daemon/" in row for row in rows)


HEAD = "| line | where | shown by |"
