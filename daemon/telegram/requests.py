"""The requests that send, built from what is to be sent, and the ids in their answers.

A send is a raw request: only such a one carries a `random_id` of the caller's choice, by which
Telegram knows a repeated request. https://core.telegram.org/method/messages.sendMessage
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from telethon.tl import functions, types

from daemon.core.model import ChatId, Media, MessageKey
from daemon.core.text import Text
from daemon.telegram.entities import to_tl
from daemon.telegram.input_media import to_input_media


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One send: all that its request is built from."""

    destination: ChatId
    text: Text
    media: tuple[Media, ...]
    reply_to: MessageKey | None
    random_ids: tuple[int, ...]


def request_for(message: Outgoing, peer: Any) -> Any:
    reply_to = _reply(message)
    entities = to_tl(message.text)
    if not message.media:
        return functions.messages.SendMessageRequest(
            peer,
            message.text.text,
            random_id=message.random_ids[0],
            reply_to=reply_to,
            entities=entities,
        )
    if len(message.media) == 1:
        return functions.messages.SendMediaRequest(
            peer,
            to_input_media(message.media[0]),
            message.text.text,
            random_id=message.random_ids[0],
            reply_to=reply_to,
            entities=entities,
        )
    album = [
        types.InputSingleMedia(to_input_media(media), "", random_id, [])
        for media, random_id in zip(message.media, message.random_ids, strict=True)
    ]
    album[0].message, album[0].entities = message.text.text, entities
    return functions.messages.SendMultiMediaRequest(peer, album, reply_to=reply_to)


def _reply(message: Outgoing) -> Any | None:
    reply_to = message.reply_to
    if reply_to is None or reply_to.chat_id != message.destination:
        return None
    return types.InputReplyToMessage(reply_to.msg_id)


def ids_in(result: Any, random_ids: Sequence[int]) -> tuple[int, ...]:
    """https://core.telegram.org/constructor/updateMessageID"""
    if isinstance(result, types.UpdateShortSentMessage):
        return (result.id,)
    ids = {u.random_id: u.id for u in result.updates if isinstance(u, types.UpdateMessageID)}
    return tuple(ids[random_id] for random_id in random_ids if random_id in ids)
