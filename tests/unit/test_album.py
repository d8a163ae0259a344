"""Albums put together."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from daemon.core.album import merged, wait_ms, with_its_album
from daemon.core.model import Inbound, MessageKey
from tests.builders import ACME, BOT, GLOBEX, a_photo, an_inbound


def part(msg_id: int, text: str = "", grouped_id: int | None = 5) -> Inbound:
    key = MessageKey(ACME, msg_id)
    return an_inbound(text, key=key, grouped_id=grouped_id, media=(a_photo(key),))


def test_a_message_of_no_album_stays_as_it_is() -> None:
    alone = part(7, "Look", grouped_id=None)
    assert with_its_album(alone, [part(8, grouped_id=None), part(6)]) == alone


def test_an_album_is_put_together_whatever_the_order() -> None:
    parts = [part(7), part(8, "Look"), part(9)]
    for order in itertools.permutations(parts):
        whole = with_its_album(parts[0], order)
        assert whole.key == parts[0].key
        assert [item.source.msg_id for item in whole.media] == [7, 8, 9]
        assert whole.text.text == "Look"


def test_every_caption_counts_in_the_order_of_the_parts() -> None:
    whole = with_its_album(part(8, "second"), [part(7, "first")])
    assert whole.text.text == "first\nsecond"
    assert with_its_album(part(8, "mine"), [part(7)]).text.text == "mine"


def test_what_is_of_another_album_or_chat_stays_out() -> None:
    elsewhere = an_inbound("x", key=MessageKey(GLOBEX, 8), grouped_id=5, media=(a_photo(),))
    whole = with_its_album(part(7), [part(8, grouped_id=6), part(9, grouped_id=None), elsewhere])
    assert whole == part(7)


def test_parts_become_one_message_that_begins_with_the_first() -> None:
    answered = MessageKey(ACME, 3)
    parts = [part(7), part(8, "Look"), replace(part(9), reply_to=answered, forwarded=True)]
    whole = merged(parts, BOT)
    assert whole.keys == (parts[0].key, parts[1].key, parts[2].key)
    assert whole.text.text == "Look"
    assert whole.media == tuple(item for one in parts for item in one.media)
    assert whole.reply_to == answered
    assert whole.forwarded
    assert not whole.via_bot


@pytest.mark.parametrize(
    "captions, text",
    [
        (["front", "/close back"], "/close back\nfront"),
        (["front", "", "/ask，back", "side"], "/ask，back\nfront\nside"),
        (["/clsoe front", "/close back"], "/close back\n/clsoe front"),
        (["front", "/clsoe back"], "/clsoe back\nfront"),
        (["front", "/close@other_bot back"], "front\n/close@other_bot back"),
        (["/close front", "/done@support_bot back"], "/close front\nback"),
        (["front", "/t 5 back", "/t 5: side"], "/t 5 back\nfront\nside"),
        (["front /close", "back"], "front /close\nback"),
    ],
)
def test_the_caption_that_begins_with_a_command_comes_first(captions: list[str], text: str) -> None:
    """So that it is a command wherever it stands, and no further one is relayed."""
    parts = [part(7 + place, caption) for place, caption in enumerate(captions)]
    assert merged(parts, BOT).text.text == text


def test_one_part_is_a_message_like_any_other() -> None:
    assert merged([part(7, "Look")], BOT) == part(7, "Look")
    assert part(7).keys == (part(7).key,)


@pytest.mark.parametrize(
    "received, now, left",
    [
        ([1_000], 1_000, 500),
        ([1_000], 1_200, 300),
        ([1_000, 1_200], 1_300, 400),
        ([1_000], 1_500, 0),
        ([1_000], 90_000, 0),
        ([1_000] * 10, 1_000, 0),
        ([90_000], 1_000, 0),  # the clock went back
    ],
)
def test_an_album_waits_for_parts_for_a_quiet_time(
    received: list[int], now: int, left: int
) -> None:
    assert wait_ms(received, now, 500) == left
