"""What Telegram tells of people in groups, as the relay reads it."""

from __future__ import annotations

from typing import Any

import pytest
from telethon.tl import types

from daemon.core.membership import Membership, MemberStatus
from daemon.core.model import ChatId, Sender
from daemon.telegram.membership import changed_in, memberships_in, status_in, status_of
from tests.unit.tl import (
    BASIC_GROUP,
    CHANNEL_ID,
    DATE,
    GROUP,
    MARKED,
    a_basic_group,
    a_channel,
    a_new,
    a_user,
)

NO_WRITING = types.ChatBannedRights(None, send_messages=True)
NO_TEXTS = types.ChatBannedRights(None, send_plain=True)
NO_MEDIA = types.ChatBannedRights(None, send_media=True)
NO_READING = types.ChatBannedRights(None, view_messages=True)
RIGHTS = types.ChatAdminRights(ban_users=True)


def banned(rights: Any, left: bool = False) -> Any:
    return types.ChannelParticipantBanned(types.PeerUser(11), 12, DATE, rights, left=left)


PLAIN = types.ChannelParticipant(11, DATE)


@pytest.mark.parametrize(
    "participant, status",
    [
        (None, MemberStatus.LEFT),
        (types.ChannelParticipantLeft(types.PeerUser(11)), MemberStatus.LEFT),
        (banned(NO_READING, left=True), MemberStatus.LEFT),
        (banned(NO_READING), MemberStatus.LEFT),
        (banned(NO_WRITING, left=True), MemberStatus.LEFT),
        (banned(NO_WRITING), MemberStatus.MUTED),
        (banned(NO_TEXTS), MemberStatus.MUTED),
        (banned(NO_MEDIA), MemberStatus.MEMBER),
        (PLAIN, MemberStatus.MEMBER),
        (types.ChannelParticipantSelf(11, 12, DATE), MemberStatus.MEMBER),
        (types.ChannelParticipantAdmin(11, 12, DATE, RIGHTS), MemberStatus.ADMIN),
        (types.ChannelParticipantCreator(11, RIGHTS), MemberStatus.ADMIN),
        (types.ChatParticipant(11, 12, DATE), MemberStatus.MEMBER),
        (types.ChatParticipantAdmin(11, 12, DATE), MemberStatus.ADMIN),
        (types.ChatParticipantCreator(11), MemberStatus.ADMIN),
    ],
)
def test_what_a_participant_is(participant: Any, status: MemberStatus) -> None:
    for chat in (None, a_channel(), a_channel(default_banned_rights=NO_MEDIA)):
        assert status_of(participant, chat) is status


@pytest.mark.parametrize("rights", [NO_WRITING, NO_TEXTS])
def test_what_all_may_not_do_only_admins_may(rights: Any) -> None:
    chat = a_channel(default_banned_rights=rights)
    assert status_of(PLAIN, chat) is MemberStatus.MUTED
    admin = types.ChannelParticipantAdmin(11, 12, DATE, RIGHTS)
    assert status_of(admin, chat) is MemberStatus.ADMIN
    assert status_of(None, chat) is MemberStatus.LEFT


@pytest.mark.parametrize(
    "chat, status",
    [
        (a_channel(), MemberStatus.MEMBER),
        (a_channel(creator=True), MemberStatus.ADMIN),
        (a_channel(admin_rights=RIGHTS), MemberStatus.ADMIN),
        (a_channel(admin_rights=RIGHTS, default_banned_rights=NO_WRITING), MemberStatus.ADMIN),
        (a_channel(banned_rights=NO_WRITING), MemberStatus.MUTED),
        (a_channel(default_banned_rights=NO_WRITING), MemberStatus.MUTED),
        (a_channel(default_banned_rights=NO_MEDIA), MemberStatus.MEMBER),
        (a_channel(left=True), MemberStatus.LEFT),
        (types.ChannelForbidden(CHANNEL_ID, 1, "Acme", megagroup=True), MemberStatus.LEFT),
        (a_basic_group(), MemberStatus.MEMBER),
        (types.ChatForbidden(4242, "Acme"), MemberStatus.LEFT),
        (types.ChatEmpty(4242), MemberStatus.LEFT),
    ],
)
def test_what_we_are_in_a_group(chat: Any, status: MemberStatus) -> None:
    assert status_in(chat) is status


def test_a_change_is_told_with_whom_it_concerns_and_who_made_it() -> None:
    update = types.UpdateChannelParticipant(
        CHANNEL_ID, DATE, actor_id=12, user_id=11, qts=5, new_participant=PLAIN
    )
    peers = {MARKED: a_channel(), 11: a_user(username="alice"), 12: a_user(12, "Bob")}
    assert memberships_in(update, peers) == [
        Membership(
            ChatId(MARKED),
            "Customer Support",
            Sender(ChatId(11), "Alice", "alice"),
            before=MemberStatus.LEFT,
            after=MemberStatus.MEMBER,
            actor=Sender(ChatId(12), "Bob"),
            date=int(DATE.timestamp()),
        )
    ]


def test_a_change_in_a_basic_group_is_told_likewise_and_without_names() -> None:
    update = types.UpdateChatParticipant(
        4242,
        DATE,
        actor_id=12,
        user_id=11,
        qts=5,
        prev_participant=types.ChatParticipant(11, 12, DATE),
    )
    (change,) = memberships_in(update, {})
    assert (change.chat_id, change.chat_title) == (-4242, "-4242")
    assert (change.person.id, change.person.name) == (11, "11")
    assert (change.before, change.after) == (MemberStatus.MEMBER, MemberStatus.LEFT)


def by_message(action: Any, peer: Any = GROUP) -> list[tuple[int, MemberStatus, int | None]]:
    """Whom a service message of user 12 tells of: person, status, actor."""
    message = types.MessageService(
        7, peer_id=peer, date=DATE, action=action, from_id=types.PeerUser(12)
    )
    changes = memberships_in(a_new(message), {})
    assert {change.before for change in changes} <= {None}
    return [(c.person.id, c.after, c.actor.id if c.actor else None) for c in changes]


@pytest.mark.parametrize("peer", [GROUP, BASIC_GROUP])
def test_service_messages_tell_who_came_and_who_went(peer: Any) -> None:
    came, went = MemberStatus.MEMBER, MemberStatus.LEFT
    assert by_message(types.MessageActionChatAddUser([11, 13]), peer) == [
        (11, came, 12),
        (13, came, 12),
    ]
    assert by_message(types.MessageActionChatCreate("Acme", [11]), peer) == [(11, came, 12)]
    assert by_message(types.MessageActionChatJoinedByLink(13), peer) == [(12, came, 12)]
    assert by_message(types.MessageActionChatJoinedByRequest(), peer) == [(12, came, 12)]
    assert by_message(types.MessageActionChatDeleteUser(11), peer) == [(11, went, 12)]
    assert by_message(types.MessageActionPinMessage(), peer) == []


def test_somebody_who_comes_where_nobody_may_write_is_muted() -> None:
    message = types.MessageService(
        7, peer_id=GROUP, date=DATE, action=types.MessageActionChatAddUser([11])
    )
    peers = {MARKED: a_channel(default_banned_rights=NO_WRITING)}
    (change,) = memberships_in(a_new(message), peers)
    assert change.after is MemberStatus.MUTED


@pytest.mark.parametrize(
    "update, chat_id",
    [
        (types.UpdateChannel(CHANNEL_ID), MARKED),
        (types.UpdateChat(4242), -4242),
        (types.UpdateChatDefaultBannedRights(GROUP, NO_WRITING, 1), MARKED),
        (types.UpdateChatDefaultBannedRights(BASIC_GROUP, NO_WRITING, 1), -4242),
        (types.UpdateChatParticipants(types.ChatParticipantsForbidden(4242)), -4242),
        (types.UpdateChatParticipantAdd(4242, 11, 12, DATE, 2), -4242),
        (types.UpdateChatParticipantAdmin(4242, 11, True, 2), -4242),
        (types.UpdateChatParticipantDelete(4242, 11, 2), -4242),
    ],
)
def test_updates_that_do_not_say_what_changed_name_the_group(update: Any, chat_id: int) -> None:
    assert changed_in(update, {}) == chat_id
    assert memberships_in(update, {}) == []


def test_a_channel_is_no_group() -> None:
    peers = {MARKED: a_channel(megagroup=False, broadcast=True)}
    update = types.UpdateChannelParticipant(
        CHANNEL_ID, DATE, actor_id=12, user_id=11, qts=5, new_participant=PLAIN
    )
    assert memberships_in(update, peers) == []
    assert changed_in(types.UpdateChannel(CHANNEL_ID), peers) is None


def test_other_updates_tell_nothing_of_groups() -> None:
    for update in (types.UpdateMessageID(1, 2), types.UpdateUserName(11, "A", "B", [])):
        assert memberships_in(update, {}) == []
        assert changed_in(update, {}) is None
