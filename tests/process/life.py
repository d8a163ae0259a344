"""Death and resurrection of the daemon's process."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from tests.loopback.rpc import Caller, TlObject
from tests.scene import Scene, eventually

START_LIMIT_S = 20


class Mortal:
    """The daemon's process, which dies at an instant of its own, or when it is told to, once it
    is armed."""

    def __init__(self, scene: Scene, instant: str = "never") -> None:
        self._command = [
            *("-m", "tests.process.killable", instant, str(scene.folder / "armed")),
            *("run", "--config", str(scene.config_file())),
        ]
        self._armed = scene.folder / "armed"
        self._log = scene.folder / "daemon.log"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Return once it relays."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *self._command, stderr=log, cwd=Path(__file__).parents[2]
            )
        await eventually(self._relays, START_LIMIT_S)

    def _relays(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self._log.read_text()
        return b'"relay.ready"' in self._log.read_bytes()

    def arm(self) -> None:
        self._armed.touch()

    async def kill(self, _request: TlObject, _caller: Caller) -> None:
        """`kill -9` from outside; for the server, in the middle of a request."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def death(self) -> None:
        """Return once it is dead."""
        assert self._process is not None
        async with asyncio.timeout(START_LIMIT_S):
            assert await self._process.wait() == -signal.SIGKILL, self._log.read_text()
        self._armed.unlink(missing_ok=True)

    async def stop(self) -> None:
        """End it in the proper way."""
        assert self._process is not None
        self._process.terminate()
        assert await self._process.wait() == 0, self._log.read_text()


@asynccontextmanager
async def revived(scene: Scene) -> AsyncIterator[None]:
    """The same relay again, as a process that lives until it is stopped."""
    (scene.folder / "daemon.log").unlink(missing_ok=True)
    again = Mortal(scene)
    await again.start()
    try:
        yield
    finally:
        await again.stop()


async def nothing_waits(scene: Scene) -> None:
    """Return once inbox and outbox are empty."""
    query = "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM outbox)"
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        await eventually(lambda: database.execute(query).fetchone() == (0,), START_LIMIT_S)
