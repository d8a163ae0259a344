"""Updates as Telegram sends them → the relay's own inbound messages."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

from telethon import utils
from telethon.tl import types

from daemon.core.model import ChatId, Inbound, InboundKind, MessageKey, Sender
from daemon.core.sync import ACCOUNT, KnownChat, Move, Unreadable
from daemon.telegram.entities import to_text
from daemon.telegram.media import to_media

Peers = Mapping[int, Any]
"""Marked peer id → the user or chat object that came with the updates."""

_NEW = (types.UpdateNewMessage, types.UpdateNewChannelMessage)
SHORT = (types.UpdateShortMessage, types.UpdateShortChatMessage)
"""Short forms, which bring neither the sender nor the chat."""
_NO_KEY = MessageKey(ACCOUNT, 0)
_EDITED = (types.UpdateEditMessage, types.UpdateEditChannelMessage)


def message_in(update: Any) -> tuple[InboundKind, Any] | None:
    """The message that an update is about, and whether it is new or edited."""
    if isinstance(update, _NEW):
        return InboundKind.NEW, update.message
    if isinstance(update, _EDITED):
        return InboundKind.EDIT, update.message
    if isinstance(update, SHORT):
        return InboundKind.NEW, _from_short(update)
    return None


def _from_short(update: Any) -> Any:
    """https://core.telegram.org/constructor/updateShortChatMessage and …/updateShortMessage"""
    if isinstance(update, types.UpdateShortMessage):
        peer, sender = types.PeerUser(update.user_id), None  # the peer says who wrote it
    else:
        peer, sender = types.PeerChat(update.chat_id), types.PeerUser(update.from_id)
    return types.Message(
        id=update.id,
        peer_id=peer,
        from_id=sender,
        message=update.message,
        date=update.date,
        out=update.out,
        fwd_from=update.fwd_from,
        via_bot_id=update.via_bot_id,
        reply_to=update.reply_to,
        entities=update.entities,
    )


def move_in(message: Any, peers: Peers) -> Move | None:
    """The move that a service message tells of: each of the two groups has one."""
    if not isinstance(message, types.MessageService):
        return None
    here = ChatId(utils.get_peer_id(message.peer_id))
    match message.action:
        case types.MessageActionChatMigrateTo(channel_id=channel_id):
            old, new = here, ChatId(utils.get_peer_id(types.PeerChannel(channel_id)))
        case types.MessageActionChannelMigrateFrom(chat_id=chat_id):
            old, new = ChatId(utils.get_peer_id(types.PeerChat(chat_id))), here
        case _:
            return None
    group = peers.get(new)
    title = getattr(group or peers.get(old), "title", "")
    return Move.from_the_beginning(old, new, title, getattr(group, "access_hash", None))


def key_of(message: Any) -> MessageKey:
    return MessageKey(ChatId(utils.get_peer_id(message.peer_id)), message.id)


def sender_id_of(message: Any) -> int:
    """Marked id of who wrote a message: without a sender of its own, the chat itself did."""
    return int(utils.get_peer_id(message.from_id or message.peer_id))


def to_inbound(kind: InboundKind, message: Any, peers: Peers) -> Inbound:
    """Raises nothing for what is missing in `peers`: names are then shown as ids."""
    key = key_of(message)
    # A rich message is no medium to Telegram; it is one to us, of a kind that is not copied.
    media = (to_media(item, key) for item in (message.media, message.rich_message))
    return Inbound(
        kind=kind,
        key=key,
        chat_title=name_of(peers.get(key.chat_id), key.chat_id),
        sender=to_sender(sender_id_of(message), peers),
        text=to_text(message.message, message.entities),
        reply_to=_replied_to(message, key),
        media=tuple(item for item in media if item is not None),
        grouped_id=message.grouped_id,
        forwarded=message.fwd_from is not None,
        via_bot=message.via_bot_id is not None,
        date=_date(kind, message),
    )


def _date(kind: InboundKind, message: Any) -> int:
    edited = message.edit_date if kind is InboundKind.EDIT else None
    date = edited or message.date
    return int(date.timestamp()) if date else 0


def to_unreadable(update: Any, error: Exception) -> Unreadable:
    """What is kept of an update that made reading it raise. Raises nothing itself."""
    try:
        found = message_in(update)
        key = key_of(found[1]) if found else _NO_KEY
    except Exception:  # noqa: BLE001 it is odd already
        key = _NO_KEY
    try:
        content = bytes(update)
    except Exception:  # noqa: BLE001 then in words
        content = repr(update).encode()
    return Unreadable(key, content, "".join(traceback.format_exception(error)))


def to_known_chat(chat: Any) -> KnownChat:
    """The access hash of an abridged chat is left out, since it does not open the chat:
    https://core.telegram.org/api/min"""
    marked = ChatId(utils.get_peer_id(chat))
    abridged = getattr(chat, "min", None)
    access_hash = None if abridged else getattr(chat, "access_hash", None)
    return KnownChat(marked, name_of(chat, marked), access_hash)


def to_sender(sender_id: int, peers: Peers) -> Sender:
    peer = peers.get(sender_id)
    return Sender(
        id=ChatId(sender_id),
        name=name_of(peer, sender_id),
        username=username_of(peer),
        is_bot=bool(getattr(peer, "bot", None)),
    )


def username_of(peer: Any) -> str | None:
    """https://core.telegram.org/constructor/username: there may be several, bought ones."""
    own = getattr(peer, "username", None)
    if own:
        return str(own)
    for username in getattr(peer, "usernames", None) or ():
        if username.active:
            return str(username.username)
    return None


def name_of(peer: Any, marked: int) -> str:
    return (utils.get_display_name(peer) if peer is not None else "") or str(marked)


def _replied_to(message: Any, key: MessageKey) -> MessageKey | None:
    """https://core.telegram.org/constructor/messageReplyHeader"""
    header = message.reply_to
    if not isinstance(header, types.MessageReplyHeader) or header.reply_to_msg_id is None:
        return None
    if header.forum_topic and header.reply_to_top_id is None:
        return None  # written into a topic, not in reply to anything
    if header.reply_to_peer_id is not None:
        return MessageKey(
            ChatId(utils.get_peer_id(header.reply_to_peer_id)), header.reply_to_msg_id
        )
    return MessageKey(key.chat_id, header.reply_to_msg_id)
