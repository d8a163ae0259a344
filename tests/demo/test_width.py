"""Widths and line breaks of text with emoji, CJK and combining characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.demo.width import Span, Style, harmless, shortened, width_of, width_of_line, wrapped


@pytest.mark.parametrize(
    "text, width",
    [
        ("", 0),
        ("ticket", 6),
        ("客户", 4),
        ("🎫 #1", 5),
        ("⚠️", 2),
        ("e\u0301", 1),
        ("👍🏽", 2),
        ("👩\u200d👩\u200d👧", 2),
        ("🇩🇪", 2),
        ("─" * 30, 30),
    ],
)
def test_width(text: str, width: int) -> None:
    assert width_of(text) == width


def test_lines_break_at_spaces_and_keep_their_styles() -> None:
    lines = wrapped([Span("Please "), Span("@bot", Style.MENTION), Span(" again\n\nnow")], 9)
    assert lines == [
        [Span("Please")],
        [Span("@bot", Style.MENTION)],
        [Span("again")],
        [],
        [Span("now")],
    ]


def test_what_has_no_space_breaks_anywhere_but_inside_a_character() -> None:
    assert wrapped([Span("客户客户")], 3) == [
        [Span("客")],
        [Span("户")],
        [Span("客")],
        [Span("户")],
    ]


@given(st.text(), st.integers(2, 20))
def test_no_line_is_too_wide_and_nothing_but_space_is_lost(text: str, width: int) -> None:
    lines = wrapped([Span(text)], width)
    assert all(width_of_line(line) <= width for line in lines)
    said = "".join(span.text for line in lines for span in line)
    assert "".join(said.split()) == "".join(text.split())


@given(st.text(), st.integers(1, 20))
def test_shortened_is_one_line_that_fits(text: str, width: int) -> None:
    line = shortened(text, width)
    assert width_of(line) <= width
    assert "\n" not in line


def test_text_cannot_move_the_cursor() -> None:
    assert harmless("a\x1b[2Jb\rc\td\u202ee\n") == "a[2Jbc    de\n"
