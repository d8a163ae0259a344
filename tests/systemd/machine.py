"""A machine with a real systemd, booted for a test and thrown away: see `machine.sh`.

    def test_it_boots(machine: Machine) -> None:
        machine.run("systemctl", "is-system-running", "--wait")

Its network is this one's, so a loopback Telegram of a test is reached from its services.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.process.daemon_process import CHECKOUT

SCRIPT = CHECKOUT / "tests/systemd/machine.sh"

LIMIT_S = 50.0
"""Seconds for one command."""

_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "SYSTEMD_PAGER": "",
    "SYSTEMD_COLORS": "0",
}

_HIDDEN = ("/root/", "/home/")
"""Folders that no service with `ProtectHome=` can see."""

_SHOWN = "/opt/python"

PACKAGES = "/opt/packages"
"""Where its services find the packages of this process, wherever those are."""

SITE_PACKAGES = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
"""Below the prefix of an interpreter."""


def why_not() -> str | None:
    """Why no machine can be booted here; None if one can."""
    probe = subprocess.run([SCRIPT, "--check"], capture_output=True, text=True, check=False)
    return None if probe.returncode == 0 else probe.stderr.strip()


class Machine:
    """Made by `booted`."""

    def __init__(self, init: int, python: str) -> None:
        self._init = init
        self.python = python
        """An interpreter that its services can see."""

    def run(
        self,
        *command: str,
        check: bool = True,
        environ: Mapping[str, str] | None = None,
    ) -> str:
        """What a command in the machine, as root, writes to both its outputs.

        Raises `AssertionError` with all of it when it fails and `check` is set."""
        done = self.done(*command, environ=environ)
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def done(
        self, *command: str, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A command in the machine with its exit status."""
        variables = [
            f"{name}={value}" for name, value in {**_ENVIRONMENT, **(environ or {})}.items()
        ]
        return subprocess.run(
            [
                *("nsenter", "--target", str(self._init), "--all", "--root", "--wd", "--"),
                *("env", "-i", *variables, *command),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    def file(self, path: str) -> Path:
        """A file of the machine as this process reads and writes it."""
        return Path(f"/proc/{self._init}/root{path}")

    def property_of(self, unit: str, name: str) -> str:
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).strip()


@contextmanager
def booted(*binds: tuple[Path, str]) -> Iterator[Machine]:
    """A machine that runs until the end of the block; each of `binds` is shown at its place."""
    prefix, python = Path(sys.base_prefix), Path(sys.executable).resolve()
    # Services do not see a checkout below /tmp or /home: its packages are shown elsewhere.
    shown = [*binds, (Path(sys.prefix).resolve() / SITE_PACKAGES, PACKAGES)]
    if str(python).startswith(_HIDDEN):
        shown.append((prefix, _SHOWN))
    arguments = [f"--bind={origin}:{place}" for origin, place in shown]
    process = subprocess.Popen(
        [SCRIPT, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        init = process.stdout.readline().strip()
        assert init, f"the machine does not boot: exit status {process.wait()}"
        machine = Machine(int(init), str(python))
        if str(python).startswith(_HIDDEN):
            machine.python = f"{_SHOWN}/{python.relative_to(prefix)}"
            # Where its own library is, for an interpreter that was built with one.
            machine.file("/etc/ld.so.conf.d/python.conf").write_text(f"{_SHOWN}/lib\n")
            machine.run("ldconfig")
        yield machine
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()
