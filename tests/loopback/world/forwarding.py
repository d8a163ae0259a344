"""Copies of messages, with the name of who wrote them or without.

https://core.telegram.org/method/messages.forwardMessages
"""

from __future__ import annotations

from collections.abc import Sequence

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.draft import Draft
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.refusals import refusal


def copies(
    messages: Sequence[StoredMessage],
    random_ids: Sequence[int | None],
    *,
    drop_author: bool = False,
    drop_captions: bool = False,
    silent: bool = False,
    protected: bool = False,
) -> list[Draft]:
    """Drafts of the copies. Raises CHAT_FORWARDS_RESTRICTED if a message or its chat is
    protected, MESSAGE_ID_INVALID for a service message. Albums stay together."""
    albums: dict[int, int] = {}
    drafts = []
    for message, random_id in zip(messages, random_ids, strict=True):
        if message.protected or message.chat.protected:
            raise refusal("CHAT_FORWARDS_RESTRICTED")
        if message.action is not None:
            raise refusal("MESSAGE_ID_INVALID")
        grouped_id = message.grouped_id
        if grouped_id is not None:
            grouped_id = albums.setdefault(grouped_id, message.chat.world.new_grouped_id())
        bare = drop_captions and message.media is not None
        drafts.append(
            Draft(
                text="" if bare else message.text,
                entities=() if bare else tuple(message.entities),
                media=message.media,
                forward=None if drop_author else header(message),
                random_id=random_id,
                grouped_id=grouped_id,
                via_bot=None if drop_author else message.via_bot,
                silent=silent,
                protected=protected,
                verbatim=True,
            )
        )
    return drafts


def header(message: StoredMessage) -> TlObject:
    """Where a message is from: a forward of a forward names the first author."""
    if message.forward is not None:
        return message.forward
    if message.send_as is not None:
        return types.MessageFwdHeader(message.date, from_id=types.PeerChannel(message.send_as.id))
    if message.anonymous:
        return types.MessageFwdHeader(message.date, from_id=message.chat.peer(message.sender))
    if message.sender.hides_in_forwards:
        return types.MessageFwdHeader(message.date, from_name=message.sender.full_name)
    return types.MessageFwdHeader(message.date, from_id=types.PeerUser(message.sender.id))
