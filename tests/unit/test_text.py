"""Text and entities, counted in UTF-16 units."""

from __future__ import annotations

import pytest

from daemon.core.text import Entity, Text, clean, fill, split, utf16_len

FAMILY = "👩‍👩‍👧"
"""One picture, five characters, eight UTF-16 units."""


def bold(text: str, stretch: str) -> Text:
    """The text with one stretch of it in bold."""
    offset = utf16_len(text[: text.index(stretch)])
    return Text(text, (Entity("Bold", offset, utf16_len(stretch)),))


def covered(text: Text) -> list[str]:
    """What each entity covers."""
    return [text.cut(entity.offset, entity.end).text for entity in text.entities]


@pytest.mark.parametrize(
    "text, length", [("", 0), ("abc", 3), ("ü", 1), ("😀", 2), (FAMILY, 8), ("a\u0301", 2)]
)
def test_length_is_counted_in_utf_16_units(text: str, length: int) -> None:
    assert utf16_len(text) == length == len(text.encode("utf-16-le")) // 2


def test_joined_texts_keep_what_their_entities_cover() -> None:
    joined = bold("😀 one", "one") + Text(" & ") + bold(f"{FAMILY} two", "two")
    assert joined.text == f"😀 one & {FAMILY} two"
    assert covered(joined) == ["one", "two"]


def test_a_cut_clips_entities_and_drops_those_outside() -> None:
    text = Text("ab😀cd", (Entity("Bold", 1, 3), Entity("Italic", 4, 2), Entity("Code", 0, 1)))
    cut = text.cut(2, 5)
    assert cut.text == "😀c"
    assert cut.entities == (Entity("Bold", 0, 2), Entity("Italic", 2, 1))


def test_an_entity_keeps_all_that_belongs_to_its_kind() -> None:
    link = Entity("TextUrl", 0, 4, url="https://example.org")
    assert Text("link", (link,)).cut(1, 4).entities[0].url == "https://example.org"


@pytest.mark.parametrize(
    "text, stripped",
    [("  hi \n", "hi"), ("hi", "hi"), (" \n\t ", ""), ("", ""), (" 😀 ", "😀")],
)
def test_white_space_at_both_ends_is_stripped(text: str, stripped: str) -> None:
    assert Text(text).strip().text == stripped


def test_stripping_moves_entities_along() -> None:
    assert covered(bold("  😀 fine  ", "fine").strip()) == ["fine"]


def test_an_entity_over_white_space_alone_is_stripped_with_it() -> None:
    assert Text("x  ", (Entity("Bold", 1, 2),)).strip() == Text("x")


@pytest.mark.parametrize(
    "text, taken_out, left",
    [
        ("one two three", "two", "one three"),
        ("two three", "two", "three"),
        ("one two", "two", "one "),
        ("one\ntwo three", "two", "one\nthree"),
        ("one two, three", "two", "one , three"),
        ("two", "two", ""),
    ],
)
def test_what_is_taken_out_leaves_no_second_space(text: str, taken_out: str, left: str) -> None:
    start = text.index(taken_out)
    assert Text(text).without(start, start + len(taken_out)).text == left


def test_taking_out_keeps_what_entities_behind_it_cover() -> None:
    assert covered(bold("😀 out fine", "fine").without(3, 6)) == ["fine"]


def test_a_text_that_fits_is_not_split() -> None:
    text = bold("fits", "fits")
    assert list(split(text, 4)) == [text]


def test_a_long_text_is_cut_at_a_line_break_before_a_space() -> None:
    parts = list(split(Text("aa bb cc\ndd ee"), 12, 12))
    assert [part.text for part in parts] == ["aa bb cc\n", "dd ee"]


def test_a_long_text_is_cut_at_a_space_where_no_line_break_is_near() -> None:
    parts = list(split(Text("a\nbbbbb cccccc"), 10, 10))
    assert [part.text for part in parts] == ["a\nbbbbb ", "cccccc"]


def test_a_text_without_spaces_is_cut_hard() -> None:
    assert [part.text for part in split(Text("abcdefgh"), 3, 3)] == ["abc", "def", "gh"]


def test_a_surrogate_pair_is_never_cut() -> None:
    assert [part.text for part in split(Text("a😀😀"), 2, 2)] == ["a", "😀", "😀"]


def test_an_entity_that_fits_into_a_part_is_not_cut() -> None:
    first, second = split(bold("aabbbbcc", "bbbb"), 5, 6)
    assert [first.text, second.text] == ["aa", "bbbbcc"]
    assert [*covered(first), *covered(second)] == ["bbbb"]


def test_an_entity_is_not_cut_at_a_space_in_it() -> None:
    first, second = split(bold("see the long link text here", "long link text"), 20, 20)
    assert [first.text, second.text] == ["see the ", "long link text here"]


def test_an_entity_that_begins_the_text_and_just_fits_is_not_cut_at_a_space() -> None:
    bold = Entity("Bold", 0, 7)
    first, second = split(Text("ZZZZZ ZZ", (bold,)), 7, 7)
    assert (first, second) == (Text("ZZZZZ Z", (bold,)), Text("Z"))


def test_entities_within_each_other_stay_together() -> None:
    text = Text("aabbbbcc", (Entity("Bold", 1, 5), Entity("TextUrl", 2, 4)))
    first, second = split(text, 5, 7)
    assert (first, second.text) == (Text("a"), "abbbbcc")
    assert covered(second) == ["abbbb", "bbbb"]


def test_an_entity_that_begins_the_text_waits_for_the_part_that_has_room_for_it() -> None:
    """Behind a header, say: the header then stands alone."""
    text = bold("bbbb bbb cc", "bbbb bbb")
    first, second, third = split(text, 6, 9)
    assert (first, second.text, third.text) == (Text(), "bbbb bbb ", "cc")
    assert covered(second) == ["bbbb bbb"]


def test_entities_that_no_part_has_room_for_do_not_empty_the_first() -> None:
    text = Text("aabbbbcc", (Entity("Bold", 0, 5), Entity("TextUrl", 3, 5)))
    assert [part.text for part in split(text, 5, 6)] == ["aabbb", "bcc"]


def test_an_entity_too_long_for_a_part_goes_on_in_the_next() -> None:
    parts = list(split(bold("abbbbbbbbc", "bbbbbbbb"), 4, 4))
    assert [part.text for part in parts] == ["abbb", "bbbb", "bc"]
    assert [covered(part) for part in parts] == [["bbb"], ["bbbb"], ["b"]]


@pytest.mark.parametrize("whole", [FAMILY, "👍🏽", "e\u0301", "☑️", "한글"[:1]])
def test_what_is_seen_as_one_is_not_cut(whole: str) -> None:
    room = utf16_len(whole)
    assert [part.text for part in split(Text("ab" + whole), room + 1, room)] == ["ab", whole]


def test_what_is_seen_as_one_and_fits_nowhere_is_cut_all_the_same() -> None:
    assert "".join(part.text for part in split(Text(FAMILY), 4, 4)) == FAMILY


@pytest.mark.parametrize("room", [-5, 0, 1])
def test_a_first_part_without_room_is_empty_and_nothing_is_lost(room: int) -> None:
    assert [part.text for part in split(Text("😀😀"), room, 4)] == ["", "😀😀"]


@pytest.mark.parametrize(
    "name, shown",
    [
        ("Alice", "Alice"),
        ("  Alice \t Doe ", "Alice Doe"),
        ("Eve\n🎫 Ticket #1", "Eve 🎫 Ticket #1"),
        ("a\r\nb\x0bc\x0cd\x1ce\x85f\u2028g\u2029h", "a b c d e f g h"),
        ("\u202eecilA", "ecilA"),
        ("\u2066a\u2069\u200eb\u200f\u061cc", "abc"),
        ("\x00a\x1bb\x7fc", "abc"),
        ("a\ud800b", "ab"),
        ("a\u200bb\ufeffc\u2060d\u00ade", "abcde"),
        (FAMILY, FAMILY),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴\U000e0067\U000e0062\U000e007f"),
        ("مرحبا", "مرحبا"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
        ("\u3164\u115f\u1160\uffa0\u2800", ""),
        ("\u200d\ufe0f\u0301", ""),
    ],
)
def test_a_name_is_made_fit_for_one_line(name: str, shown: str) -> None:
    assert clean(name) == shown


def test_a_name_is_shown_no_longer_than_telegram_allows() -> None:
    assert clean("x" * 1000) == "x" * 128


def test_values_are_filled_in_with_their_entities() -> None:
    filled = fill("😀 {a}–{b}", a=bold("one", "one"), b="two")
    assert filled.text == "😀 one–two"
    assert covered(filled) == ["one"]


def test_values_are_not_filled_in_themselves() -> None:
    assert fill("{a} {b}", a="{b}", b="{a} {0} {{").text == "{b} {a} {0} {{"


def test_doubled_braces_are_plain_ones() -> None:
    assert fill("{{a}} {a}", a="x").text == "{a} x"
