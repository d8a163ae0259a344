"""Albums put together."""

from __future__ import annotations

import itertools

from daemon.core.album import with_its_album
from daemon.core.model import Inbound, MessageKey
from tests.builders import ACME, GLOBEX, a_photo, an_inbound


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


def test_the_own_caption_comes_before_no_other() -> None:
    whole = with_its_album(part(8, "second"), [part(7, "first")])
    assert whole.text.text == "first"
    assert with_its_album(part(8, "mine"), [part(7)]).text.text == "mine"


def test_what_is_of_another_album_or_chat_stays_out() -> None:
    elsewhere = an_inbound("x", key=MessageKey(GLOBEX, 8), grouped_id=5, media=(a_photo(),))
    whole = with_its_album(part(7), [part(8, grouped_id=6), part(9, grouped_id=None), elsewhere])
    assert whole == part(7)
