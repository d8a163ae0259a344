"""Death and resurrection of the daemon's process."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.loopback.rpc import Caller, TlObject
from tests.process.daemon_process import DaemonProcess, Daemons
from tests.scene import Scene, eventually


class Mortal:
    """A relay that dies at an instant of its own, once it is armed, or when it is killed."""

    def __init__(self, process: DaemonProcess, armed: Path) -> None:
        self._process = process
        self._armed = armed

    @classmethod
    async def born(cls, scene: Scene, daemons: Daemons, instant: str = "never") -> Mortal:
        """A relay that is ready; `instant` as in `tests.process.killable`."""
        armed = scene.folder / "armed"
        program = ("tests.process.killable", instant, str(armed))
        process = await daemons.start("run", scene.config_file(), program=program)
        await process.event("relay.ready")
        return cls(process, armed)

    def arm(self) -> None:
        self._armed.touch()

    async def kill(self, _request: TlObject, _caller: Caller) -> None:
        """`kill -9` from outside; for the server, in the middle of a request."""
        await self._process.kill()

    async def death(self) -> None:
        """Return once it is dead."""
        assert await self._process.ended() == -signal.SIGKILL, self._process.output


async def revive(scene: Scene, daemons: Daemons) -> None:
    """The same relay again, as a process that lives on."""
    again = await daemons.start("run", scene.config_file())
    await again.event("relay.ready")


async def nothing_waits(scene: Scene) -> None:
    """Return once inbox and outbox are empty."""
    query = "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM outbox)"
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        await eventually(lambda: database.execute(query).fetchone() == (0,), within_s=20)
