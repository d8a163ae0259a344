"""Processes forked from an interpreter that has imported the daemon.

The imports are most of what a start costs. What runs is `python -m` all the same, with the
arguments, the environment, the folder and the outputs that it would have; what the system shows of
it (`/proc/…/cmdline` and `environ`) are those of the interpreter that it was forked from.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_IMPORTED = ["daemon.cli", "tests.process.forked"]


class ForkedProcess:
    """As much of `asyncio.subprocess.Process` as is needed here. Made by `fork`."""

    def __init__(
        self,
        process: ForkServerProcess,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader,
    ) -> None:
        assert process.pid is not None
        self.pid = process.pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        """Negative is the signal that killed it."""
        self._process = process
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self._end)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self.returncode = self._process.exitcode
        self._process.close()
        self._ended.set()

    def send_signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # that it has ended comes to us a bit later
            if self.returncode is None:
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Its exit status, once it has ended."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode


async def fork(
    module: str, arguments: Sequence[str], environ: Mapping[str, str], folder: Path, limit: int
) -> ForkedProcess:
    """`python -m MODULE ARGUMENTS` in this folder. `limit`: bytes of a line of its output."""
    _CONTEXT.set_forkserver_preload(_IMPORTED)
    pipes = [_CONTEXT.Pipe(duplex=False) for _ in ("stdout", "stderr")]
    readers = [await _reader(ours, limit) for ours, _ in pipes]
    outputs = [theirs for _, theirs in pipes]
    given = (outputs, module, list(arguments), dict(environ), str(folder))
    process = _CONTEXT.Process(target=_run, args=given)
    process.start()
    for theirs in outputs:
        theirs.close()
    return ForkedProcess(process, *readers)


async def _reader(end: Connection, limit: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit)
    with end:
        pipe = os.fdopen(os.dup(end.fileno()), "rb")
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return reader


def _run(
    outputs: list[Connection],
    module: str,
    arguments: list[str],
    environ: dict[str, str],
    folder: str,
) -> None:
    """What the process does."""
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    for descriptor, output in enumerate(outputs, start=1):
        with output:
            os.dup2(output.fileno(), descriptor)
    # Of pipes Python makes these at its start.
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", 1, "utf-8", closefd=False)
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)
