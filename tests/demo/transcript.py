"""Conversations as the people in them see them, laid out for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from tests.demo.chronicle import Chronicle, Entry
from tests.demo.seen import GroupSeen, SeenMessage
from tests.demo.width import (
    Line,
    Span,
    Style,
    harmless,
    shortened,
    width_of,
    width_of_line,
    wrapped,
)

WIDE_ENOUGH = 100
"""Columns from which two groups stand side by side."""
WIDEST = 160
"""Columns beyond which lines get no longer."""
BETWEEN = " │ "
INDENT = 5
QUOTED = 40
"""Columns of a replied-to message that are shown."""


class Transcript:
    """Draws what a chronicle holds."""

    def __init__(self, chronicle: Chronicle, *, brackets: bool) -> None:
        """`brackets`: mark mentions by them, where there are no colours to do it."""
        self._chronicle = chronicle
        self._brackets = brackets

    def two_groups(self, left: GroupSeen, right: GroupSeen, columns: int) -> list[Line]:
        """All that was said, side by side if there is room for it."""
        width = min(columns, WIDEST)
        if width >= WIDE_ENOUGH:
            return self._side_by_side(left, right, width)
        return [*self._one_group(left, width), [], *self._one_group(right, width)]

    def block(self, entry: Entry, width: int) -> list[Line]:
        """One message: who wrote it, what it replies to, what it holds."""
        message = entry.message
        lines = [_name_line(entry)]
        body: list[Line] = []
        if message.reply_to is not None:
            body.append(self._reply_line(message, width - INDENT))
        if message.media_shown is not None:
            body.extend(wrapped([Span(message.media_shown, Style.MEDIA)], width - INDENT))
        if message.text:
            body.extend(wrapped(self._marked(message), width - INDENT))
        lines.extend([Span(" " * INDENT), *line] for line in body)
        return lines

    def _one_group(self, group: GroupSeen, width: int) -> Iterator[Line]:
        yield _heading(group, width)
        for entry in self._chronicle.of(group.chat_id):
            yield from self.block(entry, width)

    def _side_by_side(self, left: GroupSeen, right: GroupSeen, columns: int) -> list[Line]:
        """Time flows downward: no message begins above one that was seen before it."""
        width = (columns - width_of(BETWEEN)) // 2
        sides: dict[int, list[Line]] = {
            group.chat_id: [_heading(group, width)] for group in (left, right)
        }
        begins = 0
        for entry in self._chronicle.entries:
            side = sides.get(entry.message.chat_id)
            if side is None:
                continue
            begins = max(len(side), begins + 1)
            side.extend([] for _ in range(begins - len(side)))
            side.extend(self.block(entry, width))
        lefts, rights = sides[left.chat_id], sides[right.chat_id]
        height = max(len(lefts), len(rights))
        lefts.extend([] for _ in range(height - len(lefts)))
        rights.extend([] for _ in range(height - len(rights)))
        return [
            [
                *one,
                Span(" " * (width - width_of_line(one))),
                Span(BETWEEN, Style.REPLY, at=width),
                *other,
            ]
            for one, other in zip(lefts, rights, strict=True)
        ]

    def _reply_line(self, message: SeenMessage, width: int) -> Line:
        target = self._chronicle.find(message.chat_id, message.reply_to or 0)
        if target is None:
            return [Span("↪ a message from before", Style.REPLY)]
        said = f"{target.message.author.name}: {target.message.summary}"
        text = f"↪ {target.number} {harmless(said)}"
        return [Span(shortened(text, min(width, QUOTED)), Style.REPLY)]

    def _marked(self, message: SeenMessage) -> Iterator[Span]:
        done = 0
        for mention in message.mentions:
            yield Span(harmless(message.text[done : mention.start]))
            shown = harmless(message.text[mention.start : mention.end])
            yield Span(f"[{shown}]" if self._brackets else shown, Style.MENTION)
            done = mention.end
        yield Span(harmless(message.text[done:]))


def _name_line(entry: Entry) -> Line:
    author = entry.message.author
    number = Span(f"{entry.number:>{INDENT - 2}}  ", Style.NUMBER)
    if author.is_bot:
        return [number, Span(harmless(author.name), Style.BOT_NAME), Span(" (bot)", Style.REPLY)]
    return [number, Span(harmless(author.name), Style.NAME)]


def _heading(group: GroupSeen, width: int) -> Line:
    text = f"── {harmless(group.title)}, as {harmless(group.watcher)} sees it "
    return [Span(text + "─" * max(0, width - width_of(text)), Style.HEADING)]
