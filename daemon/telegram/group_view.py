"""Looks at groups: what the bot is in them, who else is, and who could read along."""

from __future__ import annotations

from typing import Any

from telethon import utils
from telethon.tl import functions, types

from daemon.core.membership import GroupSeen, MemberStatus
from daemon.core.model import ChatId, Sender
from daemon.core.retry import ErrorKind
from daemon.telegram.calls import Calls, RequestFailed
from daemon.telegram.inbound import Peers, to_sender, username_of
from daemon.telegram.membership import status_in, status_of

_PAGE = 200
"""Members that one request tells: https://core.telegram.org/method/channels.getParticipants"""

_MOST_MEMBERS = 2000
"""Of a larger group the members are not asked for."""


class GroupView:
    """How groups are at this moment."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def look_at(self, chat_id: ChatId, *, with_members: bool) -> GroupSeen | None:
        """How a group is now; None where it is none, or is a supergroup by now, or where Telegram
        says nothing of it.

        Raises `RequestFailed` where Telegram does not tell, `SessionRefused`."""
        try:
            if utils.resolve_id(chat_id)[1] is types.PeerChannel:
                return await self._supergroup(chat_id, with_members=with_members)
            return await self._basic_group(chat_id, with_members=with_members)
        except RequestFailed as error:
            if error.failure.kind is not ErrorKind.FORBIDDEN:
                raise
            return GroupSeen(chat_id, "", MemberStatus.LEFT)

    async def _supergroup(self, chat_id: ChatId, *, with_members: bool) -> GroupSeen | None:
        request = functions.channels.GetFullChannelRequest(self._calls.input_channel(chat_id))
        answer = await self._calls.answer_to(request)
        chats = _by_marked_id(answer.chats)
        chat, full = chats.get(chat_id), answer.full_chat
        if chat is None or getattr(chat, "broadcast", None):
            return None
        origin = full.migrated_from_chat_id
        return GroupSeen(
            chat_id,
            chat.title,
            status_in(chat),
            username=username_of(chat),
            linked_channel=_title_of(full.linked_chat_id, chats),
            migrated_from=ChatId(utils.get_peer_id(types.PeerChat(origin))) if origin else None,
            members=await self._members(chat_id) if with_members else None,
        )

    async def _members(self, chat_id: ChatId) -> tuple[Sender, ...] | None:
        found: dict[int, Sender] = {}
        for offset in range(0, _MOST_MEMBERS, _PAGE):
            request = functions.channels.GetParticipantsRequest(
                self._calls.input_channel(chat_id),
                types.ChannelParticipantsRecent(),
                offset=offset,
                limit=_PAGE,
                hash=0,
            )
            try:
                page = await self._calls.answer_to(request)
            except RequestFailed as error:
                if error.failure.kind in (ErrorKind.REFUSED, ErrorKind.FORBIDDEN):
                    return None  # only admins are told who is in it
                raise
            found |= _people_in(page.participants, _by_marked_id(page.users))
            if offset + _PAGE >= page.count:
                return tuple(found.values())
        return None

    async def _basic_group(self, chat_id: ChatId, *, with_members: bool) -> GroupSeen | None:
        peer_id, _ = utils.resolve_id(chat_id)
        answer = await self._calls.answer_to(functions.messages.GetFullChatRequest(peer_id))
        chat = _by_marked_id(answer.chats).get(chat_id)
        if chat is None or getattr(chat, "migrated_to", None) is not None:
            return None
        members = None
        told = answer.full_chat.participants
        if with_members and isinstance(told, types.ChatParticipants):
            people = _people_in(told.participants, _by_marked_id(answer.users))
            members = tuple(people.values())
        return GroupSeen(chat_id, chat.title, status_in(chat), members=members)


def _by_marked_id(peers: list[Any]) -> dict[int, Any]:
    return {utils.get_peer_id(peer): peer for peer in peers}


def _people_in(participants: list[Any], peers: Peers) -> dict[int, Sender]:
    return {
        participant.user_id: to_sender(participant.user_id, peers)
        for participant in participants
        if hasattr(participant, "user_id") and status_of(participant, None).is_in
    }


def _title_of(channel_id: int | None, chats: Peers) -> str | None:
    if channel_id is None:
        return None
    marked = utils.get_peer_id(types.PeerChannel(channel_id))
    chat = chats.get(marked)
    return chat.title if chat is not None else str(marked)
