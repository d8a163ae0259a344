"""Whatever is done to a text: entities go on covering the same characters, and none is lost."""

from __future__ import annotations

import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from daemon.core.commands import mentions, parse_command, without_mentions
from daemon.core.text import Entity, Text, clean, fill, split, utf16_len
from tests.builders import BOT, said
from tests.property.texts import Unit, boundaries, formatted, painted, plain, spans

braceless = plain.filter(lambda text: not set(text) & set("{}"))


@given(formatted(), formatted())
def test_joining(first: Text, second: Text) -> None:
    assert painted(first + second) == painted(first) + painted(second)


@given(formatted(), st.data())
def test_cutting(text: Text, data: st.DataObject) -> None:
    start, end = data.draw(spans(text))
    assert painted(text.cut(start, end)) == painted(text)[start:end]


@given(formatted(), st.data())
def test_cutting_into_two_and_joining_again(text: Text, data: st.DataObject) -> None:
    middle = data.draw(st.sampled_from(boundaries(text.text)))
    joined = text.cut(0, middle) + text.cut(middle, utf16_len(text.text))
    assert painted(joined) == painted(text)


@given(formatted())
def test_stripping(text: Text) -> None:
    stripped = text.strip()
    assert stripped.text == text.text.strip()
    start = utf16_len(text.text[: len(text.text) - len(text.text.lstrip())])
    assert painted(stripped) == painted(text)[start : start + utf16_len(stripped.text)]


@given(formatted(), st.data())
def test_taking_a_stretch_out(text: Text, data: st.DataObject) -> None:
    start, end = data.draw(spans(text))
    units = painted(text)
    left = painted(text.without(start, end))
    a_space_less = units[end : end + 1] and units[end][0] == ord(" ")
    assert left == units[:start] + units[end:] or (
        a_space_less and left == units[:start] + units[end + 1 :]
    )


@given(formatted(), st.integers(-3, 20), st.integers(2, 20))
def test_splitting(text: Text, first_limit: int, limit: int) -> None:
    parts = list(split(text, first_limit, limit))
    assert [unit for part in parts for unit in painted(part)] == painted(text)
    assert utf16_len(parts[0].text) <= max(0, first_limit)
    assert all(utf16_len(part.text) <= limit for part in parts[1:])
    assert all(part.text for part in parts[1:])
    for part in parts:
        part.text.encode()  # raises on half of a surrogate pair


@given(formatted(st.text("aZ \n漢😀", max_size=40)), st.integers(0, 20), st.integers(2, 20))
def test_an_entity_that_fits_into_a_part_and_overlaps_no_other_is_not_cut(
    text: Text, first_limit: int, limit: int
) -> None:
    """One that ends between a letter and its accent may be: the accent stays with its letter."""
    parts = list(split(text, min(first_limit, limit), limit))
    cuts = list(itertools.accumulate(utf16_len(part.text) for part in parts))
    for entity in text.entities:
        others = [other for other in text.entities if other is not entity]
        alone = not any(o.offset < entity.end and entity.offset < o.end for o in others)
        if entity.length <= limit and alone:
            assert not any(entity.offset < cut < entity.end for cut in cuts)


@given(plain, st.integers(2, 20))
def test_splitting_makes_no_more_than_a_few_times_the_parts_needed(text: str, limit: int) -> None:
    parts = list(split(Text(text), limit, limit))
    assert len(parts) <= 2 + 3 * utf16_len(text) // limit


@given(braceless, formatted(), formatted(), braceless)
def test_filling_in(before: str, one: Text, two: Text, behind: str) -> None:
    filled = fill(f"{before}{{one}}{{{{{{two}}{behind}", one=one, two=two)
    expected = Text(before) + one + Text("{") + two + Text(behind)
    assert painted(filled) == painted(expected)


@given(formatted(plain.map(lambda text: "/ask " + text)))
def test_the_arguments_of_a_command(text: Text) -> None:
    command = parse_command(text, BOT)
    assert command is not None
    arguments = command.arguments
    assert arguments.text == text.text[len("/ask") :].strip()
    start = utf16_len(text.text) - utf16_len(text.text[len("/ask") :].lstrip())
    assert painted(arguments) == painted(text)[start : start + utf16_len(arguments.text)]


def seen(units: list[Unit]) -> list[Unit]:
    """The units that are no white space and no marks such as go with a mention."""
    return [unit for unit in units if not re.match(r"[\s.,:;!?…。，：；！？、]", chr(unit[0]))]


@given(plain, plain)
def test_taking_the_bots_mentions_out_takes_out_nothing_else(before: str, behind: str) -> None:
    text = said(f"{before} @support_bot {behind}")
    assert mentions(text, BOT)
    left = without_mentions(text, BOT)
    names = {e.offset for e in text.entities if text.cut(e.offset, e.end).text == "@support_bot"}
    gone = {at for offset in names for at in range(offset, offset + len("@support_bot"))}
    expected = [unit for at, unit in enumerate(painted(text)) if at not in gone]
    assert seen(painted(left)) == seen(expected)
    assert not mentions(left, BOT)


@given(st.text())
def test_a_cleaned_name_is_one_line_of_bounded_length_that_stays_as_it_is(name: str) -> None:
    cleaned = clean(name)
    assert len(cleaned.splitlines()) <= 1
    assert len(cleaned) <= 128
    assert cleaned == clean(cleaned) == cleaned.strip()
    cleaned.encode()
    assert not set(cleaned) & set(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
    assert not set(cleaned) & set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2069")


@given(formatted())
def test_the_paint_tells_texts_apart(text: Text) -> None:
    """The check itself: a shift by one unit shows."""
    moved = tuple(Entity(e.type, e.offset - 1, e.length) for e in text.entities if e.offset)
    if moved:
        assert painted(Text(text.text, moved)) != painted(text)
