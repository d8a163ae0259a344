"""The lock on a file: one holder at a time, among processes and within one."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from daemon.lock import FileLock, Locked, is_locked

PROJECT = Path(__file__).parents[2]
HOLD = """
import sys
import threading
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


def test_whether_it_is_held_can_be_seen_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    assert not is_locked(path)
    assert list(tmp_path.iterdir()) == []
    with FileLock(path):
        assert is_locked(path)
    assert not is_locked(path)


def test_one_who_looks_keeps_nobody_out(tmp_path: Path) -> None:
    """`is_locked` has the lock for an instant; here that instant lasts."""
    path = tmp_path / "tickets.db"
    with FileLock(path):
        pass
    with (tmp_path / "tickets.db.lock").open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        letting_go = threading.Timer(0.06, fcntl.flock, (looking, fcntl.LOCK_UN))
        letting_go.start()
        with FileLock(path):
            assert is_locked(path)
        letting_go.join()
