"""A message that is not the expected one is noticed, and what is wrong is said."""

from __future__ import annotations

from typing import cast

import pytest
from telethon.tl import types

from tests.demo.expectation import Expected, Observer
from tests.demo.failure import DemoFailure
from tests.demo.participant import Participant, Wanted
from tests.demo.seen import Author, GroupSeen, Mention, SeenMessage

GROUP = GroupSeen(-1001, "Customers", "Alice")
BOT = Author(9, "Support", is_bot=True)
USERS = {"@alice": 1, "@mallory": 2}
PHOTO = types.MessageMediaPhoto()


class Reader:
    """A participant who has seen these messages and will see no more."""

    id, name = USERS["@alice"], "Alice"

    def __init__(self, *seen: SeenMessage) -> None:
        self._seen = seen

    def messages(self, group: GroupSeen) -> list[SeenMessage]:
        return [message for message in self._seen if message.chat_id == group.chat_id]

    async def sees(self, group: GroupSeen, wanted: Wanted) -> SeenMessage:
        for message in filter(wanted, self.messages(group)):
            return message
        raise TimeoutError

    async def has_seen_all(self, group: GroupSeen) -> None: ...

    async def whom(self, message: SeenMessage, mention: Mention) -> int | None:
        return mention.user_id or USERS.get(message.text[mention.start : mention.end])

    async def download(self, message: SeenMessage) -> bytes:
        return b"a picture"


def message(
    message_id: int,
    text: str = "Answer for @alice",
    *,
    reply_to: int | None = 1,
    media: object = None,
    author: Author = BOT,
    mention_at: int | None = len("Answer for "),
    user_id: int | None = None,
) -> SeenMessage:
    mentions = () if mention_at is None else (Mention(mention_at, len(text), user_id),)
    return SeenMessage(message_id, GROUP.chat_id, author, text, mentions, reply_to, media)


QUESTION = message(1, "Where is it?", reply_to=None, author=Author(1, "Alice"))


def observer(*seen: SeenMessage) -> Observer:
    return Observer(cast(Participant, Reader(QUESTION, *seen)), GROUP, BOT.id, patience_s=5)


def expected(text: str = "Answer for @alice", photo: bytes | None = None) -> Expected:
    alice = cast(Participant, Reader())
    return Expected("the answer", text, reply_to=QUESTION, mention=alice, photo=photo)


async def test_the_expected_message() -> None:
    watched = observer(message(2))
    assert (await watched.gets(expected())).id == 2
    await watched.sees_nothing_else()


async def test_a_mention_by_id() -> None:
    by_id = message(2, "Answer for Alice", user_id=1)
    await observer(by_id).gets(expected("Answer for Alice"))


async def test_a_photo() -> None:
    await observer(message(2, media=PHOTO)).gets(expected(photo=b"a picture"))


@pytest.mark.parametrize(
    "wrong, told",
    [
        (message(2, "Answers for @alice", mention_at=12), "its text is 'Answers for @alice'"),
        (message(2, reply_to=None), "it is no reply and should be one to 'Where is it\\?'"),
        (message(2, reply_to=5), "it is a reply to message 5, not to 'Where is it\\?'"),
        (message(2, mention_at=None), "it does not mention Alice"),
        (message(2, user_id=USERS["@mallory"]), "it does not mention Alice"),
        (message(2, media=types.MessageMediaDice(4, "🎲")), "its media is \\[dice 🎲 4\\]"),
    ],
)
async def test_another_message(wrong: SeenMessage, told: str) -> None:
    with pytest.raises(DemoFailure, match=told):
        await observer(wrong).gets(expected())


@pytest.mark.parametrize(
    "media, told", [(None, "its media is missing"), (PHOTO, "not the one that was sent")]
)
async def test_another_photo(media: object, told: str) -> None:
    with pytest.raises(DemoFailure, match=told):
        await observer(message(2, media=media)).gets(expected(photo=b"another picture"))


async def test_no_message() -> None:
    with pytest.raises(DemoFailure, match="waited 5 s in “Customers” for the answer"):
        await observer().gets(expected())


async def test_a_message_twice() -> None:
    watched = observer(message(2), message(3))
    await watched.gets(expected())
    with pytest.raises(DemoFailure, match="what nobody expected in “Customers”: 'Answer for"):
        await watched.sees_nothing_else()
