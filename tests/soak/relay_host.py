"""Keeps a relay running as a service manager would: one that ends is started again."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import resource
import signal
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from daemon.app import App, UpdatesStopped
from daemon.config import Config, load
from daemon.exit_codes import ExitCode
from daemon.relay.alarm import UpdatesStalled
from daemon.relay.clock import Clock
from daemon.relay.place import NotInStaffGroup
from daemon.telegram.errors import TelegramUnreachable
from tests.soak.machine_clock import MachineClock
from tests.soak.relay_log import log_to
from tests.soak.simulated_time import SimulatedTime

_RESTART_S = 5.0
"""`RestartSec` of the systemd unit."""

_LONGEST_START_S = 90.0
"""`TimeoutStartSec`: a relay that is not ready by then is ended, and started again."""

_EXPECTED = (
    TelegramUnreachable,
    UpdatesStopped,
    UpdatesStalled,
    NotInStaffGroup,
    sqlite3.Error,
    OSError,
)
"""Ends that a relay may come to while there is no line, no disk or no way into its group."""


class RelayHost(ABC):
    """Runs one relay."""

    def __init__(self) -> None:
        self.crashes: list[str] = []
        """Errors that no fault is an excuse for."""
        self.restarting = asyncio.Lock()
        """Held by whoever has stopped the relay and will start it again."""

    @abstractmethod
    async def start(self) -> None:
        """Start it, and return once it serves."""

    @abstractmethod
    async def stop(self) -> None:
        """SIGTERM, and return once it has ended."""

    @abstractmethod
    def limit_file_size(self, most_bytes: int | None) -> None:
        """Let the relay write no file beyond this size: to SQLite a full disk. None: any size."""


class RelayInProcess(RelayHost):
    """On the server's own loop; `clock` may jump."""

    def __init__(self, config: Config, clock: Clock) -> None:
        super().__init__()
        self._config = config
        self._clock = clock
        self._app: App | None = None
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        ready = asyncio.Event()
        self._running = asyncio.create_task(self._keep_running(ready))
        await ready.wait()

    async def stop(self) -> None:
        running, self._running = self._running, None
        if self._app is not None:
            self._app.stop()
        if running is not None:
            await running

    async def _keep_running(self, ready: asyncio.Event) -> None:
        while True:
            app = self._app = App(self._config, self._clock)
            announcing = asyncio.create_task(_announce(app, ready))
            try:
                await app.run()
            except _EXPECTED:
                pass
            except Exception as error:  # noqa: BLE001 whatever it is, a service manager starts it again
                self.crashes.append(repr(error))
            finally:
                announcing.cancel()
            if self._running is None:
                return
            await asyncio.sleep(_RESTART_S)

    def limit_file_size(self, most_bytes: int | None) -> None:
        _limit_file_size(os.getpid(), most_bytes)


async def _announce(app: App, ready: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_LONGEST_START_S):
            await app.ready.wait()
        ready.set()
    except TimeoutError:
        app.stop()


class RelayProcess(RelayHost):
    """In a process of its own, which can be killed. It is forked from one that has imported
    everything, since the imports take longer than all the rest."""

    def __init__(self, config: Path, factor: float) -> None:
        super().__init__()
        self._config = config
        self._factor = factor
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.soak.relay_host"])
        self._process: ForkServerProcess | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        ready = asyncio.Event()
        self._keeper = asyncio.create_task(self._keep_running(ready))
        await ready.wait()

    async def stop(self) -> None:
        keeper, self._keeper = self._keeper, None
        self.signal(signal.SIGTERM)
        if keeper is not None:
            await keeper

    def signal(self, number: signal.Signals) -> bool:
        """Send it, be the relay still starting or ending already; whether there was one. It is
        started again afterwards."""
        process = self._process
        if process is None or process.pid is None or not process.is_alive():
            return False
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:  # it has just ended by itself
            return False
        return True

    async def _keep_running(self, ready: asyncio.Event) -> None:
        while True:
            told, teller = self._context.Pipe(duplex=False)
            arguments = (str(self._config), self._factor, teller)
            self._process = self._context.Process(target=_live, args=arguments)
            self._process.start()
            teller.close()
            try:
                async with asyncio.timeout(_LONGEST_START_S):
                    await _readable(told.fileno())  # it is ready, or it has died already
                ready.set()
            except TimeoutError:
                self.signal(signal.SIGKILL)
            await _readable(self._process.sentinel)
            self._process.join()
            self._note_end(self._process.exitcode, told)
            if self._keeper is None:
                return
            await asyncio.sleep(_RESTART_S)

    def _note_end(self, code: int | None, told: Connection) -> None:
        words = []
        with contextlib.suppress(EOFError), told:
            while told.poll():
                words.append(str(told.recv()))
        if code not in (0, _UNAVAILABLE, -signal.SIGKILL, -signal.SIGTERM):
            self.crashes.append(f"exit code {code}: {words[-1:]}")

    def limit_file_size(self, most_bytes: int | None) -> None:
        if self._process is not None and self._process.pid is not None:
            _limit_file_size(self._process.pid, most_bytes)


_UNAVAILABLE = int(ExitCode.UNAVAILABLE)


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


def _limit_file_size(pid: int, most_bytes: int | None) -> None:
    with contextlib.suppress(ProcessLookupError):  # it was killed meanwhile
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        soft = hard if most_bytes is None else most_bytes
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def _live(config: str, factor: float, teller: Connection) -> None:
    """What the process does: what `python -m daemon run` does, on a loop with faster time."""
    log_to(None, time.monotonic)
    try:
        SimulatedTime(factor).run(_run(load(Path(config), {}), teller))
    except _EXPECTED:
        os._exit(_UNAVAILABLE)
    except Exception as error:  # noqa: BLE001 it is told, and the service manager goes on
        teller.send(repr(error))
        os._exit(1)
    os._exit(0)


async def _run(config: Config, teller: Connection) -> None:
    loop = asyncio.get_running_loop()
    clock = MachineClock(wall_clock_ms(loop))
    app = App(config, Clock(now_ms=clock.now_ms, monotonic=loop.time))
    loop.add_signal_handler(signal.SIGTERM, app.stop)
    with clock.read_by_telethon():
        await _run_app(app, teller)


async def _run_app(app: App, teller: Connection) -> None:
    running = asyncio.create_task(app.run())
    ready = asyncio.create_task(app.ready.wait())
    await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
    ready.cancel()
    if not running.done():
        teller.send("ready")
    await running


def wall_clock_ms(loop: asyncio.AbstractEventLoop) -> Callable[[], int]:
    """The time of a loop as ms since the epoch, the same in all processes with its factor."""
    return lambda: int(loop.time() * 1000) + _EPOCH_MS


_EPOCH_MS = 1_700_000_000_000
