"""Members as TL objects."""

from __future__ import annotations

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.membership import Ban, Member
from tests.loopback.world.person import Person


def channel_participant(member: Member, viewer: Person) -> TlObject:
    """A member of a supergroup as the viewer gets to know it."""
    person = member.person
    if member.creator:
        return types.ChannelParticipantCreator(person.id, admin_rights(member))
    if member.admin_rights is not None:
        promoter = member.promoted_by or member.inviter
        return types.ChannelParticipantAdmin(
            user_id=person.id,
            promoted_by=promoter.id,
            date=member.joined,
            admin_rights=member.admin_rights,
            is_self=person is viewer or None,
            inviter_id=member.inviter.id if person is viewer else None,
        )
    if member.restrictions is not None:
        restrictor = member.promoted_by or member.inviter
        return types.ChannelParticipantBanned(
            types.PeerUser(person.id), restrictor.id, member.joined, member.restrictions
        )
    if person is viewer:
        return types.ChannelParticipantSelf(person.id, member.inviter.id, member.joined)
    return types.ChannelParticipant(person.id, member.joined)


def banned_participant(ban: Ban) -> TlObject:
    return types.ChannelParticipantBanned(
        types.PeerUser(ban.person.id), ban.by.id, ban.date, ban.rights, left=True
    )


def chat_participant(member: Member) -> TlObject:
    """A member of a basic group."""
    if member.creator:
        return types.ChatParticipantCreator(member.person.id)
    make = types.ChatParticipant if member.admin_rights is None else types.ChatParticipantAdmin
    return make(member.person.id, member.inviter.id, member.joined)


def admin_rights(member: Member) -> TlObject | None:
    """The ChatAdminRights of a member; a creator has all."""
    if not member.creator:
        return member.admin_rights
    return types.ChatAdminRights(
        change_info=True,
        delete_messages=True,
        ban_users=True,
        invite_users=True,
        pin_messages=True,
        add_admins=True,
        manage_call=True,
        other=True,
    )
