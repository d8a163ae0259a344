"""Messages asked for by their ids.

https://core.telegram.org/method/channels.getMessages
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from telethon import utils
from telethon.tl import functions, types

from daemon.core.album import with_its_album
from daemon.core.media import ALBUM_LIMIT
from daemon.core.model import ChatId, Inbound, InboundKind, Media, MessageKey
from daemon.core.sync import Move, Unreadable, sequence_of
from daemon.telegram import inbound
from daemon.telegram.calls import AnswerUnreadable, Calls
from daemon.telegram.media import to_media

FETCH_LIMIT = 100
"""Messages that one request can ask for by id."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Messages asked for by their ids."""

    messages: list[Inbound]
    """Those that other people wrote."""
    unreadable: list[Unreadable]
    """Those of them that could not be read."""
    moves: list[Move]
    """Groups that became supergroups, as the messages tell."""
    found_any: bool
    """Whether there is a message at all with one of the ids."""


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """A message of the relay itself, found in a chat."""

    msg_id: int
    text: str
    grouped_id: int | None = None
    """The album that it is a part of."""


class Fetcher:
    """Asks Telegram for messages whose ids are known."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def fetch(self, sequence: ChatId, msg_ids: Sequence[int]) -> Fetched:
        """Messages by their ids, at most `FETCH_LIMIT`. `sequence` is a supergroup, or `ACCOUNT`.

        Raises `RequestFailed` or `SessionRefused`."""
        result = await self._messages(sequence, msg_ids)
        there = [m for m in result.messages if not isinstance(m, types.MessageEmpty)]
        peers = _peers_of(result)
        moves = [move for message in there if (move := inbound.move_in(message, peers))]
        unreadable = list(result.unreadable)
        fetched = Fetched([], unreadable, moves, found_any=bool(there or unreadable))
        for message in _of_others(result):
            if isinstance(message, Unreadable):
                fetched.unreadable.append(message)
            elif sequence_of(message.key.chat_id) == sequence:
                fetched.messages.append(message)
        return fetched

    async def replied_to(self, message: MessageKey, reply_to: MessageKey) -> Inbound | None:
        """The message that another one replies to, its album with it; None where it is gone, the
        relay's own or cannot be read.

        Raises `RequestFailed` or `SessionRefused`."""
        first: Any = types.InputMessageID(reply_to.msg_id)
        if message.chat_id == reply_to.chat_id:
            # Named by the reply: a bot may then see the message whatever its rights are.
            first = types.InputMessageReplyTo(message.msg_id)
        found = await self._around(reply_to, first)
        asked_for = found.get(reply_to)
        return with_its_album(asked_for, found.values()) if asked_for else None

    async def album_of(self, message: MessageKey, grouped_id: int) -> list[Inbound]:
        """The parts of a message's album, its own among them, as they are now.

        Raises `RequestFailed` or `SessionRefused`."""
        found = await self._around(message, types.InputMessageID(message.msg_id))
        return [part for part in found.values() if part.grouped_id == grouped_id]

    async def _around(self, message: MessageKey, named: Any) -> dict[MessageKey, Inbound]:
        """The message, asked for by `named`, and those among which the rest of its album is: the
        ids of an album follow one another."""
        beside = range(message.msg_id - ALBUM_LIMIT + 1, message.msg_id + ALBUM_LIMIT)
        ids = [msg_id for msg_id in beside if msg_id > 0 and msg_id != message.msg_id]
        result = await self._messages(message.chat_id, ids, named)
        readable = (m for m in _of_others(result) if isinstance(m, Inbound))
        return {m.key: m for m in readable if m.key.chat_id == message.chat_id}

    async def own_messages(self, chat_id: ChatId, first: int, last: int) -> list[OwnMessage]:
        """The relay's own messages with ids from `first` to `last`, at most `FETCH_LIMIT`.

        Raises `RequestFailed` or `SessionRefused`."""
        result = await self._messages(chat_id, range(first, last + 1))
        return [
            OwnMessage(message.id, message.message, message.grouped_id)
            for message in result.messages
            if isinstance(message, types.Message)
            and message.out
            and inbound.key_of(message).chat_id == chat_id
        ]

    async def fresh_media(self, media: Media) -> Media | None:
        """The same media with a fresh file reference; None where its message is gone.

        Raises `RequestFailed` or `SessionRefused`.
        https://core.telegram.org/api/file-references"""
        result = await self._messages(media.source.chat_id, [media.source.msg_id])
        for message in result.messages:
            if isinstance(message, types.Message):
                return to_media(message.media, media.source)
        return None

    async def _messages(self, chat_id: ChatId, msg_ids: Iterable[int], *named: Any) -> _Answer:
        """Messages by their ids, as far as they can be read.

        Raises `RequestFailed` or `SessionRefused`."""
        ids = [*named, *(types.InputMessageID(msg_id) for msg_id in msg_ids)]
        answer = _Answer()
        await self._add_messages(chat_id, ids, answer)
        return answer

    async def _add_messages(self, chat_id: ChatId, ids: list[Any], answer: _Answer) -> None:
        """An answer that cannot be read as a whole is asked for by halves."""
        request = functions.messages.GetMessagesRequest(ids)
        if utils.resolve_id(chat_id)[1] is types.PeerChannel:
            channel = self._calls.input_channel(chat_id)
            request = functions.channels.GetMessagesRequest(channel, ids)
        try:
            result = await self._calls.answer_to(request)
        except AnswerUnreadable as error:
            if len(ids) == 1:
                key = MessageKey(chat_id, ids[0].id)
                answer.unreadable.append(Unreadable(key, error.content, str(error)))
                return
            middle = len(ids) // 2
            for half in (ids[:middle], ids[middle:]):
                await self._add_messages(chat_id, half, answer)
        else:
            answer.messages.extend(result.messages)
            answer.users.extend(result.users)
            answer.chats.extend(result.chats)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Telegram's answers to one question that had to be asked in several, as one."""

    messages: list[Any] = field(default_factory=list)
    users: list[Any] = field(default_factory=list)
    chats: list[Any] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


def _peers_of(result: Any) -> inbound.Peers:
    return {utils.get_peer_id(peer): peer for peer in (*result.users, *result.chats)}


def _of_others(result: Any) -> Iterator[Inbound | Unreadable]:
    """What other people wrote among messages that were asked for; service messages are none."""
    peers = _peers_of(result)
    for message in result.messages:
        if isinstance(message, types.Message) and not message.out:
            try:
                yield inbound.to_inbound(InboundKind.NEW, message, peers)
            except Exception as error:  # noqa: BLE001 one message must not hold up all others
                yield inbound.to_unreadable(types.UpdateNewMessage(message, 0, 0), error)
