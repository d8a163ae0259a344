"""Entities, from Telegram's form to ours and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telethon.extensions import BinaryReader
from telethon.tl import types

from daemon.core.text import Entity, Text
from daemon.telegram.entities import to_text, to_tl

KINDS = [
    (types.MessageEntityBold(1, 2), Entity("Bold", 1, 2)),
    (types.MessageEntityItalic(1, 2), Entity("Italic", 1, 2)),
    (types.MessageEntityCode(1, 2), Entity("Code", 1, 2)),
    (types.MessageEntityUnderline(1, 2), Entity("Underline", 1, 2)),
    (types.MessageEntityStrike(1, 2), Entity("Strike", 1, 2)),
    (types.MessageEntitySpoiler(1, 2), Entity("Spoiler", 1, 2)),
    (types.MessageEntityPre(1, 2, "python"), Entity("Pre", 1, 2, language="python")),
    (types.MessageEntityTextUrl(1, 2, "https://x"), Entity("TextUrl", 1, 2, url="https://x")),
    (types.MessageEntityCustomEmoji(1, 2, 2**62), Entity("CustomEmoji", 1, 2, document_id=2**62)),
    (types.MessageEntityBlockquote(1, 2), Entity("Blockquote", 1, 2)),
    (
        types.MessageEntityBlockquote(1, 2, collapsed=True),
        Entity("Blockquote", 1, 2, collapsed=True),
    ),
]
FOUND_BY_THE_SERVER = [
    types.MessageEntityMention,
    types.MessageEntityHashtag,
    types.MessageEntityCashtag,
    types.MessageEntityBotCommand,
    types.MessageEntityUrl,
    types.MessageEntityEmail,
    types.MessageEntityPhone,
    types.MessageEntityBankCard,
    types.MessageEntityUnknown,
]


@pytest.mark.parametrize("theirs, ours", KINDS, ids=lambda e: getattr(e, "type", ""))
def test_a_kind_of_formatting_is_the_same_both_ways(theirs: Any, ours: Entity) -> None:
    assert to_text("text", [theirs]) == Text("text", (ours,))
    (back,) = to_tl(Text("text", (ours,)))
    assert type(back) is type(theirs)
    assert bytes(back) == bytes(theirs)


def test_a_mention_by_id_goes_out_with_an_input_user() -> None:
    """Telegram refuses the peer that comes in; of a bot the id alone is enough."""
    ours = to_text("Nick", [types.MessageEntityMentionName(0, 4, 12)])
    assert ours.entities == (Entity("MentionName", 0, 4, user_id=12),)
    (theirs,) = to_tl(ours)
    assert isinstance(theirs, types.InputMessageEntityMentionName)
    assert theirs.user_id == types.InputUser(12, 0)


@pytest.mark.parametrize("kind", FOUND_BY_THE_SERVER)
def test_what_the_server_finds_by_itself_is_read_and_not_sent(kind: Any) -> None:
    ours = to_text("text", [kind(0, 4)])
    assert ours.entities == (Entity(kind.__name__.removeprefix("MessageEntity"), 0, 4),)
    assert to_tl(ours) == []


def test_a_kind_that_is_not_known_yet_is_left_out() -> None:
    assert to_tl(Text("text", (Entity("BrandNew", 0, 4), Entity("MentionName", 0, 4)))) == []


@pytest.mark.parametrize("text, entities", [(None, None), ("", []), ("", None)])
def test_a_message_without_a_text_is_an_empty_one(text: str | None, entities: Any) -> None:
    assert to_text(text, entities) == Text()


places = st.tuples(st.integers(0, 4000), st.integers(1, 4000))


@given(st.lists(st.tuples(st.sampled_from([ours for _, ours in KINDS]), places)))
def test_what_goes_out_can_be_sent_and_covers_the_same(
    drawn: list[tuple[Entity, tuple[int, int]]],
) -> None:
    entities = tuple(
        Entity(
            e.type,
            *place,
            url=e.url,
            language=e.language,
            document_id=e.document_id,
            collapsed=e.collapsed,
        )
        for e, place in drawn
    )
    sent = to_tl(Text("x" * 8000, entities))
    for theirs in sent:
        with BinaryReader(bytes(theirs)) as reader:
            assert bytes(reader.tgread_object()) == bytes(theirs)
    assert to_text("x" * 8000, sent).entities == entities
