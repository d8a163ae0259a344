"""A conversation of two people, or of a person and a bot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.chat import Chat
from tests.loopback.world.draft import Draft
from tests.loopback.world.mailbox import record_in_mailboxes
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.sequence import Entry, Event

if TYPE_CHECKING:
    from tests.loopback.world.world import World


class PrivateChat(Chat):
    shares_ids: ClassVar[bool] = False

    def __init__(self, world: World, first: Person, second: Person) -> None:
        super().__init__(world, first.id, f"{first.full_name} and {second.full_name}")
        self.people = (first, second)

    @property
    def marked_id(self) -> int:
        """The id of the user, as the bot's configuration has it; of the first where both are
        users."""
        first, second = self.people
        return second.id if first.is_bot else first.id

    def other(self, person: Person) -> Person:
        first, second = self.people
        return second if person is first else first

    def peer(self, viewer: Person) -> TlObject:
        return types.PeerUser(self.other(viewer).id)

    def readers(self) -> Iterable[Person]:
        return dict.fromkeys(self.people)

    def may_read(self, person: Person) -> bool:
        return person in self.people

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
        return record_in_mailboxes(self.world, self.readers(), event, messages)

    def hide(self, message: StoredMessage) -> None:
        """Both see everything."""

    def is_anonymous(self, sender: Person) -> bool:
        return False

    def is_admin(self, person: Person) -> bool:
        return False

    def check_may_write(self, sender: Person, draft: Draft) -> None:
        """Raises what a bot gets that writes to a bot, to somebody who blocked it, or to somebody
        who never wrote to it."""
        other = self.other(sender)
        if sender.is_bot and other.is_bot:
            raise refusal("USER_IS_BOT")
        if sender.id in other.blocked:
            raise refusal("USER_IS_BLOCKED")
        if sender.is_bot and not any(m.sender is other for m in self.history):
            raise refusal("PEER_ID_INVALID")

    def check_may_delete(self, actor: Person, message: StoredMessage) -> None:
        if actor not in self.people:
            raise refusal("MESSAGE_DELETE_FORBIDDEN")
