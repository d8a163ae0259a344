"""Whether the daemon's memory stays flat: so many updates through one process.

    scripts/soak.sh --memory [--updates 100000] [--first 10000]

The daemon is a process of its own, as an operator runs it; the server is in this one. Customers
that nobody has seen before keep coming: they talk, ask, edit, write in private, and the staff
answer. What the daemon keeps of any of them for good shows as memory that grows. Fails where it has
more than a tenth more at the end than after the first updates.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections import deque
from contextlib import closing
from pathlib import Path

from tests.loopback.world import Group, Person, StoredMessage
from tests.process.daemon_process import DaemonProcess, Daemons
from tests.scene import Scene, a_scene, eventually

GROUPS = 50
UPDATES_OF_ONE = 10
"""Then somebody new comes, to another group."""
LIMIT = 1.10
"""So much of the first measurement the last one may be."""
BLOCK = 500
"""Updates until the daemon is waited for: it is to be measured, and not its queue."""
_BLOCK_LIMIT_S = 120.0


class Life:
    """What people do."""

    def __init__(self, scene: Scene, groups: list[Group]) -> None:
        self._scene = scene
        self._groups = groups
        self._updates = itertools.count()
        self._newcomers = itertools.count()
        self._group = groups[0]
        self._person = scene.alice
        self._wrappers: deque[StoredMessage] = deque()
        self._looked_at = 0

    def go_on(self) -> None:
        """One update for the bot."""
        number = next(self._updates)
        if number % UPDATES_OF_ONE == 0:
            self._group = self._groups[number // UPDATES_OF_ONE % GROUPS]
            self._person = self._newcomer()
            self._group.enrol(self._person, self._group.creator)
        said = f"{number}, and whatever else there is to be said of it"
        match number % 20:
            case 3:
                self._group.say(self._person, f"/ask question {said}")
            case 7 if wrapper := self._wrapper():
                self._scene.staff.say(self._scene.bob, f"answer {said}", reply_to=wrapper)
            case 11 if answer := self._answer():
                self._group.say(self._person, f"once more {said}", reply_to=answer)
            case 13 | 17 if mine := self._last_talk():
                self._group.edit(mine, f"corrected {said}")
            case 19:
                private = self._scene.world.private(self._person, self._scene.bot)
                private.say(self._person, f"Hello? {said}")
            case _:
                self._group.say(self._person, f"talk {said}")

    def _newcomer(self) -> Person:
        number = next(self._newcomers)
        return self._scene.world.add_user(f"Customer {number}", username=f"customer_{number}")

    def _wrapper(self) -> StoredMessage | None:
        """The oldest question that nobody has answered."""
        history = self._scene.staff.history
        new, self._looked_at = history[self._looked_at :], len(history)
        self._wrappers += [m for m in new if m.sender is self._scene.bot and "🎫" in m.text]
        return self._wrappers.popleft() if self._wrappers else None

    def _answer(self) -> StoredMessage | None:
        latest = reversed(self._group.history[-100:])
        return next((m for m in latest if m.sender is self._scene.bot), None)

    def _last_talk(self) -> StoredMessage | None:
        latest = reversed(self._group.history[-10:])
        return next((m for m in latest if m.sender is self._person), None)


async def measure(folder: Path, updates: int, first: int) -> bool:
    """Whether memory stayed flat; says what it sees."""
    async with a_scene(folder) as scene:
        daemons = Daemons()
        try:
            daemon = await daemons.start("run", scene.config_file())
            await daemon.event("relay.ready")
            sizes_kb = await _live(scene, daemon, updates, first)
            daemon.signal(signal.SIGTERM)
            await daemon.ended()
        finally:
            await daemons.close()
    grown = sizes_kb[-1] / sizes_kb[0]
    say(f"memory at the end: {grown:.1%} of that after {first} updates")
    return grown <= LIMIT


async def _live(scene: Scene, daemon: DaemonProcess, updates: int, first: int) -> list[int]:
    """The daemon's memory after each `first` updates, kB."""
    groups = [scene.add_customer_group(f"Customer {number}") for number in range(GROUPS)]
    for group in (scene.acme, *groups):
        await scene.enrol(group)
    life = Life(scene, groups)
    sizes_kb: list[int] = []
    began = time.monotonic()
    for done in range(BLOCK, updates + 1, BLOCK):
        for _ in range(BLOCK):
            life.go_on()
            await asyncio.sleep(0)
        await _has_done_everything(scene, done)
        if done % first == 0:
            sizes_kb.append(_resident_kb(daemon.pid))
            spent_s = time.monotonic() - began
            cpu_s = _cpu_s(daemon.pid)
            say(f"{done:>8} updates {sizes_kb[-1]:>8} kB {cpu_s:>7.1f} s CPU {spent_s:>7.1f} s")
    return sizes_kb


async def _has_done_everything(scene: Scene, done: int) -> None:
    """Return once the daemon has nothing left to do."""
    scene.acme.say(scene.alice, f"/ask Are {done} done?")
    await scene.staff.wait_for(lambda m: f"Are {done} done?" in m.text, _BLOCK_LIMIT_S)
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        await eventually(
            lambda: database.execute(_WAITING).fetchone() == (0,), within_s=_BLOCK_LIMIT_S
        )


_WAITING = "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM outbox)"


def _resident_kb(pid: int) -> int:
    """proc_pid_status(5)"""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1])


def _cpu_s(pid: int) -> float:
    """User and system time: proc_pid_stat(5)"""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description="Tells whether the daemon's memory stays flat.")
    parser.add_argument("--updates", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=10_000, help="updates of the measurement")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ticket-relay-memory-") as folder:
        flat = asyncio.run(measure(Path(folder), options.updates, options.first))
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
