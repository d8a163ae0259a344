"""What befalls the daemon, its disk and its clock."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from contextlib import closing

from tests.soak.faults.registry import fault
from tests.soak.relay_host import RelayProcess
from tests.soak.stage import DISK, Stage


@fault(process=True)
async def kill_9(stage: Stage) -> None:
    """At any instant: serving, starting, or not yet begun."""
    await _struck(stage, "kill_9", signal.SIGKILL, stage.rng.randint(2, 6), 12)


@fault(process=True)
async def sigterm(stage: Stage) -> None:
    await _struck(stage, "sigterm", signal.SIGTERM, stage.rng.randint(1, 4), 15)


async def _struck(
    stage: Stage, name: str, number: signal.Signals, times: int, within_s: float
) -> None:
    assert isinstance(stage.relay, RelayProcess)
    for _ in range(times):
        await stage.moment(within_s)
        stage.counts[name] += stage.relay.signal(number)


@fault(process=False)
async def stop_and_start(stage: Stage) -> None:
    """As SIGTERM does, without a process; and a pause."""
    for _ in range(stage.rng.randint(1, 3)):
        await stage.moment()
        async with stage.stopped():
            stage.counts["stop_and_start"] += 1
            await stage.moment(60)


@fault(process=False)
async def clock_jumps(stage: Stage) -> None:
    for _ in range(stage.rng.randint(2, 5)):
        await stage.moment(20)
        stage.clock.ahead_s = stage.rng.choice([-7200, -3700, -400, -40, 40, 400, 3700, 7200])
        stage.counts["clock_jumps"] += 1
    await stage.moment()
    stage.clock.ahead_s = 0.0


@fault()
async def disk_full(stage: Stage) -> None:
    """The kernel refuses to let the relay's files grow (RLIMIT_FSIZE), or to write to them."""
    for _ in range(stage.rng.randint(1, 3)):
        await stage.moment()
        async with stage.disk:
            database = stage.scene.folder / "tickets.db-wal"
            size = database.stat().st_size if database.exists() else 0
            stage.relay.limit_file_size(stage.rng.choice([0, size]))
            stage.counts["disk_full"] += 1
            await stage.moment(20)
            stage.relay.limit_file_size(None)


@fault(process=False)
async def read_only_database(stage: Stage) -> None:
    await _refused_by(stage, "read_only_database", "attempt to write a readonly database")


@fault(process=False)
async def database_locked(stage: Stage) -> None:
    """By another connection: for shorter than the relay waits for it or, seldom, for longer, which
    costs real seconds. The error that then comes is simulated otherwise."""
    await stage.moment()
    path = stage.scene.folder / "tickets.db"
    real_s = 5.3 if stage.rng.random() < 0.15 else 0.03
    async with stage.disk:
        stage.time.skips = False
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            stage.counts["database_locked"] += 1
            await asyncio.to_thread(time.sleep, real_s)
            other.execute("ROLLBACK")
        stage.time.skips = True
    await _refused_by(stage, "database_locked", "database is locked", "begin")


async def _refused_by(stage: Stage, name: str, words: str, step: str = "commit") -> None:
    def refused() -> None:
        stage.counts[name] += 1

    DISK.code = sqlite3.SQLITE_BUSY if "locked" in words else sqlite3.SQLITE_READONLY
    for _ in range(stage.rng.randint(1, 3)):
        await stage.moment()
        DISK.refused, DISK.step, DISK.refusal = refused, step, words
        await stage.moment(10)
        DISK.refusal = ""


@fault()
async def poison_update(stage: Stage) -> None:
    """A message that cannot be read, so that its routing raises."""
    for _ in range(stage.rng.randint(1, 2)):
        await stage.moment()
        group = stage.rng.choice(stage.supergroups)
        stage.people.ask_the_unreadable(group, stage.scene.nick)
        stage.counts["poison_update"] += 1
