"""A lock on a file of the relay, held by one process alone and let go even if it is killed."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self


class Locked(Exception):
    """Another process holds the lock. The message is the path of the file it protects."""


_LOOK_S = 0.05
_LOOKS = 10
"""So often a lock is tried: `is_locked` may have it for an instant."""


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock of the file at `path`. Nothing is made or written.

    Raises `OSError` where that cannot be seen."""
    try:
        handle = os.open(_lock_of(path), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _lock_of(path: Path) -> str:
    return f"{path}.lock"


class FileLock:
    """Protects the file at `path` by a file beside it, which stays: whoever removed it could lock
    out nobody. Held from entering to leaving; entering raises `Locked`, or `OSError` where the
    folder cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(_lock_of(self._path), os.O_CREAT | os.O_RDWR, 0o600)
        if not _is_had(handle):
            os.close(handle)
            raise Locked(str(self._path))
        self._handle = handle
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _is_had(handle: int) -> bool:
    for look in range(_LOOKS):
        if look:
            time.sleep(_LOOK_S)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        return True
    return False
