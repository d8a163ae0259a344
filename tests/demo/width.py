"""How many columns of a terminal a text takes, and text broken into lines that fit.

Not handled: scripts whose letters join (Arabic, Devanagari), which terminals show in ways of their
own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

_ZERO_WIDTH_JOINER = "\u200d"
_EMOJI_VARIATION = "\ufe0f"
_SKIN_TONES = range(0x1F3FB, 0x1F400)

_UNSAFE = re.compile(
    # Controls but for the line feed, then characters that turn the text around.
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


class Style(Enum):
    """What a piece of text is; the terminal decides what that looks like."""

    PLAIN = "plain"
    HEADING = "heading"
    NUMBER = "number"
    NAME = "name"
    BOT_NAME = "bot name"
    REPLY = "reply"
    MENTION = "mention"
    MEDIA = "media"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Span:
    """Text of one style."""

    text: str
    style: Style = Style.PLAIN
    at: int | None = None
    """The column it begins in, for terminals that take a character for wider than we do."""


Line = list[Span]


@dataclass(frozen=True, slots=True)
class _Cell:
    """What the cursor cannot stop inside of: a character with all that combines with it."""

    text: str
    width: int
    style: Style


def harmless(text: str) -> str:
    """The text without what would move the cursor, change colours or turn its direction."""
    return _UNSAFE.sub("", text.replace("\t", "    "))


def width_of(text: str) -> int:
    """The columns a text without line feeds takes."""
    return sum(width for _, width in _clusters(text))


def width_of_line(line: Iterable[Span]) -> int:
    return sum(width_of(span.text) for span in line)


def shortened(text: str, width: int) -> str:
    """The text on one line, with … for its end where it is wider."""
    flat = " ".join(text.split())
    if width_of(flat) <= width:
        return flat
    kept, used = "", 1
    for cluster, cluster_width in _clusters(flat):
        if used + cluster_width > width:
            break
        kept += cluster
        used += cluster_width
    return kept.rstrip() + "…"


def wrapped(spans: Iterable[Span], width: int) -> list[Line]:
    """Lines of at most so many columns, broken at spaces where there are any."""
    lines: list[Line] = []
    for paragraph in _paragraphs(spans):
        lines.extend(_joined(cells) for cells in _broken(paragraph, width))
    return lines


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    cluster, width = "", 0
    for character in text:
        joined = cluster.endswith(_ZERO_WIDTH_JOINER)
        if cluster and (joined or _combines(character)):
            cluster += character
            if character == _EMOJI_VARIATION and width == 1:
                width = 2
            continue
        if cluster:
            yield cluster, width
        cluster = character
        width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if _combines(character):
            width = 0
    if cluster:
        yield cluster, width


def _combines(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me", "Cf") or ord(character) in _SKIN_TONES


def _paragraphs(spans: Iterable[Span]) -> Iterator[list[_Cell]]:
    paragraph: list[_Cell] = []
    for span in spans:
        first, *others = span.text.split("\n")
        paragraph.extend(_cells(first, span.style))
        for text in others:
            yield paragraph
            paragraph = list(_cells(text, span.style))
    yield paragraph


def _cells(text: str, style: Style) -> Iterator[_Cell]:
    return (_Cell(cluster, width, style) for cluster, width in _clusters(text))


def _broken(cells: list[_Cell], width: int) -> Iterator[list[_Cell]]:
    line: list[_Cell] = []
    used = 0
    for cell in cells:
        if used + cell.width > width and cell.text != " ":
            head, tail = _at_last_space(line)
            yield head
            line, used = tail, sum(kept.width for kept in tail)
        line.append(cell)
        used += cell.width
    yield line


def _at_last_space(line: list[_Cell]) -> tuple[list[_Cell], list[_Cell]]:
    for position in range(len(line) - 1, 0, -1):
        if line[position].text == " ":
            return line[:position], line[position + 1 :]
    return line, []


def _joined(cells: list[_Cell]) -> Line:
    line: Line = []
    text = ""
    for position, cell in enumerate(cells):
        text += cell.text
        if position + 1 == len(cells) or cells[position + 1].style is not cell.style:
            line.append(Span(text, cell.style))
            text = ""
    return line
