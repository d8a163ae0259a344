"""What supergroups and basic groups have in common: people who come, go and rise."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING

from telethon.tl import types

from tests.loopback.rpc import RpcError, TlObject
from tests.loopback.world import permissions, visibility
from tests.loopback.world.chat import Chat
from tests.loopback.world.draft import Draft
from tests.loopback.world.membership import Ban, Member
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal

if TYPE_CHECKING:
    from tests.loopback.world.world import World

USUAL_ADMIN_RIGHTS = (
    "change_info",
    "delete_messages",
    "ban_users",
    "invite_users",
    "pin_messages",
    "manage_call",
    "other",
)
"""What an admin gets who is promoted without naming any right."""


class Group(Chat):
    def __init__(self, world: World, chat_id: int, title: str, creator: Person) -> None:
        super().__init__(world, chat_id, title)
        self.created = world.now()
        self.creator = creator
        self.members: dict[int, Member] = {
            creator.id: Member(creator, self.created, creator, creator=True)
        }
        self.bans: dict[int, Ban] = {}
        self.default_restrictions: TlObject | None = None
        """ChatBannedRights of everybody who is not an admin."""

    # What the world asks of a chat

    def readers(self) -> Iterable[Person]:
        return [member.person for member in self.members.values()]

    def may_read(self, person: Person) -> bool:
        return person.id in self.members

    def hide(self, message: StoredMessage) -> None:
        message.hidden_from = visibility.hidden_from(self, message)

    def is_anonymous(self, sender: Person) -> bool:
        member = self.members.get(sender.id)
        return member is not None and bool(getattr(member.admin_rights, "anonymous", False))

    def is_admin(self, person: Person) -> bool:
        member = self.members.get(person.id)
        return member is not None and member.is_admin

    def check_may_write(self, sender: Person, draft: Draft) -> None:
        if sender.id not in self.members:
            raise self.stranger_refused(sender)
        permissions.check_may_write(self, sender, draft)

    def check_may_delete(self, actor: Person, message: StoredMessage) -> None:
        member = self.members.get(actor.id)
        if member is None:
            raise self.stranger_refused(actor)
        if message.sender is not actor and not member.may("delete_messages"):
            raise refusal("MESSAGE_DELETE_FORBIDDEN")

    @abstractmethod
    def stranger_refused(self, person: Person) -> RpcError:
        """What somebody gets who is not in the group and acts as if."""

    @abstractmethod
    def membership_changed(
        self, person: Person, actor: Person, before: Member | None, action: TlObject | None
    ) -> None:
        """Tell of somebody who came, went or changed in rights; `action` is that of the service
        message that goes with it."""

    @abstractmethod
    def participant_update(
        self, person: Person, actor: Person, before: Member | None, bot: Person
    ) -> TlObject:
        """What a bot is told of somebody who came, went or changed in rights."""

    def tell_bots(self, person: Person, actor: Person, before: Member | None) -> None:
        """Bots are told about themselves, and as admins about all.
        https://core.telegram.org/constructor/updateChannelParticipant"""
        if not self.world.participant_updates:
            return
        told = [m.person for m in self.members.values() if m.person.is_bot and m.is_admin]
        if person.is_bot and person not in told:
            told.append(person)
        for bot in told:
            update = self.participant_update(person, actor, before, bot)
            self.world.mailbox(bot).note(update)
            self.world.push_about(bot, self, update, person, actor)

    # What people do

    def add(self, *people: Person, by: Person | None = None) -> None:
        """Add people, as the creator unless said otherwise. Somebody banned may come again."""
        actor = by or self.creator
        for person in people:
            if person.is_bot and not person.may_join_groups:
                raise refusal("BOT_GROUPS_BLOCKED")
            if person.id in self.members:
                raise refusal("USER_ALREADY_PARTICIPANT")
            self.enrol(person, actor)
            action = types.MessageActionChatAddUser([person.id])
            self.membership_changed(person, actor, None, action)

    def join(self, person: Person) -> None:
        """Come in by an invite link of the creator's."""
        if person.id in self.members:
            raise refusal("USER_ALREADY_PARTICIPANT")
        self.enrol(person, self.creator)
        action = types.MessageActionChatJoinedByLink(self.creator.id)
        self.membership_changed(person, person, None, action)

    def enrol(self, person: Person, inviter: Person) -> Member:
        """Make somebody a member without telling anybody."""
        self.bans.pop(person.id, None)
        member = Member(person, self.world.now(), inviter)
        self.members[person.id] = member
        return member

    def kick(self, person: Person, *, by: Person | None = None, ban: bool = True) -> None:
        """Put somebody out; with `ban` they may not come back by themselves."""
        actor = by or self.creator
        before = self.members.pop(person.id)
        if ban:
            rights = types.ChatBannedRights(None, view_messages=True)
            self.bans[person.id] = Ban(person, actor, self.world.now(), rights)
        action = types.MessageActionChatDeleteUser(person.id)
        self.membership_changed(person, actor, before, action)

    def leave(self, person: Person) -> None:
        self.kick(person, by=person, ban=False)

    def promote(self, person: Person, *, by: Person | None = None, **rights: bool) -> None:
        """Make somebody an admin with these rights of ChatAdminRights, or the usual ones."""
        actor = by or self.creator
        before = self.members[person.id]
        given = rights or dict.fromkeys(USUAL_ADMIN_RIGHTS, True)
        self.members[person.id] = Member(
            person,
            before.joined,
            before.inviter,
            before.creator,
            admin_rights=types.ChatAdminRights(**given),
            promoted_by=actor,
        )
        self.membership_changed(person, actor, before, None)

    def demote(self, person: Person, *, by: Person | None = None) -> None:
        before = self.members[person.id]
        self.members[person.id] = Member(person, before.joined, before.inviter)
        self.membership_changed(person, by or self.creator, before, None)

    def restrict(self, person: Person, *, by: Person | None = None, **denied: bool) -> None:
        """Deny a member these rights of ChatBannedRights, `send_messages` if none is named.
        `send_messages=False` alone gives all rights back."""
        before = self.members[person.id]
        rights = types.ChatBannedRights(None, **(denied or {"send_messages": True}))
        self.members[person.id] = Member(
            person,
            before.joined,
            before.inviter,
            promoted_by=by or self.creator,
            restrictions=rights if any(denied.values()) or not denied else None,
        )
        self.membership_changed(person, by or self.creator, before, None)

    def restrict_all(self, **denied: bool) -> None:
        """Deny everybody but admins these rights of ChatBannedRights."""
        self.default_restrictions = types.ChatBannedRights(None, **denied)
        self.default_rights_changed()

    def default_rights_changed(self) -> None:
        """Tell everybody: https://core.telegram.org/constructor/updateChatDefaultBannedRights"""
        for person in self.readers():
            update = types.UpdateChatDefaultBannedRights(
                self.peer(person), self.default_restrictions, 1
            )
            self.world.push_about(person, self, update)
