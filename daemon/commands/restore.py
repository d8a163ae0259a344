"""`restore` puts a backup in the database's place; `recover` decides about what it held back.

The database goes on from the backup, and what happened since is not done again: see
`daemon.relay.restored`.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sqlite3
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from daemon.core.remark import Mark
from daemon.exit_codes import ExitCode
from daemon.lock import FileLock
from daemon.storage import copies, offline, restores
from daemon.storage.copies import CopyDamaged
from daemon.storage.db import BUSY_TIMEOUT_S, ForeignDatabase
from daemon.storage.tickets import FIRST_TIMESTAMP

Say = Callable[[str], None]

_GZIP = b"\x1f\x8b"

_SQLITE = b"SQLite format 3\0"
"""https://www.sqlite.org/fileformat.html#magic_header_string"""

_SIDE_FILES = ("-wal", "-shm")


class RestoreRefused(Exception):
    """One of the two paths is not what it should be; says which, and what to do."""

    def __init__(self, reason: str, code: ExitCode = ExitCode.CONFIG) -> None:
        super().__init__(reason)
        self.code = code


def put_back(backup: Path, database: Path, say: Say) -> ExitCode:
    """Verify the backup, keep the former database, put the backup in its place.

    Raises `RestoreRefused`, `Locked` while a relay runs, `CopyDamaged`, `SchemaTooNew`,
    `sqlite3.Error`, `OSError`; then nothing is changed."""
    database = database.absolute()
    _refuse_mix_ups(backup, database)
    with FileLock(database):
        draft = database.with_name(f".{database.name}.restoring")
        now = time.time_ns() // 1_000_000
        try:
            _unpack(backup, draft)
            try:
                copies.verify(draft)
            except ForeignDatabase as error:
                reason = f"the backup is another program's ({error}); take one of backup_db.sh"
                raise RestoreRefused(reason, ExitCode.DATA) from None
            with offline.transaction(draft) as tx:
                held_back = restores.mark(tx, now, FIRST_TIMESTAMP)
            former = _keep(database)
            draft.replace(database)
            _sync(database.parent)
        finally:
            for ending in ("", *_SIDE_FILES):
                Path(f"{draft}{ending}").unlink(missing_ok=True)
            _give_back(database)
    say(f"{Mark.GOOD} restored {database} from {backup}")
    if former is not None:
        say(f"{Mark.GOOD} the former one is kept as {former}")
    say(f"{Mark.GOOD} at the next start the staff are told what was written since the backup")
    if held_back:
        say(
            f"{Mark.NOTE} held back, since they may have been sent already: {held_back}; see the"
            " command recover"
        )
    return ExitCode.OK


def _refuse_mix_ups(backup: Path, database: Path) -> None:
    """Before anything is made. Raises `RestoreRefused`, `OSError`."""
    if backup.is_dir():
        raise RestoreRefused(f"{backup} is a folder; name one of the backups in it")
    if not backup.exists():
        raise FileNotFoundError(2, "No such file", str(backup))
    if Path(f"{backup}-wal").exists():
        raise RestoreRefused(
            f"{backup} is a database in use and no backup, since {backup.name}-wal is beside it;"
            " the backup comes first, then the database"
        )
    if database.is_dir():
        raise RestoreRefused(f"{database} is a folder; name the database's file")
    if not database.parent.is_dir():
        raise RestoreRefused(
            f"{database.parent}: there is no such folder; make it, or name another"
        )
    if not database.exists():
        return
    if database.samefile(backup):
        raise RestoreRefused(f"{database} is the backup itself; name the database's file")
    with database.open("rb") as file:
        first = file.read(len(_SQLITE))
    if first not in (b"", _SQLITE):
        raise RestoreRefused(
            f"{database} is no database; the backup comes first, then the database (if its own"
            " damage made it so, move it away)"
        )


def decide(database: Path, say: Say, what: str | None) -> ExitCode:
    """Show what is held back, or `send` or `drop` all of it.

    Raises what `put_back` does; `Locked` only where something is to be changed."""
    if not database.exists():
        raise FileNotFoundError(2, "No such file", str(database))
    with FileLock(database), offline.transaction(database) as tx:
        found = restores.held_back(tx)
        if what == "send":
            restores.send_held_back(tx, time.time_ns() // 1_000_000)
        elif what == "drop":
            restores.drop_held_back(tx)
    for row in found:
        at = datetime.fromtimestamp(row.queued_at // 1000, UTC)
        ticket = f", ticket {row.ticket_id}" if row.ticket_id is not None else ""
        say(f"• {row.role} to {row.destination}{ticket}, of {at:%Y-%m-%d %H:%M:%S} UTC")
    done = {
        "send": "to be sent at the next start",
        "drop": "dropped",
    }.get(what or "", "held back; decide with --send or --drop")
    say(f"{Mark.GOOD} {len(found)} {'message' if len(found) == 1 else 'messages'} {done}")
    return ExitCode.OK


def _unpack(backup: Path, draft: Path) -> None:
    """Raises `CopyDamaged`, `OSError`."""
    handle = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as whole, backup.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        try:
            if packed:
                with gzip.GzipFile(fileobj=file) as content:
                    shutil.copyfileobj(content, whole, 1 << 20)
            else:
                shutil.copyfileobj(file, whole, 1 << 20)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise CopyDamaged(str(error)) from None
        whole.flush()
        os.fsync(whole.fileno())


def _keep(database: Path) -> Path | None:
    """Give the database another name, with all that belongs to it; None where there is none."""
    if not database.exists():
        return None
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    former = database.with_name(f"{database.name}.before-restore-{at}")
    _fold_in_log(database)
    for ending in _SIDE_FILES:
        side = Path(f"{database}{ending}")
        if side.exists():  # of a damaged one; beside the restored one it would damage that too
            side.rename(f"{former}{ending}")
    os.link(database, former)
    return former


def _fold_in_log(database: Path) -> None:
    """Have one file where the database is whole enough."""
    try:
        with closing(sqlite3.connect(database, timeout=BUSY_TIMEOUT_S)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        return


def _give_back(database: Path) -> None:
    """What root made belongs to whose folder it is in: the service could not use it else."""
    if os.geteuid() != 0:
        return
    folder = database.parent.stat()
    for file in (database, Path(f"{database}.lock")):
        if file.exists():
            os.chown(file, folder.st_uid, folder.st_gid)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
