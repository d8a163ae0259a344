"""The lock on a file: one holder at a time, among processes and within one."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.lock import FileLock, Locked

PROJECT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from daemon.lock import FileLock
with FileLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_holds_it_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "state" / "relay.session"
    with FileLock(path), pytest.raises(Locked, match=str(path)), FileLock(path):
        pytest.fail("held twice")
    with FileLock(path):
        pass


def test_another_process_cannot_have_it_and_its_death_lets_it_go(tmp_path: Path) -> None:
    path = tmp_path / "relay.session"
    command = [sys.executable, "-c", HOLD, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=PROJECT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(Locked), FileLock(path):
            pytest.fail("held twice")
        process.kill()
    with FileLock(path):
        pass


def test_it_is_let_go_when_what_it_protects_fails(tmp_path: Path) -> None:
    path = tmp_path / "relay.session"
    with pytest.raises(ValueError, match="x"), FileLock(path):
        raise ValueError("x")
    with FileLock(path):
        pass


def test_locks_on_different_files_do_not_disturb_each_other(tmp_path: Path) -> None:
    with FileLock(tmp_path / "one"), FileLock(tmp_path / "two"):
        pass


def test_file_and_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    old_mask = os.umask(0)
    try:
        with FileLock(tmp_path / "state" / "relay.session"):
            pass
    finally:
        os.umask(old_mask)
    lock = tmp_path / "state" / "relay.session.lock"
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    assert stat.S_IMODE(lock.parent.stat().st_mode) == 0o700
