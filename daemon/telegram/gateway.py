"""Telegram as the relay asks it: sends with their random_id, messages by their ids, facts on
chats."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from telethon import utils
from telethon.tl import functions, types

from daemon.core.album import with_its_album
from daemon.core.media import ALBUM_LIMIT, Way
from daemon.core.model import ChatId, Inbound, InboundKind, Media, MessageKey
from daemon.core.retry import ErrorKind, Failure
from daemon.core.sync import KnownChat, Move, Unreadable, sequence_of
from daemon.telegram import inbound
from daemon.telegram.calls import AnswerUnreadable, Calls, RequestFailed
from daemon.telegram.client import RelayClient
from daemon.telegram.errors import SessionRefused
from daemon.telegram.input_media import rebuilt, to_input_media
from daemon.telegram.media import to_media
from daemon.telegram.requests import Outgoing, forward_of, ids_in, request_for
from daemon.telegram.transfer import Transfer

FETCH_LIMIT = 100
"""Messages that one request can ask for by id."""


_NOT_TOLD = (ErrorKind.FLOOD_WAIT, ErrorKind.UNKNOWN_OUTCOME, ErrorKind.SERVER_TROUBLE)


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


class Gateway:
    """Speaks to Telegram through the client. `answer_limit_s`: how long a request may go without
    an answer until the line is taken for dead. `media_cap_bytes`: the largest file that is
    downloaded and uploaded again. `its_turn` is awaited with the destination and the number of
    messages last of all before each send, behind its uploads."""

    def __init__(
        self,
        client: RelayClient,
        answer_limit_s: float,
        media_cap_bytes: int,
        sleep: Callable[[float], Awaitable[None]],
        its_turn: Callable[[ChatId, int], Awaitable[None]],
    ) -> None:
        self._client = client
        self._its_turn = its_turn
        self._calls = Calls(client, answer_limit_s)
        self._transfer = Transfer(self._calls, media_cap_bytes, sleep)

    async def send(self, message: Outgoing, patience_s: float) -> tuple[int, ...] | Failure:
        """Send, and return the ids the message got, or what went wrong. Ids that Telegram does
        not tell are left out. After `patience_s` the request is not made again.

        Raises `SessionRefused`."""
        try:
            request = await self._request(message)
        except RequestFailed as error:
            return error.failure
        try:
            await self._its_turn(message.destination, len(message.random_ids))
            result = await self._calls.answer_to(request, patience_s=patience_s)
        except AnswerUnreadable as error:
            return replace(error.failure, kind=ErrorKind.DUPLICATE)  # it is there
        except RequestFailed as error:
            if message.way is Way.FORWARD and error.failure.kind is ErrorKind.REPLY_GONE:
                return replace(error.failure, kind=ErrorKind.NO_COPY)  # there is no reply in it
            return error.failure
        return ids_in(result, message.random_ids)

    async def react(self, message: MessageKey, emoji: str) -> Failure | None:
        """Put an emoji under a message in place of the one that the relay put there before; None,
        or what went wrong.

        Raises `SessionRefused`. https://core.telegram.org/method/messages.sendReaction"""
        peer = self._calls.input_peer(message.chat_id)
        reaction = [types.ReactionEmoji(emoji)]
        request = functions.messages.SendReactionRequest(peer, message.msg_id, reaction=reaction)
        try:
            await self._calls.answer_to(request)
        except RequestFailed as error:
            return error.failure
        return None

    async def _request(self, message: Outgoing) -> Any:
        """The request that sends the message; what it needs is uploaded first.

        Raises `RequestFailed` or `SessionRefused`."""
        peer = self._calls.input_peer(message.destination)
        try:
            match message.way:
                case Way.FORWARD:
                    source = self._calls.input_peer(message.media[0].source.chat_id)
                    request = forward_of(message, peer, source)
                case Way.UPLOAD:
                    request = request_for(message, peer, await self._uploaded(message, peer))
                case _:
                    media = [to_input_media(item) for item in message.media]
                    request = request_for(message, peer, media)
            bytes(request)  # Telethon would do this first, and what it raises says nothing
        except (RequestFailed, SessionRefused):
            raise
        except Exception as error:
            # Whatever it is: this message cannot be sent.
            reason = f"{type(error).__name__}: {error}"
            raise RequestFailed(Failure(ErrorKind.REFUSED, reason)) from error
        return request

    async def _uploaded(self, message: Outgoing, peer: Any) -> list[Any]:
        """https://core.telegram.org/method/messages.sendMultiMedia: of an album, each file must
        have its place at Telegram before."""
        uploaded = []
        for item in message.media:
            media = await self._transfer.uploaded(item)
            if len(message.media) > 1:
                request = functions.messages.UploadMediaRequest(peer, media)
                media = rebuilt(await self._calls.answer_to(request))
            uploaded.append(media)
        return uploaded

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

    async def chat(self, chat_id: ChatId) -> KnownChat | Move:
        """A chat with its present pts, for watching it from now on; where it became a
        supergroup, that move.

        Raises `ChatUnavailable` where the relay is not in it, `RequestFailed` where Telegram did
        not tell, `SessionRefused`."""
        peer_id, kind = utils.resolve_id(chat_id)
        try:
            if kind is types.PeerChannel:
                channel = self._calls.input_channel(chat_id)
                full = await self._calls.answer_to(
                    functions.channels.GetFullChannelRequest(channel)
                )
                chat = next(c for c in full.chats if c.id == peer_id)
                known_hash = chat.access_hash or self._calls.known_hash(chat_id)
                top = max(full.full_chat.read_inbox_max_id, full.full_chat.read_outbox_max_id)
                return KnownChat(chat_id, chat.title, known_hash, full.full_chat.pts, top)
            (chat,) = (
                await self._calls.answer_to(functions.messages.GetChatsRequest([peer_id]))
            ).chats
        except RequestFailed as error:
            if error.failure.kind in _NOT_TOLD:
                raise
            raise ChatUnavailable(error.failure.reason) from error
        moved_to = getattr(chat, "migrated_to", None)
        if moved_to is not None:
            new = ChatId(utils.get_peer_id(types.PeerChannel(moved_to.channel_id)))
            return Move.from_the_beginning(chat_id, new, chat.title, moved_to.access_hash)
        if isinstance(chat, types.ChatForbidden) or chat.left or chat.deactivated:
            raise ChatUnavailable("not a member")
        return KnownChat(chat_id, chat.title, None)

    async def was(self, chat_id: ChatId) -> ChatId | None:
        """The basic group that a supergroup was; None where it was none, or Telegram does not
        tell.

        Raises `SessionRefused`. https://core.telegram.org/constructor/channelFull"""
        channel = self._calls.input_channel(chat_id)
        try:
            full = await self._calls.answer_to(functions.channels.GetFullChannelRequest(channel))
        except RequestFailed:
            return None
        old = full.full_chat.migrated_from_chat_id
        return ChatId(utils.get_peer_id(types.PeerChat(old))) if old else None

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


class ChatUnavailable(Exception):
    """The relay is not in the chat, or the chat does not exist."""
