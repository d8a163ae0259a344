"""The one place that writes to the terminal, or to wherever standard output goes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from typing import TextIO

from tests.demo.width import Line, Span, Style

_CODES = {
    Style.HEADING: "1",
    Style.NUMBER: "2",
    Style.NAME: "1;32",
    Style.BOT_NAME: "1;35",
    Style.REPLY: "2",
    Style.MENTION: "36",
    Style.MEDIA: "33",
    Style.GOOD: "32",
    Style.BAD: "1;31",
}
"""SGR parameters; https://www.man7.org/linux/man-pages/man4/console_codes.4.html"""

_ERASE_LINE = "\r\x1b[K"
_WITHOUT_TERMINAL = 80
"""Columns where standard output is no terminal and COLUMNS is not set."""


class Terminal:
    """Lines of styled text; without colours off a terminal and with NO_COLOR (no-color.org)."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self.is_terminal = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self.has_colours = self.is_terminal and not os.environ.get("NO_COLOR")
        self._prompt = ""
        reconfigure = getattr(self._stream, "reconfigure", None)
        if reconfigure is not None:  # an emoji must not end the demo where the locale has none
            reconfigure(errors="replace")

    @property
    def columns(self) -> int:
        return shutil.get_terminal_size((_WITHOUT_TERMINAL, 24)).columns

    def say(self, text: str = "", style: Style = Style.PLAIN) -> None:
        self.show([[Span(text, style)]])

    def done(self, text: str) -> None:
        """A step that went as it should."""
        self.show([[Span("✔ ", Style.GOOD), Span(text)]])

    def failed(self, text: str) -> None:
        self.show([[Span(f"✘ {text}", Style.BAD)]])

    def show(self, lines: Iterable[Line]) -> None:
        """Write lines, above the prompt if there is one."""
        text = "".join("".join(map(self._styled, line)).rstrip() + "\n" for line in lines)
        erase = _ERASE_LINE if self._prompt else ""
        self._write(erase + text + self._prompt)

    def prompt(self, text: str) -> None:
        """Show what a person types behind; stays the last line from now on."""
        if self.is_terminal:
            self._prompt = text
            self._write(_ERASE_LINE + text)

    def end_prompt(self) -> None:
        if self._prompt:
            self._prompt = ""
            self._write("\n")

    def _styled(self, span: Span) -> str:
        code = _CODES.get(span.style) if self.has_colours else None
        text = span.text if code is None else f"\x1b[{code}m{span.text}\x1b[0m"
        return f"\x1b[{span.at + 1}G{text}" if self.is_terminal and span.at is not None else text

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # Nobody reads any more (a closed terminal, `| head`). The exit code still counts, so
            # the demo goes on; what is buffered must not fail again when the interpreter ends.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
