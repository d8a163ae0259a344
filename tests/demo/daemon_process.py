"""The real daemon as a process of its own: started, watched, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tests.demo.failure import DemoFailure

READY = "relay.ready"
"""The event in the daemon's log from which on it relays."""

_CHECKOUT = Path(__file__).parents[2]
_STOP_LIMIT_S = 20.0
"""More than the daemon takes for what is under way, which is `limits.shutdown_s`."""
_CHUNK = 65_536

_OVERRIDES = (
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_API_ID",
    "TELEGRAM_API_HASH",
    "STAFF_GROUP_ID",
    "ADMIN_USER_ID",
    "CREDENTIALS_DIRECTORY",
    "STATE_DIRECTORY",
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
)
"""What the person at the terminal may have set for a relay of his own; it would win over the
demo's config."""

Result = TypeVar("Result")


class DaemonProcess:
    """Its log, which it writes to standard error, goes to a file; `start` makes one."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log
        self._ready = asyncio.Event()
        self._logging = asyncio.create_task(self._keep_log())
        self._ended = asyncio.create_task(self._process.wait())

    @classmethod
    async def start(cls, command: Sequence[str], config: Path, log: Path) -> DaemonProcess:
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                "run",
                "--config",
                str(config),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=_CHECKOUT,
                env=_environment(os.environ),
                # Ctrl-C at the terminal is for the demo; the daemon gets its SIGTERM at the end.
                start_new_session=True,
            )
        except OSError as error:
            raise DemoFailure(f"the daemon cannot be started: {error}") from None
        return cls(process, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self, within: float) -> None:
        """Wait until the daemon relays."""
        try:
            async with asyncio.timeout(within):
                await self.while_running(self._ready.wait())
        except TimeoutError:
            raise DemoFailure(f"the daemon was not ready within {within:g} s") from None

    async def while_running(self, waiting: Coroutine[Any, Any, Result]) -> Result:
        """The result of something that only comes while the daemon runs; `DemoFailure` if the
        daemon ends before."""
        task = asyncio.create_task(waiting)
        try:
            await asyncio.wait({task, self._ended}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await self._logging
                raise DemoFailure(f"the daemon ended by itself: {_told(self._ended.result())}")
            return task.result()
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    async def stop(self) -> None:
        """Ask the daemon to end, as systemd does; `DemoFailure` unless it ends, and well."""
        if self._ended.done():
            raise DemoFailure(f"the daemon ended by itself: {_told(self._ended.result())}")
        self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_LIMIT_S):
                code = await asyncio.shield(self._ended)
        except TimeoutError:
            raise DemoFailure(
                f"the daemon did not end within {_STOP_LIMIT_S:g} s of SIGTERM"
            ) from None
        if code != 0:
            raise DemoFailure(f"the daemon ended at SIGTERM, but not well: {_told(code)}")

    async def end(self) -> None:
        """Make sure that nothing of it is left, whatever happened."""
        if not self._ended.done():
            with contextlib.suppress(DemoFailure):
                await self.stop()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._ended
        await self._logging

    def last_lines(self, count: int) -> list[str]:
        """The end of the log."""
        if not self.log.exists():
            return []
        return self.log.read_text("utf-8", errors="replace").splitlines()[-count:]

    async def _keep_log(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        begun = b""
        with self.log.open("ab", buffering=0) as file:
            while chunk := await stream.read(_CHUNK):
                file.write(chunk)
                *lines, begun = (begun + chunk).split(b"\n")
                if any(map(_says_ready, lines)):
                    self._ready.set()


def _says_ready(line: bytes) -> bool:
    try:
        event = json.loads(line)
    except ValueError:
        return False  # something printed that is not of the log
    return isinstance(event, dict) and event.get("event") == READY


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in _OVERRIDES}


def _told(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return f"killed by {signal.Signals(-code).name}"
