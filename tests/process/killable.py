"""The real daemon, with a death at a chosen instant.

`python -m tests.process.killable NAME:STEP ARMED run --config …` runs the daemon as it is, until
its transaction NAME reaches STEP (`begin`, `commit`, `done`) while the file ARMED exists; then the
process kills itself as `kill -9` would. It listens to the audit events that `daemon.storage.db`
announces; nothing of the daemon is replaced.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from daemon.cli import main


def _die_at(point: str, armed: Path) -> None:
    def listen(event: str, details: tuple[Any, ...]) -> None:
        if event == "ticket_relay.transaction" and ":".join(details) == point and armed.exists():
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(listen)


if __name__ == "__main__":
    _die_at(sys.argv[1], Path(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
