"""What a command says to a person."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import TextIO

from daemon.redaction import Redactor


class Speech:
    """Lines for a person, without secrets, on a stream that may take few characters or go away."""

    def __init__(self, stream: TextIO | None, secrets: Sequence[str] = ()) -> None:
        """`stream` is None where the caller closed it."""
        self._stream = stream
        self._redactor = Redactor(secrets)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")

    def say(self, line: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(self._redactor.text(line) + "\n")
            self._stream.flush()
        except OSError:
            # Nobody listens any more, as with `check | head -1`; the exit code still counts.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
