"""The real daemon, with a fault of its own at a chosen instant.

`python -m tests.process.faulty NAME ARMED run --config …` runs the daemon as it is, until its
transaction NAME begins while the file ARMED exists: that raises what nobody expects. It listens to
the audit events that `daemon.storage.db` announces; nothing of the daemon is replaced.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from daemon.cli import main


def _break_at(name: str, armed: Path) -> None:
    def listen(event: str, details: tuple[Any, ...]) -> None:
        if event == "ticket_relay.transaction" and details == (name, "begin") and armed.exists():
            raise ZeroDivisionError("a fault of the program")

    sys.addaudithook(listen)


if __name__ == "__main__":
    _break_at(sys.argv[1], Path(sys.argv[2]))
    sys.exit(main(sys.argv[3:]))
