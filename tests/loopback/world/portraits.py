"""People and groups as one account sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.basic_group import BasicGroup
from tests.loopback.world.channel import Channel
from tests.loopback.world.participants import admin_rights
from tests.loopback.world.person import Person
from tests.loopback.world.supergroup import Supergroup

if TYPE_CHECKING:
    from tests.loopback.world.group import Group
    from tests.loopback.world.world import World


class Portraits:
    """Draws what a viewer may see, with the access hashes that are good for this viewer alone."""

    __slots__ = ("viewer", "world")

    def __init__(self, world: World, viewer: Person) -> None:
        self.world = world
        self.viewer = viewer

    def user(self, person: Person) -> TlObject:
        itself = person is self.viewer
        return types.User(
            id=person.id,
            is_self=itself or None,
            bot=person.is_bot or None,
            bot_chat_history=(person.is_bot and not person.privacy) or None,
            bot_nochats=(person.is_bot and not person.may_join_groups) or None,
            bot_info_version=1 if person.is_bot else None,
            access_hash=self.world.access_hash(self.viewer, person),
            first_name=person.first_name,
            last_name=person.last_name,
            username=person.username,
            phone=person.phone if itself else None,
        )

    def group(self, group: Group) -> TlObject:
        return self.channel(group) if isinstance(group, Supergroup) else self.chat(group)

    def channel(self, group: Supergroup) -> TlObject:
        access_hash = self.world.access_hash(self.viewer, group)
        if self.viewer.id in group.bans:
            return types.ChannelForbidden(group.id, access_hash, group.title, megagroup=True)
        member = group.members.get(self.viewer.id)
        return types.Channel(
            id=group.id,
            title=group.title,
            photo=types.ChatPhotoEmpty(),
            date=group.created if member is None else member.joined,
            creator=(member is not None and member.creator) or None,
            left=member is None or None,
            megagroup=True,
            noforwards=group.protected or None,
            has_link=group.linked_channel is not None or None,
            access_hash=access_hash,
            username=group.username,
            admin_rights=None if member is None else admin_rights(member),
            banned_rights=None if member is None else member.restrictions,
            default_banned_rights=group.default_restrictions or types.ChatBannedRights(None),
            participants_count=len(group.members),
        )

    def linked_channel(self, group: Supergroup) -> TlObject | None:
        """The channel that the group is the discussion group of."""
        linked = group.linked_channel
        return None if linked is None else self.broadcast(linked)

    def broadcast(self, channel: Channel) -> TlObject:
        """A channel seen from outside."""
        return types.Channel(
            id=channel.id,
            title=channel.title,
            photo=types.ChatPhotoEmpty(),
            date=self.world.now(),
            left=True,
            broadcast=True,
            has_link=any(g.linked_channel is channel for g in self.world.supergroups()) or None,
            access_hash=1,
            username=channel.username,
        )

    def chat(self, group: Group) -> TlObject:
        assert isinstance(group, BasicGroup)
        if self.viewer.id in group.bans:
            return types.ChatForbidden(group.id, group.title)
        member = group.members.get(self.viewer.id)
        successor = group.migrated_to
        return types.Chat(
            id=group.id,
            title=group.title,
            photo=types.ChatPhotoEmpty(),
            participants_count=len(group.members),
            date=group.created if member is None else member.joined,
            version=group.version,
            creator=(member is not None and member.creator) or None,
            left=member is None or None,
            deactivated=successor is not None or None,
            noforwards=group.protected or None,
            migrated_to=None if successor is None else self.input_channel(successor),
            admin_rights=None if member is None else admin_rights(member),
            default_banned_rights=group.default_restrictions or types.ChatBannedRights(None),
        )

    def input_channel(self, group: Supergroup) -> TlObject:
        return types.InputChannel(group.id, self.world.access_hash(self.viewer, group))
