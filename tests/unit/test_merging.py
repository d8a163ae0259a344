"""What may be sent as one message."""

from __future__ import annotations

import pytest

from daemon.core.merging import as_one_text, is_caption_for
from daemon.core.model import Media
from daemon.core.text import CAPTION_LIMIT, MESSAGE_LIMIT, Entity, Text
from tests.builders import a_photo, a_sticker


def test_texts_stand_below_each_other_and_their_formatting_moves_along() -> None:
    first = Text("😀 one", (Entity("Bold", 3, 3),))
    following = Text("two 😀", (Entity("Italic", 0, 3), Entity("Bold", 4, 2)))
    assert as_one_text(first, following, of_one_message=False) == Text(
        "😀 one\n\ntwo 😀",
        (Entity("Bold", 3, 3), Entity("Italic", 8, 3), Entity("Bold", 12, 2)),
    )


def test_what_was_cut_is_whole_again() -> None:
    assert as_one_text(Text("so long, "), Text("and on"), of_one_message=True) == Text(
        "so long, and on"
    )


def test_the_limit_counts_utf_16_units_and_what_stands_between() -> None:
    first = Text("x" * (MESSAGE_LIMIT - 4))
    assert as_one_text(first, Text("😀"), of_one_message=False) is not None
    assert as_one_text(first, Text("😀y"), of_one_message=False) is None
    assert as_one_text(first, Text("😀yz"), of_one_message=True) is not None


def test_formatting_that_telegram_would_leave_out_keeps_them_apart() -> None:
    many = tuple(Entity("Bold", offset, 1) for offset in range(100))
    first = Text("x" * 100, many)
    assert as_one_text(first, Text("plain"), of_one_message=False) is not None
    assert as_one_text(first, Text("bold", (Entity("Bold", 0, 1),)), of_one_message=False) is None


@pytest.mark.parametrize(
    "text, media, fits",
    [
        ("x" * CAPTION_LIMIT, [a_photo()], True),
        ("x" * CAPTION_LIMIT, [a_photo(), a_photo()], True),
        ("x" * (CAPTION_LIMIT + 1), [a_photo()], False),
        ("x" * (CAPTION_LIMIT - 1) + "😀", [a_photo()], False),
        ("x", [a_sticker()], False),
        ("x", [], False),
    ],
)
def test_a_text_is_a_caption_where_the_media_take_one_of_that_length(
    text: str, media: list[Media], fits: bool
) -> None:
    assert is_caption_for(Text(text), media) is fits
