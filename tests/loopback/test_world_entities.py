"""Text as Telegram takes it in. https://core.telegram.org/api/entities"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.tl import types

from tests.loopback.rpc import RpcError, TlObject
from tests.loopback.world.entities import piece, take_in, units


def found(text: str) -> list[tuple[str, str]]:
    """Kind and text of each entity that Telegram adds."""
    taken = take_in(text, [], "refuse")
    return [
        (type(entity).__name__.removeprefix("MessageEntity"), piece(taken.text, entity))
        for entity in taken.entities
    ]


@pytest.mark.parametrize(
    "text, entities",
    [
        ("hello @alice_1, you", [("Mention", "@alice_1")]),
        ("mail a.b@example.org", [("Email", "a.b@example.org")]),
        ("see https://example.org/a?b=1.", [("Url", "https://example.org/a?b=1")]),
        ("see example.org/a", [("Url", "example.org/a")]),
        ("/ask@support_bot why", [("BotCommand", "/ask@support_bot")]),
        ("/ask why", [("BotCommand", "/ask")]),
        ("and/or 1/2", []),
        ("#urgent 😀 #2", [("Hashtag", "#urgent")]),
        ("😀😀 @bob", [("Mention", "@bob")]),
        ("https://example.org/@alice", [("Url", "https://example.org/@alice")]),
        ("https://example.org/#top", [("Url", "https://example.org/#top")]),
        ("nothing here", []),
    ],
)
def test_what_telegram_finds_itself(text: str, entities: list[tuple[str, str]]) -> None:
    assert found(text) == entities


def test_offsets_count_utf_16_units() -> None:
    taken = take_in("😀 @bob", [], "refuse")

    assert [(e.offset, e.length) for e in taken.entities] == [(3, 4)]


@pytest.mark.parametrize(
    "offset, length", [(-1, 2), (0, 0), (0, -1), (5, 1), (3, 3), (1, 1), (0, 1)]
)
def test_entities_out_of_bounds_are_refused(offset: int, length: int) -> None:
    """The text has five units, of which the first two are one character."""
    with pytest.raises(RpcError, match="ENTITY_BOUNDS_INVALID"):
        take_in("😀abc", [types.MessageEntityBold(offset, length)], "refuse")


def test_an_entity_that_ends_beyond_the_text_can_be_cut() -> None:
    taken = take_in("abc", [types.MessageEntityBold(1, 10)], "clip")

    assert [(e.offset, e.length) for e in taken.entities] == [(1, 2)]


def test_trimming_moves_entities_along() -> None:
    bold, lost = types.MessageEntityBold(2, 3), types.MessageEntityItalic(5, 2)
    taken = take_in("  abc  ", [bold, lost], "refuse")

    assert taken.text == "abc"
    assert [(type(e), e.offset, e.length) for e in taken.entities] == [
        (types.MessageEntityBold, 0, 3)
    ]
    assert bold.offset == 2, "what was sent is not changed"


def test_nothing_is_looked_for_inside_of_code_and_links() -> None:
    text = "@one @two @six"
    given_entities = [
        types.MessageEntityCode(0, 4),
        types.MessageEntityTextUrl(5, 4, "https://example.org"),
    ]
    taken = take_in(text, given_entities, "refuse")

    mentions = [e for e in taken.entities if isinstance(e, types.MessageEntityMention)]
    assert [piece(text, e) for e in mentions] == ["@six"]


def test_what_the_sender_marked_himself_is_not_marked_twice() -> None:
    taken = take_in("@alice", [types.MessageEntityMention(0, 6)], "refuse")

    assert len(taken.entities) == 1


_LETTERS = st.text(alphabet="ab @/#.😀\n", max_size=30)


@given(
    text=_LETTERS,
    spans=st.lists(st.tuples(st.integers(-2, 40), st.integers(-2, 40)), max_size=4),
)
def test_what_passes_is_within_the_text_and_in_order(
    text: str, spans: list[tuple[int, int]]
) -> None:
    sent: list[TlObject] = [types.MessageEntityBold(offset, length) for offset, length in spans]
    try:
        taken = take_in(text, sent, "clip")
    except RpcError:
        size = units(text)
        assert any(
            offset < 0 or length <= 0 or offset >= size or "😀" in text for offset, length in spans
        )
        return
    assert taken.text == text.strip()
    for entity in taken.entities:
        assert entity.offset >= 0
        assert entity.length > 0
        assert entity.offset + entity.length <= units(taken.text)
        assert "\ufffd" not in piece(taken.text, entity)
    starts = [entity.offset for entity in taken.entities]
    assert starts == sorted(starts)
