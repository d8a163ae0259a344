"""The requests that send, built from what is to be sent, and the ids in their answers.

A send is a raw request: only such a one carries a `random_id` of the caller's choice, by which
Telegram knows a repeated request. https://core.telegram.org/method/messages.sendMessage
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from telethon import utils
from telethon.tl import functions, types

from daemon.core.media import Way
from daemon.core.model import ChatId, Media, MessageKey
from daemon.core.text import Text
from daemon.telegram.entities import to_tl


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One send: all that its request is built from."""

    destination: ChatId
    text: Text
    media: tuple[Media, ...]
    way: Way | None
    """How the media get there; None where there are none."""
    reply_to: MessageKey | None
    """In another chat than the destination only where that became the destination."""
    random_ids: tuple[int, ...]


def request_for(message: Outgoing, peer: Any, media: Sequence[Any]) -> Any:
    """`peer` is the destination, `media` are those of the message, as they are to be sent."""
    reply_to = _reply(message)
    entities = to_tl(message.text)
    if not media:
        return functions.messages.SendMessageRequest(
            peer,
            message.text.text,
            random_id=message.random_ids[0],
            reply_to=reply_to,
            entities=entities,
        )
    if len(media) == 1:
        return functions.messages.SendMediaRequest(
            peer,
            media[0],
            message.text.text,
            random_id=message.random_ids[0],
            reply_to=reply_to,
            entities=entities,
        )
    album = [
        types.InputSingleMedia(item, "", random_id, [])
        for item, random_id in zip(media, message.random_ids, strict=True)
    ]
    album[0].message, album[0].entities = message.text.text, entities
    return functions.messages.SendMultiMediaRequest(peer, album, reply_to=reply_to)


def forward_of(message: Outgoing, peer: Any, source: Any) -> Any:
    """`source` is the chat that the media are in.

    https://core.telegram.org/method/messages.forwardMessages: a reply is for monoforums alone."""
    return functions.messages.ForwardMessagesRequest(
        from_peer=source,
        id=[item.source.msg_id for item in message.media],
        to_peer=peer,
        drop_author=True,
        random_id=list(message.random_ids),
    )


def _reply(message: Outgoing) -> Any | None:
    """A bare id would mean a message of the destination, whatever it was meant to be.

    https://core.telegram.org/constructor/inputReplyToMessage"""
    reply_to = message.reply_to
    if reply_to is None:
        return None
    if reply_to.chat_id == message.destination:
        return types.InputReplyToMessage(reply_to.msg_id)
    chat_id, kind = utils.resolve_id(reply_to.chat_id)
    if kind is not types.PeerChat:
        return None
    return types.InputReplyToMessage(reply_to.msg_id, reply_to_peer_id=types.InputPeerChat(chat_id))


def ids_in(result: Any, random_ids: Sequence[int]) -> tuple[int, ...]:
    """https://core.telegram.org/constructor/updateMessageID"""
    if isinstance(result, types.UpdateShortSentMessage):
        return (result.id,)
    ids = {u.random_id: u.id for u in result.updates if isinstance(u, types.UpdateMessageID)}
    return tuple(ids[random_id] for random_id in random_ids if random_id in ids)
