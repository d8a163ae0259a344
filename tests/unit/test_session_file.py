"""Writing the session file: whatever happens meanwhile, the old login or the new one is there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from daemon.telegram.session import Login, SessionFile

OLD = Login(1, 2, "149.154.167.50", 443, b"\x01" * 256)
NEW = Login(1, 4, "2001:67c:4e8:f002::a", 80, b"\x02" * 256)


@pytest.fixture
def file(tmp_path: Path) -> SessionFile:
    made = SessionFile(tmp_path / "relay.session")
    made.write(OLD)
    return made


def test_a_login_is_read_as_it_was_written(file: SessionFile) -> None:
    assert file.read() == OLD
    file.write(NEW)
    assert file.read() == NEW


@pytest.mark.parametrize("module, moment", [(os, "fsync"), (Path, "replace")])
def test_a_crash_while_writing_leaves_the_old_login(
    file: SessionFile, monkeypatch: pytest.MonkeyPatch, module: object, moment: str
) -> None:
    with monkeypatch.context() as crashing:

        def crash(*_: object) -> None:
            raise OSError("power cut")

        crashing.setattr(module, moment, crash)
        with pytest.raises(OSError, match="power cut"):
            file.write(NEW)
    assert file.read() == OLD
    file.write(NEW)
    assert file.read() == NEW


def test_what_is_written_is_on_the_disk_before_it_takes_the_old_ones_place(
    file: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bytes] = []
    fsync = os.fsync

    def note(handle: int) -> None:
        fsync(handle)
        synced.append(file.path.with_name("relay.session.new").read_bytes())
        assert file.read() == OLD

    monkeypatch.setattr(os, "fsync", note)
    file.write(NEW)
    assert synced == [file.path.read_bytes()]


def test_neither_file_nor_draft_is_for_anybody_else(
    file: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    replace = Path.replace

    def note(draft: Path, target: Path) -> Path:
        modes.append(stat.S_IMODE(draft.stat().st_mode))
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", note)
    old_mask = os.umask(0)
    try:
        file.write(NEW)
    finally:
        os.umask(old_mask)
    assert [*modes, stat.S_IMODE(file.path.stat().st_mode)] == [0o600, 0o600]


def test_without_a_file_there_is_no_login(tmp_path: Path) -> None:
    assert SessionFile(tmp_path / "relay.session").read() is None


def test_a_file_that_may_not_be_read_is_no_missing_one(tmp_path: Path) -> None:
    path = tmp_path / "relay.session"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        SessionFile(path).read()
