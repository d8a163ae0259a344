"""What the bot's next message in a group has to be, and what is wrong with it if it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from tests.demo.failure import DemoFailure
from tests.demo.participant import Participant
from tests.demo.seen import GroupSeen, SeenMessage


@dataclass(frozen=True, slots=True)
class Expected:
    """A message of the bot. `what` names it for people: "the ticket's wrapper"."""

    what: str
    text: str
    reply_to: SeenMessage | None
    mention: Participant | None = None
    """Who must be mentioned."""
    photo: bytes | None = None
    """The content of the photo that must be with it."""


class Observer:
    """Follows what the bot writes in one group, message by message, through one person's eyes.

    Nothing may come between two messages that are expected one after the other."""

    def __init__(
        self, person: Participant, group: GroupSeen, bot_id: int, patience_s: float
    ) -> None:
        self._person = person
        self._group = group
        self._bot_id = bot_id
        self._patience_s = patience_s
        self._last_id = 0

    async def next(self, what: str) -> SeenMessage:
        """The bot's next message here."""
        try:
            async with asyncio.timeout(self._patience_s):
                message = await self._person.sees(self._group, self._is_next)
        except TimeoutError:
            raise DemoFailure(
                f"{self._person.name} waited {self._patience_s:g} s in “{self._group.title}” for"
                f" {what}, and the bot wrote nothing"
            ) from None
        self._last_id = message.id
        return message

    async def gets(self, expected: Expected) -> SeenMessage:
        """The bot's next message here, once it is known to be the expected one."""
        message = await self.next(expected.what)
        await self.check(message, expected)
        return message

    async def check(self, message: SeenMessage, expected: Expected) -> None:
        """Raises `DemoFailure` with everything that is wrong about the message."""
        wrong = [*self._wrong_words(message, expected)]
        if expected.mention is not None and not await self._mentions(message, expected.mention):
            wrong.append(f"it does not mention {expected.mention.name}")
        if (message.media is not None) != (expected.photo is not None):
            wrong.append(f"its media is {message.media_shown or 'missing'}")
        elif expected.photo is not None and (
            await self._person.download(message) != expected.photo
        ):
            wrong.append("its photo is not the one that was sent")
        if wrong:
            raise DemoFailure(
                f"{self._person.name} got {expected.what} in “{self._group.title}”, but "
                + "; ".join(wrong)
            )

    async def sees_nothing_else(self) -> None:
        """Make sure that the bot wrote nothing after what was expected last."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._person.has_seen_all(self._group)
        except TimeoutError:
            raise DemoFailure(
                f"{self._person.name} was not told of every message in “{self._group.title}”"
                f" within {self._patience_s:g} s"
            ) from None
        more = list(filter(self._is_next, self._person.messages(self._group)))
        if more:
            raise DemoFailure(
                f"{self._person.name} got what nobody expected in “{self._group.title}”: "
                + "; ".join(repr(message.summary) for message in more)
            )

    def _is_next(self, message: SeenMessage) -> bool:
        return message.author.id == self._bot_id and message.id > self._last_id

    def _wrong_words(self, message: SeenMessage, expected: Expected) -> Iterator[str]:
        if message.text != expected.text:
            yield f"its text is {message.text!r} and should be {expected.text!r}"
        if expected.reply_to is None:
            if message.reply_to is not None:
                yield f"it is a reply to {self._told(message.reply_to)} and should be none"
        elif message.reply_to != expected.reply_to.id:
            right = repr(expected.reply_to.summary)
            if message.reply_to is None:
                yield f"it is no reply and should be one to {right}"
            else:
                yield f"it is a reply to {self._told(message.reply_to)}, not to {right}"

    def _told(self, message_id: int) -> str:
        for message in self._person.messages(self._group):
            if message.id == message_id:
                return repr(message.summary)
        return f"message {message_id}"

    async def _mentions(self, message: SeenMessage, person: Participant) -> bool:
        return person.id in [
            await self._person.whom(message, mention) for mention in message.mentions
        ]
