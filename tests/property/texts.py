"""Texts and entities as Telegram may deliver them: any script, any emoji, any formatting."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from daemon.core.text import Entity, Text, utf16_len

_PIECES = [
    *"aZ0 \n\t.,*_`[]()<>&@/#",
    "\u00a0",
    "\u2028",
    "ü",
    "e\u0301\u0323",
    "😀",
    "👍🏽",
    "👩‍👩‍👧‍👦",
    "🏴\U000e0067\U000e0062\U000e007f",
    "🇩🇪",
    "❤️",
    "العربية",
    "\u202eעברית\u202c",
    "नमस्ते",
    "漢字",
    "@support_bot",
    "/close",
    "https://t.me/x",
]
_KINDS = ["Bold", "Italic", "Spoiler", "Code", "TextUrl", "Mention", "CustomEmoji", "Blockquote"]

characters = st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Z", "Cc", "Cf"))

plain = st.lists(st.sampled_from(_PIECES) | characters, max_size=40).map("".join)
"""A text without entities."""


def boundaries(text: str) -> list[int]:
    """Every place between two characters, in UTF-16 units."""
    return [utf16_len(text[:index]) for index in range(len(text) + 1)]


@st.composite
def formatted(draw: st.DrawFn, text: st.SearchStrategy[str] = plain) -> Text:
    """A text with entities anywhere in it, nested and overlapping ones too. Each is told from
    the others by its document id."""
    words = draw(text)
    places = boundaries(words)
    entities = []
    if len(places) > 1:
        spans = draw(st.lists(st.tuples(*[st.sampled_from(places)] * 2), max_size=5))
        for number, span in enumerate(spans):
            start, end = sorted(span)
            if start < end:
                kind = draw(st.sampled_from(_KINDS))
                entities.append(Entity(kind, start, end - start, document_id=number))
    return Text(words, tuple(entities))


@st.composite
def spans(draw: st.DrawFn, text: Text) -> tuple[int, int]:
    """A stretch of the text."""
    start, end = sorted(draw(st.tuples(*[st.sampled_from(boundaries(text.text))] * 2)))
    return start, end


Unit = tuple[int, tuple[Entity, ...]]


def painted(text: Text) -> list[Unit]:
    """Each UTF-16 unit of a text with what covers it: entities without their place. Whatever
    is done to a text, its units keep their paint."""
    raw = text.text.encode("utf-16-le")
    units = [int.from_bytes(raw[at : at + 2], "little") for at in range(0, len(raw), 2)]
    paint: list[list[Entity]] = [[] for _ in units]
    for entity in text.entities:
        assert entity.length > 0
        assert 0 <= entity.offset < entity.end <= len(units)
        for at in range(entity.offset, entity.end):
            paint[at].append(replace(entity, offset=0, length=0))
    return [(unit, tuple(sorted(over, key=repr))) for unit, over in zip(units, paint, strict=True)]
