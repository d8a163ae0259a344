"""The demo as a process: it plays to its end, says what is wrong, and lets a person type."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PATIENCE_S = 20.0
"""For anything awaited here."""

PLAIN = ("-m", "tests.demo")
ON_TERMINAL = (
    "-c",
    # In a session of its own, the first terminal opened becomes the one whose Ctrl-C counts.
    "import os, sys; os.close(os.open(os.ttyname(0), os.O_RDWR));"
    " os.execv(sys.executable, [sys.executable, '-m', 'tests.demo', *sys.argv[1:]])",
)


class Demo:
    """A running demo, read as it writes."""

    def __init__(self, process: subprocess.Popen[bytes], reading: int, writing: int) -> None:
        self.process = process
        self._reading = reading
        self._writing = writing
        self._output = b""

    def type(self, text: str) -> None:
        os.write(self._writing, text.encode())

    def until(self, pattern: str) -> re.Match[str]:
        """Wait until the output matches, from where the last match ended."""
        deadline = time.monotonic() + PATIENCE_S
        while (match := re.search(pattern, self._text())) is None:
            assert self._read(deadline), f"the demo ended without {pattern!r}: {self._text()}"
        self._output = self._text()[match.end() :].encode()
        return match

    def ends(self) -> tuple[int, str]:
        """Its exit code, and the output that was not matched."""
        deadline = time.monotonic() + PATIENCE_S
        while self._read(deadline):
            pass
        return self.process.wait(PATIENCE_S), self._text()

    def _text(self) -> str:
        return self._output.decode(errors="ignore")

    def _read(self, deadline: float) -> bool:
        """False: there is no more to come."""
        ready, _, _ = select.select([self._reading], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"nothing more came within {PATIENCE_S} s: {self._text()}"
        with suppress(OSError):  # Linux says EIO where the other end of a terminal is closed
            chunk = os.read(self._reading, 65536)
            self._output += chunk
            return bool(chunk)
        return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where temporary folders are made."""
    made = tmp_path / "a folder"
    made.mkdir()
    return made


Play = Callable[..., Demo]


@pytest.fixture
def play(folder: Path) -> Iterator[Play]:
    """Starts the demo, on pipes or on a terminal; without a pause between the bot's messages."""
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
    # What a person may have set for a relay of his own must not reach the demo's.
    environment |= {"TMPDIR": str(folder), "TERM": "xterm", "STAFF_GROUP_ID": "-1009"}
    running: list[subprocess.Popen[bytes]] = []
    open_files: list[int] = []

    def start(*options: str, on_terminal: bool = False) -> Demo:
        if on_terminal:
            ours, theirs = pty.openpty()
            in_theirs, out_theirs, reading, writing = theirs, theirs, ours, ours
        else:
            in_theirs, writing = os.pipe()
            reading, out_theirs = os.pipe()
        open_files.extend({reading, writing})
        process = subprocess.Popen(
            [sys.executable, *(ON_TERMINAL if on_terminal else PLAIN), "--fast", *options],
            cwd=CHECKOUT,
            env=environment,
            stdin=in_theirs,
            stdout=out_theirs,
            stderr=out_theirs,
            start_new_session=True,
        )
        running.append(process)
        for file in {in_theirs, out_theirs}:
            os.close(file)
        return Demo(process, reading, writing)

    yield start
    for process in running:
        process.terminate()
        process.wait(PATIENCE_S)
    for file in open_files:
        os.close(file)


def command(script: str) -> str:
    """A daemon that is this Python script."""
    return shlex.join([sys.executable, "-c", script])


def test_the_whole_conversation(play: Play, folder: Path) -> None:
    code, output = play().ends()
    assert code == 0, output
    assert "\x1b" not in output
    rest = iter(output.splitlines())
    for line in (
        r"── Customer Support, as Alice sees it ─+",
        r"  2  Alice",
        r"     \[@support_bot\] My order #12345 hasn't arrived yet",
        r"  5  Support \(bot\)",
        r"     ↪ 2 Alice: @support_bot My order #12345…",
        r"     💬 Staff reply \(Ticket #\d+\)",
        r"     📢 \[@alice\]",
        r"     \[photo .+\]",
        r"     ⚠️ This ticket is closed\. Please .+",
        r"── Staff, as Bob sees it ─+",
        r"     🎫 Ticket #\d+",
        r"     👤 User: \[@alice\]",
        r"     💬 Continued message \(Ticket #\d+\)",
        r"     /close",
        r"     ✅ Ticket #\d+ closed",
        r"✔ demo: every message arrived .+",
    ):
        # Each below the one before it.
        assert any(re.fullmatch(line, shown) for shown in rest), f"{line}\nis not in\n{output}"
    assert not list(folder.iterdir())


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Afterwards, what the daemon wrote is still there."""
    yield
    (kept,) = folder.iterdir()
    assert (kept / "daemon.log").exists()


def test_a_daemon_that_does_not_start(play: Play, folder: Path) -> None:
    broken = command("raise SystemExit('no such module')")
    with explained(folder):
        code, output = play("--daemon-command", broken).ends()
        assert code == 1
        assert "    no such module\n" in output
        assert output.endswith("✘ demo: the daemon ended by itself: exit code 1\n")


def test_a_daemon_that_never_gets_ready(play: Play, folder: Path) -> None:
    idle = command("import signal; signal.pause()")
    code, output = play("--daemon-command", idle, "--patience", "0.5").ends()
    assert code == 1
    assert output.endswith("✘ demo: the daemon was not ready within 0.5 s\n")


def test_no_daemon_at_all(play: Play, folder: Path) -> None:
    code, output = play("--daemon-command", str(folder / "missing")).ends()
    assert code == 1
    assert "✘ demo: the daemon cannot be started: " in output


def test_a_daemon_that_is_killed(play: Play, folder: Path) -> None:
    demo = play()
    daemon = int(demo.until(r"the daemon relays as @support_bot \(process (\d+)\)")[1])
    os.kill(daemon, signal.SIGKILL)
    with explained(folder):
        code, output = demo.ends()
        assert code == 1
        assert output.endswith("✘ demo: the daemon ended by itself: killed by SIGKILL\n")


def test_a_daemon_that_says_something_else(play: Play, folder: Path) -> None:
    other_words = command(
        "import os, sys\n"
        "with open(sys.argv[-1], 'a') as config:\n"
        "    config.write('[texts]\\nclosed = \"Over: {ticket}\"\\n')\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'daemon', *sys.argv[1:]])"
    )
    with explained(folder):
        code, output = play("--daemon-command", other_words).ends()
        assert code == 1
        assert "── Staff, as Bob sees it ─" in output
        assert re.search(
            r"✘ demo: Bob got the ticket's end in “Staff”, but its text is 'Over: \d+' and should"
            r" be '✅ Ticket #\d+ closed'\n$",
            output,
        )


def test_an_interrupted_demo(play: Play, folder: Path) -> None:
    demo = play()
    demo.until("are signed in")
    demo.process.send_signal(signal.SIGTERM)
    code, output = demo.ends()
    assert code == 128 + signal.SIGTERM
    assert output.endswith("✘ interrupted by SIGTERM\n")
    assert not list(folder.iterdir())


def test_a_person_types_on_a_terminal(play: Play, folder: Path) -> None:
    demo = play("--keep", on_terminal=True)
    demo.until("Ctrl-C ends everything")
    demo.until("Alice> ")
    demo.type("c: @support_bot Where is it?\n")
    # The echo of what was typed, what Alice's group shows, and Bob's wrapper.
    demo.until(r"\D(\d+) .*Alice.* in “Customer Support”")
    wrapper = demo.until(r"\D(\d+) .*Support.* in “Staff”\S*\s+🎫 Ticket #\d+")[1]
    demo.until(r"Where is it\?")
    demo.type("s\n")
    demo.until("Bob> ")
    demo.type(f"r {wrapper} It comes tomorrow\n")
    demo.until(r"in “Customer Support”")
    demo.until(r"💬 Staff reply[^─]+@alice[^─]+─+\s+It comes tomorrow")
    demo.type("\x03")
    code, output = demo.ends()
    assert code == 0, output
    assert "the daemon ended at SIGTERM with exit code 0" in output
    assert not list(folder.iterdir())


def test_a_person_types_into_a_pipe(play: Play, folder: Path) -> None:
    demo = play("--keep")
    demo.until("Ctrl-C ends everything")
    demo.type("@support_bot Where is it?\n")
    demo.until(r"Alice  in “Customer Support”\n     \[@support_bot\] Where is it\?\n")
    wrapper = demo.until(r"(\d+)  Support \(bot\)  in “Staff”\n     🎫 Ticket #\d+\n")[1]
    demo.type(f"r {wrapper} /close\n")
    demo.until(r"✅ Ticket #\d+ closed")
    demo.type(f"c: r {wrapper} Hello?\nr 999 Hello?\n")
    demo.until(rf"Message {wrapper} is in “Staff”: Bob's\.\n")
    demo.until(r"There is no message 999\.\n")
    demo.process.send_signal(signal.SIGINT)
    code, output = demo.ends()
    assert code == 0, output
    assert not list(folder.iterdir())
