"""The real daemon, with a thread that stops at a chosen instant and never goes on.

`python -m tests.process.stuck NAME:STEP ARMED run --config …`: as `tests.process.killable`, but
the process stays: its event loop turns, and nothing comes of it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from daemon.cli import main


def _stop_at(point: str, armed: Path) -> None:
    def listen(event: str, details: tuple[Any, ...]) -> None:
        if event == "ticket_relay.transaction" and ":".join(details) == point:
            while armed.exists():
                time.sleep(0.05)

    sys.addaudithook(listen)


if __name__ == "__main__":
    _stop_at(sys.argv[1], Path(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
