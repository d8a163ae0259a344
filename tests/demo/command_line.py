"""The demo's command line, and its exit codes: 0 if all went as it should, 1 if not."""

from __future__ import annotations

import argparse
import asyncio
import logging
import shlex
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.demo.failure import DemoFailure
from tests.demo.show import Show
from tests.demo.terminal import Terminal
from tests.demo.width import harmless

log = logging.getLogger(__name__)

_PATIENCE_S = 20.0
_LOG_LINES = 12
"""Of the daemon's log, shown when something failed."""

_INTERRUPTED = 128
"""Plus the signal's number: what a shell says of a command that a signal ended."""


def main(arguments: Sequence[str]) -> int:
    """Play the demo; returns the exit code."""
    options = _parser().parse_args(arguments)
    terminal = Terminal()
    folder = Path(tempfile.mkdtemp(prefix="ticket-relay-demo-"))
    # What Telethon and asyncio have to say is not for the terminal.
    logging.basicConfig(filename=folder / "demo.log", level=logging.INFO)
    logging.captureWarnings(True)
    show = Show(
        folder,
        terminal,
        daemon_command=shlex.split(options.daemon_command),
        patience_s=options.patience,
        paced=not options.fast,
        keep=options.keep,
    )
    try:
        interrupted_by = asyncio.run(_until_interrupted(show))
    except DemoFailure as failure:
        _explain(show, folder, terminal, str(failure))
        return 1
    except Exception as error:
        # The boundary: told in a line, its traceback kept with the logs.
        log.exception("unexpected")
        notes = getattr(error, "__notes__", [])
        told = f"{type(error).__name__}: {error}"
        _explain(show, folder, terminal, "; ".join(["unexpected", told, *notes]))
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    if interrupted_by is not None:
        terminal.failed(f"interrupted by {interrupted_by.name}")
        return _INTERRUPTED + interrupted_by
    return 0


async def _until_interrupted(show: Show) -> signal.Signals | None:
    """Run the show; the signal that interrupted it, if one did. What follows an interruption has
    its own limits of time and is not interrupted again."""
    task = asyncio.create_task(show.run())
    received: list[signal.Signals] = []

    def interrupt(number: signal.Signals) -> None:
        if not received and not show.end_talk():
            received.append(number)
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, interrupt, number)
    try:
        await task
    except asyncio.CancelledError:
        if not received:
            raise
    return received[0] if received else None


def _explain(show: Show, folder: Path, terminal: Terminal, reason: str) -> None:
    """What people saw until then, the daemon's last words, and last the reason."""
    show.show_transcript()
    lines = show.daemon_log(_LOG_LINES)
    terminal.say()
    terminal.say("The end of the daemon's log:" if lines else "The daemon's log is empty.")
    for line in lines:
        terminal.say(f"    {harmless(line)}")
    terminal.say()
    terminal.say(f"Config, session, database and logs are kept in {folder}")
    terminal.failed(f"demo: {reason}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/demo.sh",
        description="Plays a ticket conversation between real Telethon clients and the real"
        " daemon, over a Telegram server on loopback, checks every message and shows what the"
        " people in both groups saw.",
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="then leave everything up, and type as customer and as staff until Ctrl-C",
    )
    parser.add_argument(
        "--patience",
        type=_seconds,
        default=_PATIENCE_S,
        metavar="SECONDS",
        help="how long to wait for each message (default: %(default)g)",
    )
    parser.add_argument(
        "--fast",
        action="store_true",
        help="lift the daemon's pacing, which is one message a second per chat",
    )
    parser.add_argument(
        "--daemon-command",
        default=f"{shlex.quote(sys.executable)} -m daemon",
        metavar="COMMAND",
        help="another daemon to play against; 'run --config FILE' is added (default: this"
        " checkout's)",
    )
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds
