"""The daemon as a process of its own, as an operator or systemd runs it.

    async def test_it_relays(scene: Scene, daemons: Daemons) -> None:
        daemon = await daemons.start("run", scene.config_file())
        await daemon.event("relay.ready")
        daemon.signal(signal.SIGTERM)
        assert await daemon.ended() == 0

The process sees none of this process's environment but what a program needs to run. Those that a
test leaves running are killed. Where a test or a module is marked `forked`, its daemons are forked
from one that has done its imports already: for tests of what a daemon does once it runs.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.process.forked import ForkedProcess, fork

CHECKOUT = Path(__file__).parents[2]

LIMIT_S = 20.0
"""Seconds that a test waits for an event or an end."""

_LONGEST_LINE = 1 << 20

LogLine = dict[str, Any]


class DaemonProcess:
    """One process. Made by `Daemons.start`."""

    def __init__(self, process: asyncio.subprocess.Process | ForkedProcess) -> None:
        self._process = process
        self._grew = asyncio.Condition()
        self._stdout: list[str] = []
        self._stderr: list[str] = []
        self._open = 2
        """Streams that may still bring something."""
        self._readers = [
            asyncio.create_task(self._read(stream, lines))
            for stream, lines in ((process.stdout, self._stdout), (process.stderr, self._stderr))
            if stream is not None
        ]

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def stdout(self) -> str:
        """What it has written so far."""
        return "".join(self._stdout)

    @property
    def stderr(self) -> str:
        """What it has written so far: its log, if nothing went wrong."""
        return "".join(self._stderr)

    @property
    def output(self) -> str:
        """Both, for what must stand in neither."""
        return self.stdout + self.stderr

    @property
    def log(self) -> list[LogLine]:
        """The lines of its log so far. Raises `ValueError` where one is no JSON object."""
        return [json.loads(line) for line in self._stderr]

    async def event(self, name: str, within_s: float = LIMIT_S, **fields: Any) -> LogLine:
        """The first line of its log with this event and these fields, once it is there.

        Raises `AssertionError` with all it has written when it ends without, or takes too long.
        """

        def found() -> LogLine | None:
            wanted = {"event": name} | fields
            return next((line for line in self.log if wanted.items() <= line.items()), None)

        try:
            async with asyncio.timeout(within_s), self._grew:
                await self._grew.wait_for(lambda: found() is not None or not self._open)
        except TimeoutError:
            raise AssertionError(f"no {name} within {within_s} s\n{self.output}") from None
        line = found()
        assert line is not None, f"it ended without {name}\n{self.output}"
        return line

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ended(self, within_s: float = LIMIT_S) -> int:
        """Its exit status, once it has ended; negative is the signal that killed it.

        Raises `AssertionError` with all it has written when it takes too long."""
        try:
            async with asyncio.timeout(within_s):
                code = await self._process.wait()
                await asyncio.gather(*self._readers)
        except TimeoutError:
            raise AssertionError(f"still running after {within_s} s\n{self.output}") from None
        return code

    async def kill(self) -> None:
        """End it for good, if it has not ended."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await asyncio.gather(*self._readers)

    async def _read(self, stream: asyncio.StreamReader, lines: list[str]) -> None:
        async for line in stream:
            async with self._grew:
                lines.append(line.decode())
                self._grew.notify_all()
        async with self._grew:
            self._open -= 1
            self._grew.notify_all()


class Daemons:
    """Starts daemons and remembers them."""

    def __init__(self, *, forked: bool = False) -> None:
        """`forked`: see `tests.process.forked`."""
        self._forked = forked
        self._started: list[DaemonProcess] = []

    async def start(
        self,
        command: str,
        config: Path,
        environ: Mapping[str, str] | None = None,
        *,
        arguments: Sequence[str] = (),
        program: Sequence[str] = ("daemon",),
        folder: Path = CHECKOUT,
    ) -> DaemonProcess:
        """`python -m daemon COMMAND --config CONFIG ARGUMENTS`, with `environ` beside a bare one;
        `program` is another module, with arguments of its own, that runs the daemon; `folder` is
        where it is started and, for a copy of the program, where that is."""
        module, *before = program
        after = [*before, command, "--config", str(config), *arguments]
        variables = bare_environment() | dict(environ or {})
        if self._forked and folder == CHECKOUT:
            forked = await fork(module, after, variables, folder, _LONGEST_LINE)
            daemon = DaemonProcess(forked)
        else:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, *after),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_LONGEST_LINE,
                cwd=folder,
                env=variables,
            )
            daemon = DaemonProcess(process)
        self._started.append(daemon)
        return daemon

    async def close(self) -> None:
        for daemon in self._started:
            await daemon.kill()


def edit(config: Path, old: str, new: str) -> None:
    """Put one text in the place of another, which must be there."""
    text = config.read_text("utf-8")
    assert old in text
    config.write_text(text.replace(old, new), "utf-8")


def bare_environment() -> dict[str, str]:
    """What any program finds set; no token, no credentials, no service manager."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}


@pytest.fixture
async def daemons(request: pytest.FixtureRequest) -> AsyncIterator[Daemons]:
    made = Daemons(forked=request.node.get_closest_marker("forked") is not None)
    try:
        yield made
    finally:
        await made.close()
