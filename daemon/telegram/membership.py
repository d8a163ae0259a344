"""Who comes and goes, in Telegram's words → the relay's own.

https://core.telegram.org/constructor/updateChannelParticipant
https://core.telegram.org/type/MessageAction
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from telethon import utils
from telethon.tl import types

from daemon.core.membership import Membership, MemberStatus
from daemon.core.model import ChatId, InboundKind, Sender
from daemon.telegram.inbound import Peers, key_of, message_in, name_of, sender_id_of, to_sender

_PARTICIPANT = (types.UpdateChannelParticipant, types.UpdateChatParticipant)

_CHANGED = (
    types.UpdateChannel,
    types.UpdateChat,
    types.UpdateChatDefaultBannedRights,
    types.UpdateChatParticipants,
    types.UpdateChatParticipantAdd,
    types.UpdateChatParticipantAdmin,
    types.UpdateChatParticipantDelete,
)
"""Tell that something changed in a group, and not all that the relay wants to know of it."""

_ADMINS = (
    types.ChannelParticipantAdmin,
    types.ChannelParticipantCreator,
    types.ChatParticipantAdmin,
    types.ChatParticipantCreator,
)


def memberships_in(update: Any, peers: Peers) -> list[Membership]:
    """What an update tells of people in groups, by itself or by a service message."""
    if isinstance(update, _PARTICIPANT):
        told = [_by_participant(update, peers)]
    else:
        told = list(_by_service_message(update, peers))
    return [change for change in told if not _is_broadcast(peers.get(change.chat_id))]


def changed_in(update: Any, peers: Peers) -> ChatId | None:
    """The group of which an update tells that it changed, and not how."""
    if not isinstance(update, _CHANGED):
        return None
    peer = getattr(update, "peer", None)
    if peer is None:
        channel_id = getattr(update, "channel_id", None)
        chat_id = getattr(getattr(update, "participants", update), "chat_id", None)
        peer = types.PeerChannel(channel_id) if channel_id else types.PeerChat(chat_id)
    marked = ChatId(utils.get_peer_id(peer))
    return None if _is_broadcast(peers.get(marked)) else marked


def _is_broadcast(chat: Any) -> bool:
    """A channel is no group: https://core.telegram.org/api/channel"""
    return bool(getattr(chat, "broadcast", None))


def _by_participant(update: Any, peers: Peers) -> Membership:
    if isinstance(update, types.UpdateChannelParticipant):
        peer = types.PeerChannel(update.channel_id)
    else:
        peer = types.PeerChat(update.chat_id)
    chat_id = ChatId(utils.get_peer_id(peer))
    chat = peers.get(chat_id)
    return Membership(
        chat_id=chat_id,
        chat_title=name_of(chat, chat_id),
        person=to_sender(update.user_id, peers),
        before=status_of(update.prev_participant, chat),
        after=status_of(update.new_participant, chat),
        actor=to_sender(update.actor_id, peers),
        date=int(update.date.timestamp()),
    )


def _by_service_message(update: Any, peers: Peers) -> Iterator[Membership]:
    found = message_in(update)
    if found is None or found[0] is not InboundKind.NEW:
        return
    message = found[1]
    if not isinstance(message, types.MessageService):
        return
    chat_id = key_of(message).chat_id
    chat = peers.get(chat_id)
    actor = to_sender(sender_id_of(message), peers)
    for person, is_in in _people_in(message.action, actor, peers):
        yield Membership(
            chat_id=chat_id,
            chat_title=name_of(chat, chat_id),
            person=person,
            before=None,
            after=_of_ordinary(chat) if is_in else MemberStatus.LEFT,
            actor=actor,
            date=int(message.date.timestamp()),
        )


def _people_in(action: Any, actor: Sender, peers: Peers) -> Iterator[tuple[Sender, bool]]:
    """Who a service message says is in the group now, and who is not."""
    match action:
        case types.MessageActionChatAddUser() | types.MessageActionChatCreate():
            for user_id in action.users:
                yield to_sender(user_id, peers), True
        case types.MessageActionChatJoinedByLink() | types.MessageActionChatJoinedByRequest():
            yield actor, True
        case types.MessageActionChatDeleteUser():
            yield to_sender(action.user_id, peers), False


def status_of(participant: Any, chat: Any) -> MemberStatus:
    """What a participant is in a group; `chat` is the group, None where it did not come along."""
    if participant is None or isinstance(participant, types.ChannelParticipantLeft):
        return MemberStatus.LEFT
    if isinstance(participant, _ADMINS):
        return MemberStatus.ADMIN
    if isinstance(participant, types.ChannelParticipantBanned):
        rights = participant.banned_rights
        if participant.left or rights.view_messages:
            return MemberStatus.LEFT
        if _denies_writing(rights):
            return MemberStatus.MUTED
    return _of_ordinary(chat)


def status_in(chat: Any) -> MemberStatus:
    """What we ourselves are in a group. https://core.telegram.org/constructor/channel"""
    if not isinstance(chat, types.Channel | types.Chat) or chat.left:
        return MemberStatus.LEFT
    if chat.creator or chat.admin_rights is not None:
        return MemberStatus.ADMIN
    if _denies_writing(getattr(chat, "banned_rights", None)):
        return MemberStatus.MUTED
    return _of_ordinary(chat)


def _of_ordinary(chat: Any) -> MemberStatus:
    """What somebody without rights of the own is: the group may deny writing to all of them."""
    if _denies_writing(getattr(chat, "default_banned_rights", None)):
        return MemberStatus.MUTED
    return MemberStatus.MEMBER


def _denies_writing(rights: Any) -> bool:
    return rights is not None and bool(rights.send_messages or rights.send_plain)
