"""Groups in which each member counts the messages for himself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from telethon.tl import types

from tests.loopback.rpc import RpcError, TlObject
from tests.loopback.world.draft import Draft
from tests.loopback.world.group import Group
from tests.loopback.world.mailbox import record_in_mailboxes
from tests.loopback.world.membership import Member
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.participants import chat_participant
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.sequence import Entry, Event

if TYPE_CHECKING:
    from tests.loopback.world.supergroup import Supergroup
    from tests.loopback.world.world import World


class BasicGroup(Group):
    shares_ids: ClassVar[bool] = False

    def __init__(self, world: World, chat_id: int, title: str, creator: Person) -> None:
        super().__init__(world, chat_id, title, creator)
        self.migrated_to: Supergroup | None = None
        self.version = 1
        """Goes up with each change of the members."""
        self._going: Person | None = None

    @property
    def marked_id(self) -> int:
        return -self.id

    def peer(self, viewer: Person) -> TlObject:
        return types.PeerChat(self.id)

    def pts(self, viewer: Person) -> int:
        return self.world.mailbox(viewer).log.pts

    def find(self, viewer: Person, message_id: int) -> StoredMessage | None:
        message = self.world.mailbox(viewer).messages.get(message_id)
        if message is None or message.chat is not self or not message.seen_by(viewer):
            return None
        return message

    def record(
        self, event: Event, messages: tuple[StoredMessage, ...], actor: Person
    ) -> Iterator[tuple[Person, Entry]]:
        readers = list(self.readers())
        if self._going is not None:
            readers.append(self._going)
        if event is Event.DELETED and not self.world.deletions_reach_bots:
            readers = [person for person in readers if person is actor or not person.is_bot]
        return record_in_mailboxes(self.world, readers, event, messages)

    def check_may_write(self, sender: Person, draft: Draft) -> None:
        if self.migrated_to is not None:
            raise refusal("PEER_ID_INVALID")
        super().check_may_write(sender, draft)

    def stranger_refused(self, person: Person) -> RpcError:
        return refusal("CHAT_WRITE_FORBIDDEN" if person.id in self.bans else "CHAT_ID_INVALID")

    def membership_changed(
        self, person: Person, actor: Person, before: Member | None, action: TlObject | None
    ) -> None:
        self.version += 1
        if not self.world.membership_messages:
            self.world.push_about(person, self, types.UpdateChat(self.id))
        elif action is not None:
            # Whoever is put out still gets the message that says so.
            self._going = person if person.id not in self.members else None
            try:
                self.service_message(actor, action)
            finally:
                self._going = None
        self.tell_bots(person, actor, before)

    def participant_update(
        self, person: Person, actor: Person, before: Member | None, bot: Person
    ) -> TlObject:
        after = self.members.get(person.id)
        return types.UpdateChatParticipant(
            chat_id=self.id,
            date=self.world.now(),
            actor_id=actor.id,
            user_id=person.id,
            qts=self.world.mailbox(bot).next_qts(),
            prev_participant=None if before is None else chat_participant(before),
            new_participant=None if after is None else chat_participant(after),
        )
