"""`scripts/restore_db.sh` and `recover`, as an operator types them."""

from __future__ import annotations

import asyncio
import gzip
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from daemon.storage.offline import transaction
from tests.process.daemon_process import CHECKOUT, Daemons, bare_environment
from tests.process.test_backup import backed_up
from tests.scene import Scene

pytestmark = pytest.mark.forked


async def typed(*command: str | Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=bare_environment(),
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_backup_and_restore_around_a_running_daemon(scene: Scene, daemons: Daemons) -> None:
    script = CHECKOUT / "scripts/restore_db.sh"
    config = scene.config_file()
    database = scene.folder / "tickets.db"
    backup = scene.folder / "the backup.db.gz"
    daemon = await daemons.start("run", config)
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)
    assert await backed_up(database, backup) == (0, "")
    scene.acme.say(scene.alice, "/ask Since the backup?")
    await scene.staff_sees("Since the backup?")

    code, output = await typed(script, backup, database)
    assert (code, "stop that one first" in output) == (75, True)
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0

    code, output = await typed(script, "--config", config, backup)
    assert code == 0, output
    (former,) = scene.folder.glob("tickets.db.before-restore-*")
    assert str(former) in output
    with closing(sqlite3.connect(former)) as kept:
        assert kept.execute("SELECT count(*) FROM tickets").fetchone() == (1,)
    assert list(scene.folder.glob(".*")) == [scene.folder / ".backup.lock"]
    recover = await daemons.start("recover", config)
    assert await recover.ended() == 0
    assert recover.stdout == "✓ 0 messages held back; decide with --send or --drop\n"

    again = await daemons.start("run", config)
    assert (await again.event("relay.restored"))["level"] == "warning"
    assert (await again.event("restore.missed"))["listed"] is True
    await scene.staff_sees("for somebody to look at: 1")
    assert len([m for m in scene.bot_messages(scene.staff) if "🎫" in m.text]) == 1


async def test_what_cannot_be_restored_is_told_in_one_line(scene: Scene) -> None:
    script = CHECKOUT / "scripts/restore_db.sh"
    database, other = scene.folder / "tickets.db", scene.folder / "diary.txt"
    other.write_text("Dear diary, " * 500)
    code, output = await typed(script, other, database)
    assert (code, output) == (
        65,
        "✗ the backup is damaged: file is not a database; take another one\n",
    )
    packed = scene.folder / "packed.db.gz"
    packed.write_bytes(gzip.compress(b"Dear diary")[:10] + b"\xff" * 50)
    code, output = await typed(script, packed, database)
    assert (code, output.count("\n"), "the backup is damaged" in output) == (65, 1, True)
    code, output = await typed(script, scene.folder / "none.db", database)
    assert (code, output.count("\n")) == (78, 1)
    assert "none.db: there is no such file" in output
    assert not database.exists()


def contents(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


async def test_paths_that_are_mixed_up_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    script = CHECKOUT / "scripts/restore_db.sh"
    database, backup = tmp_path / "tickets.db", tmp_path / "backup.db.gz"
    with transaction(database):
        pass
    assert await backed_up(database, backup) == (0, "")
    (tmp_path / "folder").mkdir()
    (tmp_path / "live.db").write_bytes(database.read_bytes())
    (tmp_path / "live.db-wal").touch()
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE customers (name TEXT)")
    before = contents(tmp_path)
    for arguments, expected, words in (
        ((backup, tmp_path / "nowhere/tickets.db"), 78, "nowhere: there is no such folder"),
        ((backup, tmp_path / "folder"), 78, "name the database's file"),
        ((tmp_path / "folder", database), 78, "name one of the backups in it"),
        ((database, backup), 78, "the backup comes first, then the database"),
        ((tmp_path / "live.db", database), 78, "a database in use and no backup"),
        ((database, database), 78, "is the backup itself"),
        ((tmp_path / "other.db", database), 65, "the backup is another program's"),
    ):
        code, output = await typed(script, *arguments)
        assert (code, output.count("\n"), words in output) == (expected, 1, True), output
        after = contents(tmp_path)
        after.pop(Path(f"{database}.lock"), None)  # where it came as far; it stays for ever
        assert after == before
    assert not (tmp_path / "nowhere").exists()
