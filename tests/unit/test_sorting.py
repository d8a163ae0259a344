"""What a batch of updates brings, where one of them is odd."""

from __future__ import annotations

from typing import Any, cast

from telethon.tl import types

from daemon.core.model import Bot, ChatId
from daemon.core.sync import Batch
from daemon.telegram.sorting import Follower, Sorter
from tests.unit.tl import CHANNEL_ID, MARKED, a_channel, a_message, a_new, a_user

OTHER_ID = CHANNEL_ID + 1


class Client:
    """The client of the bot, which has seen nothing yet."""

    bot = Bot(ChatId(7), "support_bot")
    follow_ups = False

    def read_to(self, sequence: ChatId) -> int:
        return 0

    def note_read(self, chat_id: ChatId, msg_id: int) -> None:
        pass


class OddChannel(types.Channel):
    """Nobody can tell its title."""

    @property
    def title(self) -> str:
        raise ValueError("odd")

    @title.setter
    def title(self, title: str) -> None:
        pass


async def sorted_in(updates: list[Any], chats: list[Any]) -> Batch:
    batch = Batch()
    await Sorter(cast(Follower, Client())).sort(updates, [a_user()], chats, batch)
    return batch


async def test_an_odd_group_costs_the_update_that_tells_of_it() -> None:
    sound = a_channel()
    odd = OddChannel(OTHER_ID, "", sound.photo, sound.date, megagroup=True)
    updates = [
        types.UpdateChannel(OTHER_ID),
        types.UpdateChannel(CHANNEL_ID),
        a_new(a_message(5, "/ask Where is it?")),
    ]
    batch = await sorted_in(updates, [sound, odd])
    assert [one.error.splitlines()[-1] for one in batch.unreadable] == ["ValueError: odd"]
    assert batch.changed == {MARKED}
    assert list(batch.chats) == [MARKED]
    assert [message.key.msg_id for message in batch.messages] == [5]
