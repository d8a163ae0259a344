"""Lines that somebody types, or that a pipe or file holds, without stopping the event loop."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator

_CHUNK = 4096


class Keyboard:
    """The lines of standard input.

    A thread reads: an event loop cannot wait for a file, and would have to make a terminal
    non-blocking that it shares with the shell. The thread reads below Python's own buffer, whose
    lock it would hold when the interpreter ends."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()

    def end(self) -> None:
        """Let `lines` end as if there were no more."""
        self._lines.put_nowait(None)

    async def lines(self) -> AsyncIterator[str]:
        """Each line, until there are no more."""
        threading.Thread(target=self._read, name="keyboard", daemon=True).start()
        while (line := await self._lines.get()) is not None:
            yield line

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        begun = ""
        with contextlib.suppress(OSError):
            while chunk := os.read(sys.stdin.fileno(), _CHUNK):
                *whole, begun = (begun + decoder.decode(chunk)).split("\n")
                for line in whole:
                    self._hand_over(line)
        if begun:
            self._hand_over(begun)
        self._hand_over(None)

    def _hand_over(self, line: str | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone, and with it whoever would read
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)
