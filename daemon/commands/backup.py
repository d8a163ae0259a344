"""`backup`: a copy of the database, made beside the running relay, verified and put away.

Complete or not there: it is written under another name, checked, and only then renamed.
"""

from __future__ import annotations

import errno
import fcntl
import gzip
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from daemon.core.retention import backup_named, kept
from daemon.exit_codes import ExitCode
from daemon.relay import events
from daemon.storage import copies
from daemon.storage.copies import CopyDamaged
from daemon.storage.db import ForeignDatabase

log = structlog.get_logger()

_BESIDE = {"config": ".config.toml", "session": ".session"}
"""What may come along, as files of the backup's name with these endings."""


_LOCK = ".backup.lock"

_DRAFT_FILES = ("", "-wal", "-shm", "-journal")
"""A copy under way and what SQLite puts beside it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be backed up, and where to."""

    database: Path
    target: Path
    """A folder, or the backup's own name; compressed in a folder, or where it ends in `.gz`."""
    into_folder: bool = False
    """The target was written as a folder, with `/` at its end: it is none to be made."""
    config: Path | None = None
    session: Path | None = None
    keep_daily: int = 0
    keep_weekly: int = 0
    """None of the older ones is removed where both are 0."""


class BackupFailed(Exception):
    """There is no backup; says why."""

    def __init__(self, reason: str, code: ExitCode) -> None:
        super().__init__(reason)
        self.code = code


def backup(order: Order) -> ExitCode:
    """Make the backup and log one line."""
    begun = time.monotonic()
    try:
        made, removed = _in_words(order)
    except BackupFailed as error:
        values = {"database": str(order.database), "exit_code": int(error.code)}
        log.error(events.BACKUP_FAILED, reason=str(error), **values)
        return error.code
    log.info(
        events.BACKUP_DONE,
        file=str(made),
        bytes=made.stat().st_size,
        removed=removed,
        took_ms=int((time.monotonic() - begun) * 1000),
    )
    return ExitCode.OK


def _in_words(order: Order) -> tuple[Path, list[str]]:
    try:
        return _back_up(order)
    except ForeignDatabase as error:
        raise BackupFailed(f"the database is another program's: {error}", ExitCode.DATA) from None
    except CopyDamaged as error:
        reason = f"the database is damaged: {error}; restore the last backup"
        raise BackupFailed(reason, ExitCode.DATA) from None
    except FileNotFoundError as error:
        raise BackupFailed(
            f"{error.filename}: there is no such file or folder", ExitCode.CONFIG
        ) from None
    except OSError as error:
        folder = _folder(order)
        if error.errno in _NO_SPACE:
            raise BackupFailed(_no_space(folder), ExitCode.FAILURE) from None
        reason = f"{error.filename or folder}: {error.strerror}"
        raise BackupFailed(reason, ExitCode.FAILURE) from None
    except sqlite3.Error as error:
        raise _refused(error, _folder(order)) from None


_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def _no_space(folder: Path) -> str:
    return f"no space in {folder}; make room there, or back up into another folder"


def _refused(error: sqlite3.Error, folder: Path) -> BackupFailed:
    """The disk's refusals say nothing about the database. https://www.sqlite.org/rescode.html"""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:  # the primary code
        case sqlite3.SQLITE_FULL:
            return BackupFailed(_no_space(folder), ExitCode.FAILURE)
        case sqlite3.SQLITE_IOERR:
            reason = f"the copy into {folder} fails: {error}; check its space, and both disks"
            return BackupFailed(reason, ExitCode.FAILURE)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            reason = f"the copy into {folder} fails: {error}; check who may write there"
            return BackupFailed(reason, ExitCode.FAILURE)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            reason = f"another process holds the database: {error}; try again"
            return BackupFailed(reason, ExitCode.LOCKED)
        case _:
            return BackupFailed(f"the database cannot be read: {error}", ExitCode.DATA)


def _back_up(order: Order) -> tuple[Path, list[str]]:
    made = _name(order)
    with _alone_in(made.parent) as lock:
        draft = made.with_name(f".{made.name}.part")
        packed = made.with_name(f".{made.name}.packed")
        try:
            copies.copy(order.database, draft)
            copies.verify(draft)
            # Who names the backup's file, and has none removed, knows which is whose.
            if order.target.is_dir() or order.keep_daily or order.keep_weekly:
                _claim(lock, order.database, made.parent)
            if made.suffix == ".gz":
                _pack(draft, packed)
                draft.unlink()
            else:
                draft.rename(packed)
            _sync(packed)
            for kind, source in (("config", order.config), ("session", order.session)):
                if source is not None:
                    _put_beside(source, made, _BESIDE[kind])
            packed.rename(made)
            _sync(made.parent)
        finally:
            for left in (packed, *(Path(f"{draft}{ending}") for ending in _DRAFT_FILES)):
                left.unlink(missing_ok=True)
        return made, _clear_out(made, order)


def _name(order: Order) -> Path:
    if not order.database.exists():
        raise FileNotFoundError(2, "No such file", str(order.database))
    target = order.target.absolute()
    if target.is_dir():
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        return target / f"{order.database.stem}_{now}.db.gz"
    if order.into_folder:
        reason = f"{target}/: there is no such folder; make it, or name a file without / at its end"
        raise BackupFailed(reason, ExitCode.CONFIG)
    if target.exists() and target.samefile(order.database):
        raise BackupFailed("the backup would be the database itself", ExitCode.USAGE)
    if not target.parent.is_dir():
        raise FileNotFoundError(2, "No such folder", str(target.parent))
    return target


def _folder(order: Order) -> Path:
    target = order.target.absolute()
    return target if target.is_dir() else target.parent


@contextmanager
def _alone_in(folder: Path) -> Iterator[int]:
    """One backup at a time into a folder; gives the lock's file, opened."""
    handle = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield handle
    except BlockingIOError:
        reason = f"another backup into {folder} is under way"
        raise BackupFailed(reason, ExitCode.LOCKED) from None
    finally:
        os.close(handle)


def _claim(lock: int, database: Path, folder: Path) -> None:
    """Note in the lock's file whose backups the folder holds: two databases of one name would
    remove, and in one second even replace, each other's."""
    database = database.resolve()
    with os.fdopen(os.dup(lock), "r+", encoding="utf-8", errors="surrogateescape") as file:
        known = [Path(line) for line in file.read().splitlines()]
        if database in known:
            return
        for other in known:
            if other.stem == database.stem:
                raise BackupFailed(
                    f"{folder} holds the backups of {other}; name another folder for those of"
                    f" {database}, or remove {folder / _LOCK} if it is the same one, moved",
                    ExitCode.CONFIG,
                )
        file.write(f"{database}\n")


def _pack(source: Path, target: Path) -> None:
    handle = os.open(target, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with (
        source.open("rb") as whole,
        os.fdopen(handle, "wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6) as packed,
    ):
        shutil.copyfileobj(whole, packed, 1 << 20)


def _put_beside(source: Path, made: Path, ending: str) -> None:
    target = made.with_name(_stem(made.name) + ending)
    draft = target.with_name(f".{target.name}.part")
    handle = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(source.read_bytes())
        _sync(draft)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def _stem(name: str) -> str:
    return name.removesuffix(".gz").removesuffix(".db")


def _clear_out(made: Path, order: Order) -> list[str]:
    """Remove backups of the same database that are not to be kept any more; their names."""
    if not order.keep_daily and not order.keep_weekly:
        return []
    of_this = backup_named(made.name)
    found = [backup_named(file.name) for file in made.parent.iterdir()]
    backups = [it for it in found if it and of_this and it.stem == of_this.stem]
    keep = kept(backups, order.keep_daily, order.keep_weekly) | {made.name}
    removed = sorted(it.name for it in backups if it.name not in keep)
    for name in removed:
        for ending in _BESIDE.values():
            made.with_name(_stem(name) + ending).unlink(missing_ok=True)
        made.with_name(name).unlink(missing_ok=True)
    return removed


def _sync(path: Path) -> None:
    """So that a power cut leaves it as it is."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
