"""A progress bar for a person at a terminal; nothing anywhere else."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import TextIO

_QUIET_S = 0.5
"""What is done sooner needs no bar."""

_REDRAWN_S = 0.1

_WIDEST = 40
"""Characters of the bar itself."""


class Progress:
    """One piece of work: `reached` while it goes on, then `end`."""

    def __init__(
        self,
        stream: TextIO,
        name: str,
        total: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`total`: how many steps the work has; `monotonic`: seconds."""
        self._stream = stream
        self._name = name
        self._total = max(total, 1)
        self._monotonic = monotonic
        self._due = monotonic() + _QUIET_S if stream.isatty() else None
        self._drawn = False

    def reached(self, done: int) -> None:
        """So many steps are done."""
        if self._due is None or self._monotonic() < self._due:
            return
        self._due = self._monotonic() + _REDRAWN_S
        self._drawn = True
        line = self._line(min(done / self._total, 1.0))
        self._stream.write(f"\r{line}\x1b[K")
        self._stream.flush()

    def end(self) -> None:
        """Take the bar away."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
        self._due, self._drawn = None, False

    def _line(self, part: float) -> str:
        columns = shutil.get_terminal_size().columns
        head, tail = f"{self._name} ", f" {int(part * 100):3} %"
        width = min(_WIDEST, columns - 1 - len(head) - len(tail))
        if width < 1:
            return f"{head}{tail}"[: columns - 1]
        full = int(part * width)
        return f"{head}{'█' * full}{'░' * (width - full)}{tail}"
