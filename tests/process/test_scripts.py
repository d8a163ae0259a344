"""What all scripts for operators have in common."""

from __future__ import annotations

import shutil
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


@pytest.mark.parametrize(
    "script", sorted((CHECKOUT / "scripts").glob("*.sh")), ids=lambda s: s.stem
)
def test_every_script_has_help_where_nothing_is_installed_yet(script: Path, tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    alone = Path(shutil.copy(script, tmp_path / "scripts"))
    done = subprocess.run(
        [alone, "--help"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=bare_environment(),
        check=True,
    )
    assert (done.stdout.count(f"scripts/{script.name}") > 0, done.stderr) == (True, "")
    assert set(tmp_path.rglob("*")) == {alone.parent, alone}
    assert alone.read_bytes() == script.read_bytes()


def test_locks_that_uv_leaves_stay_as_they_are(tmp_path: Path) -> None:
    """So it is with arguments such as --version."""
    for folder in ("scripts", "bin"):
        (tmp_path / folder).mkdir()
    shutil.copy(CHECKOUT / "scripts/lock.sh", tmp_path / "scripts")
    (tmp_path / "bin/uv").write_text("#!/bin/sh\n")
    (tmp_path / "bin/uv").chmod(0o755)
    locks = ["requirements.lock", "requirements-dev.lock"]
    for lock in locks:
        shutil.copy(CHECKOUT / lock, tmp_path)
    environment = bare_environment()
    environment["PATH"] = f"{tmp_path / 'bin'}:{environment['PATH']}"
    subprocess.run(
        [tmp_path / "scripts/lock.sh", "--version"], env=environment, check=True, timeout=20
    )
    for lock in locks:
        assert (tmp_path / lock).read_bytes() == (CHECKOUT / lock).read_bytes()


@pytest.mark.parametrize("name", ["install", "uninstall"])
def test_a_wrong_option_is_told_before_anything_is_done(name: str) -> None:
    done = subprocess.run(
        [CHECKOUT / f"scripts/{name}.sh", "--purgee"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{name}: unknown argument '--purgee'; see --help\n"
