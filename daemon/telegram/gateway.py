"""Telegram as the relay asks it: sends with their random_id, and facts on chats."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from telethon import utils
from telethon.tl import functions, types

from daemon.core.media import Way
from daemon.core.model import ChatId, MessageKey
from daemon.core.retry import ErrorKind, Failure
from daemon.core.sync import KnownChat, Move
from daemon.telegram.calls import AnswerUnreadable, Calls, RequestFailed
from daemon.telegram.errors import SessionRefused
from daemon.telegram.input_media import rebuilt, to_input_media
from daemon.telegram.requests import Outgoing, forward_of, ids_in, request_for
from daemon.telegram.transfer import Transfer

_NOT_TOLD = (ErrorKind.FLOOD_WAIT, ErrorKind.UNKNOWN_OUTCOME, ErrorKind.SERVER_TROUBLE)


class Gateway:
    """Sends, and asks about chats. `media_cap_bytes`: the largest file that is downloaded and
    uploaded again. `its_turn` is awaited with the destination and the number of messages last of
    all before each send, behind its uploads."""

    def __init__(
        self,
        calls: Calls,
        media_cap_bytes: int,
        sleep: Callable[[float], Awaitable[None]],
        its_turn: Callable[[ChatId, int], Awaitable[None]],
    ) -> None:
        self._its_turn = its_turn
        self._calls = calls
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


class ChatUnavailable(Exception):
    """The relay is not in the chat, or the chat does not exist."""
