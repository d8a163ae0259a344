"""The processes of a measurement: the Telegram, and the subject that is measured against it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tests.bench import bare

CHECKOUT = Path(__file__).parents[2]

_ENVIRONMENT = {
    **{name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"},
    "PYTHONUNBUFFERED": "1",
}
"""As the service has it; the installation has compiled what is compiled here at the first start."""

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_STOP_LIMIT_S = 30
_REST_S = 0.2
"""Without a tick of CPU time, a process does nothing."""
_REST_LIMIT_S = 60


class MeasurementFailed(Exception):
    """A process of the measurement ended, or said something else than it should."""


class TelegramProcess:
    """The server; see `tests.bench.telegram`."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.telegram", str(folder)],
            cwd=CHECKOUT,
            env=_ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None
        with self._process:  # which closes the other pipe as well
            try:
                self._process.stdin.close()
                self._process.wait(_STOP_LIMIT_S)
            finally:
                self._process.kill()

    def do(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Carry out one of its commands. Raises `MeasurementFailed`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"do": name, **arguments}), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise MeasurementFailed(f"the server ended at {name}, see above")
        answer: dict[str, Any] = json.loads(line)
        return answer


class Subject:
    """A daemon or a bare client that is ready; `a_daemon` and `a_bare_client` make one."""

    def __init__(self, process: subprocess.Popen[str], start_s: float) -> None:
        self._process = process
        self._status = Path(f"/proc/{process.pid}")
        self.start_s = start_s
        """From the process's start until it was ready."""

    def cpu_s(self) -> float:
        """User and system time so far, of all its threads."""
        fields = (self._status / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    def rest(self) -> None:
        """Wait until it does nothing any more: what it put off belongs to what it was asked."""
        until = time.monotonic() + _REST_LIMIT_S
        spent, since = self.cpu_s(), time.monotonic()
        while time.monotonic() - since < _REST_S:
            if time.monotonic() > until:
                raise MeasurementFailed(f"it still works {_REST_LIMIT_S} s after its last message")
            time.sleep(0.02)
            if self.cpu_s() != spent:
                spent, since = self.cpu_s(), time.monotonic()

    def peak_rss_mb(self) -> float:
        """The most memory it ever had since the last `forget_peak`."""
        return self._memory("VmHWM")

    def rss_mb(self) -> float:
        return self._memory("VmRSS")

    def forget_peak(self) -> None:
        (self._status / "clear_refs").write_text("5")

    def _memory(self, name: str) -> float:
        for line in (self._status / "status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
        raise MeasurementFailed(f"the system tells no {name}")


@contextmanager
def a_daemon(config: Path) -> Iterator[Subject]:
    """The daemon as an operator runs it; its log goes to a file beside the configuration."""
    with _subject(("daemon", "run", "--config", str(config)), config, '"relay.ready"') as subject:
        yield subject


@contextmanager
def a_bare_client(config: Path) -> Iterator[Subject]:
    with _subject(("tests.bench.bare", str(config)), config, bare.READY) as subject:
        yield subject


@contextmanager
def _subject(module: Sequence[str], config: Path, ready: str) -> Iterator[Subject]:
    log = config.with_suffix(".log")
    began = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=CHECKOUT,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        while ready not in log.read_text():
            if process.poll() is not None:
                raise MeasurementFailed(f"it ended before it was ready:\n{log.read_text()}")
            time.sleep(0.005)
        yield Subject(process, time.perf_counter() - began)
        process.send_signal(signal.SIGTERM)
        process.wait(_STOP_LIMIT_S)
    finally:
        process.kill()
        process.wait()
