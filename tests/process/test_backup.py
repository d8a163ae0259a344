"""`scripts/backup_db.sh`, as cron and people call it."""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from daemon.storage.offline import transaction
from tests.process.daemon_process import CHECKOUT, Daemons, bare_environment
from tests.scene import Scene

SCRIPT = CHECKOUT / "scripts/backup_db.sh"

Line = dict[str, Any]


async def backed_up(*arguments: str | Path, cwd: Path | None = None) -> tuple[int, str]:
    """Exit code and all it writes."""
    process = await asyncio.create_subprocess_exec(
        *(SCRIPT, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=cwd,
        env=bare_environment(),
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as people name them, with a database in it."""
    made = tmp_path / "my relay"
    (made / "back ups").mkdir(parents=True)
    with transaction(made / "tickets.db"):
        pass
    return made


def unpack(backup: Path, whole: Path) -> None:
    whole.write_bytes(gzip.decompress(backup.read_bytes()))


def integrity(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        (found,) = connection.execute("PRAGMA integrity_check").fetchone()
        return str(found)


@pytest.mark.forked
async def test_a_backup_under_load_is_whole_and_of_one_moment(
    scene: Scene, daemons: Daemons, tmp_path: Path
) -> None:
    daemon = await daemons.start("run", scene.config_file())
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)
    for number in range(60):
        scene.acme.say(scene.alice, f"/ask Question {number}")
    backups = tmp_path / "backups"
    backups.mkdir()
    for _ in range(3):
        code, output = await backed_up(scene.folder / "tickets.db", backups / "copy.db")
        assert (code, output) == (0, "")  # cron would mail anything else
        copy = backups / "copy.db"
        assert integrity(copy) == "ok"
        with closing(sqlite3.connect(copy)) as connection:
            # The question's link and its ticket are written in one transaction.
            tickets, links = (
                connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("tickets", "links WHERE role = 'question'")
            )
        assert tickets == links
    assert sorted(file.name for file in backups.iterdir()) == [".backup.lock", "copy.db"]
    await scene.staff_sees("Question 59")


async def test_the_line_for_cron_works_as_it_is_written(folder: Path) -> None:
    """As `cp` did: source, then the target with the day in its name."""
    code, output = await backed_up("tickets.db", "back ups/tickets_20250121.db", cwd=folder)
    assert (code, output) == (0, "")
    made = folder / "back ups/tickets_20250121.db"
    assert integrity(made) == "ok"
    assert made.stat().st_mode & 0o777 == 0o600


async def test_into_a_folder_compressed_with_the_old_ones_removed(folder: Path) -> None:
    backups = folder / "back ups"
    old = [f"tickets_202401{day:02}T020000Z.db.gz" for day in range(1, 15)]
    for name in [*old, "others_20240101.db", "notes.txt"]:
        (backups / name).touch()
    (backups / "tickets_20240101T020000Z.session").touch()
    keep = ("--keep-daily", "3", "--keep-weekly", "2")
    code, output = await backed_up("--verbose", *keep, folder / "tickets.db", backups)
    assert code == 0
    line: Line = json.loads(output)
    assert line["event"] == "backup.done"
    made = Path(line["file"])
    names = {file.name for file in backups.iterdir()}
    # This one, those of the last two days before, and the newest of the week before.
    assert names == {made.name, *old[-2:], "others_20240101.db", "notes.txt", ".backup.lock"}
    assert len(line["removed"]) == 12
    whole = folder / "whole.db"
    unpack(made, whole)
    assert integrity(whole) == "ok"


async def test_two_databases_of_one_name_have_a_folder_each(folder: Path) -> None:
    """They would remove each other's backups."""
    backups, other = folder / "back ups", folder / "other/tickets.db"
    with transaction(other):
        pass
    assert await backed_up(folder / "tickets.db", backups) == (0, "")
    before = sorted(backups.iterdir())
    code, output = await backed_up("--keep-daily", "1", other, backups)
    assert (code, f"holds the backups of {folder}/tickets.db;" in output) == (78, True)
    assert sorted(backups.iterdir()) == before
    # One of another name, and a file that is named for it, are in nobody's way.
    assert await backed_up("--keep-daily", "1", folder / "tickets.db", backups) == (0, "")
    (folder / "tickets.db").rename(folder / "support.db")
    assert await backed_up(folder / "support.db", backups) == (0, "")
    assert await backed_up(other, backups / "other_20250121.db") == (0, "")
    (backups / ".backup.lock").unlink()
    assert await backed_up(other, backups) == (0, "")


async def test_configuration_and_session_come_along_on_request(folder: Path) -> None:
    (folder / "state").mkdir()
    (folder / "tickets.db").rename(folder / "state/tickets.db")
    (folder / "state/ticket-relay.session").write_text("login")
    (folder / "config.toml").write_text("[relay]\n")  # where the secrets are does not matter
    code, output = await backed_up(
        *("--config", folder / "config.toml", "--with-config", "--with-session"),
        folder / "back ups/tickets_20250121.db.gz",
    )
    assert (code, output) == (0, "")
    made = {file.name: file for file in (folder / "back ups").glob("tickets*")}
    assert set(made) == {
        "tickets_20250121.db.gz",
        "tickets_20250121.config.toml",
        "tickets_20250121.session",
    }
    assert {file.stat().st_mode & 0o777 for file in made.values()} == {0o600}
    assert made["tickets_20250121.session"].read_text() == "login"


async def test_what_fails_leaves_nothing_and_says_why(folder: Path) -> None:
    backups = folder / "back ups"

    async def failure(*arguments: str | Path) -> Line:
        code, output = await backed_up(*arguments)
        line: Line = json.loads(output)
        assert (line["event"], line["level"]) == ("backup.failed", "error")
        assert line["exit_code"] == code
        assert list(backups.glob("*")) == list(backups.glob(".backup.lock"))
        return line

    assert (await failure(folder / "none.db", backups))["exit_code"] == 78
    damaged = folder / "damaged.db"
    content = bytearray((folder / "tickets.db").read_bytes())
    content[5000:30000] = b"x" * 25000
    damaged.write_bytes(content)
    assert "restore the last backup" in (await failure(damaged, backups))["reason"]
    with closing(sqlite3.connect(folder / "other.db")) as other:
        other.execute("CREATE TABLE customer_groups (group_id INTEGER)")
    assert (await failure(folder / "other.db", backups))["exit_code"] == 65
    assert (await failure(folder / "tickets.db", folder / "nowhere/x.db"))["exit_code"] == 78
    line = await failure(folder / "tickets.db", f"{folder}/nightly/")
    assert (line["exit_code"], "nightly/: there is no such folder" in line["reason"]) == (78, True)
    assert not (folder / "nightly").exists()
    lock = await asyncio.create_subprocess_exec("flock", backups / ".backup.lock", "sleep", "60")
    try:
        async with asyncio.timeout(10):
            while (await backed_up(folder / "tickets.db", backups))[0] != 75:
                for made in backups.glob("tickets*"):
                    made.unlink()
    finally:
        lock.terminate()
        await lock.wait()
    code, output = await backed_up("a", "b", "c")
    assert (code, "too many paths" in output) == (2, True)


@pytest.mark.parametrize(
    "name, before, why",
    [
        ("copy.db", "mount -t tmpfs -o size=400k none .", "no space in "),
        # The copy has room, and what it is packed into has none.
        ("copy.db.gz", "mount -t tmpfs -o size=1600k none .", "no space in "),
        ("copy.db", "ulimit -f 400", "the copy into "),  # as a broken disk
    ],
)
def test_a_full_disk_is_told_as_one_and_leaves_nothing(
    folder: Path, name: str, before: str, why: str
) -> None:
    with closing(sqlite3.connect(folder / "tickets.db")) as database:
        database.execute("CREATE TABLE notes AS SELECT randomblob(1000000) AS note")
    backups = folder / "back ups"
    command = [*(["unshare", "--user", "--map-root-user", "--mount"] * ("mount" in before)), "bash"]
    if subprocess.run([*command, "-c", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no disk of one's own is to be had here")
    script = f'{before} && cd "$PWD" && {{ "$0" ../tickets.db {name}; ls -A; }}'
    done = subprocess.run(
        [*command, "-c", script, SCRIPT],
        cwd=backups,
        capture_output=True,
        text=True,
        env=bare_environment(),
        check=True,
    )
    line: Line = json.loads(done.stderr)
    assert (line["exit_code"], f"{why}{backups}" in line["reason"]) == (1, True)
    assert done.stdout.split() == [".backup.lock"]
