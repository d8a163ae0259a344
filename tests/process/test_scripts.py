"""What all scripts for operators have in common."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.process.daemon_process import CHECKOUT, bare_environment

SCRIPTS = ["backup_db", "restore_db", "install", "uninstall"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_is_all_of_the_comment_on_top_and_does_nothing(name: str, tmp_path: Path) -> None:
    script = CHECKOUT / f"scripts/{name}.sh"
    comment = script.read_text("utf-8").partition("\nset -euo pipefail")[0].splitlines()[1:]
    done = subprocess.run(
        [script, "--help"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=bare_environment(),
        check=True,
    )
    assert done.stdout.startswith("\n".join(line.removeprefix("#")[1:] for line in comment))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["install", "uninstall"])
def test_a_wrong_option_is_told_before_anything_is_done(name: str) -> None:
    done = subprocess.run(
        [CHECKOUT / f"scripts/{name}.sh", "--purgee"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{name}: unknown argument '--purgee'; see --help\n"
