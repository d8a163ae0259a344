"""Groups that count their own messages and events: the `megagroup` kind of channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from telethon.tl import types

from tests.loopback.rpc import RpcError, TlObject
from tests.loopback.world import sending
from tests.loopback.world.channel import Channel
from tests.loopback.world.draft import Draft
from tests.loopback.world.group import Group
from tests.loopback.world.membership import Member
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.participants import banned_participant, channel_participant
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.sequence import Entry, Event, Sequence

if TYPE_CHECKING:
    from tests.loopback.world.basic_group import BasicGroup
    from tests.loopback.world.world import World

MARK = 10**12
"""Added to a channel's id in marked ids; https://core.telegram.org/api/bots/ids"""


class Supergroup(Group):
    shares_ids: ClassVar[bool] = True

    def __init__(self, world: World, chat_id: int, title: str, creator: Person) -> None:
        super().__init__(world, chat_id, title, creator)
        self.username: str | None = None
        """A group that has one is public: strangers may look in."""
        self.linked_channel: Channel | None = None
        """The channel that it is the discussion group of."""
        self.log = Sequence()
        self.migrated_from: BasicGroup | None = None
        self._by_id: dict[int, StoredMessage] = {}
        self._next_id = 1

    @property
    def marked_id(self) -> int:
        return -(MARK + self.id)

    def peer(self, viewer: Person) -> TlObject:
        return types.PeerChannel(self.id)

    def pts(self, viewer: Person) -> int:
        return self.log.pts

    def find(self, viewer: Person, message_id: int) -> StoredMessage | None:
        message = self._by_id.get(message_id)
        return message if message is not None and message.seen_by(viewer) else None

    def record(
        self, event: Event, messages: tuple[StoredMessage, ...], actor: Person
    ) -> Iterator[tuple[Person, Entry]]:
        if event is Event.NEW:
            for message in messages:
                message.shared_id = self._next_id
                self._by_id[self._next_id] = message
                self._next_id += 1
        entry = self.log.record(event, messages, self.world.now())
        for person in self.readers():
            if person is actor or self.may_know(person, entry):
                yield person, entry

    def may_know(self, person: Person, entry: Entry) -> bool:
        """Whether an event is told to a member. The pts moves all the same: to a bot hidden
        events are steps without content."""
        if entry.event is Event.DELETED and person.is_bot and not self.world.deletions_reach_bots:
            return False
        return any(message.seen_by(person) for message in entry.messages)

    def stranger_refused(self, person: Person) -> RpcError:
        if self.username is not None and person.id not in self.bans:
            return refusal("CHAT_WRITE_FORBIDDEN")
        return refusal("CHANNEL_PRIVATE")

    def membership_changed(
        self, person: Person, actor: Person, before: Member | None, action: TlObject | None
    ) -> None:
        if action is not None and self.world.membership_messages:
            self.service_message(actor, action)
        self.world.push_about(person, self, types.UpdateChannel(self.id))
        self.tell_bots(person, actor, before)

    def participant_update(
        self, person: Person, actor: Person, before: Member | None, bot: Person
    ) -> TlObject:
        after = self.members.get(person.id)
        ban = self.bans.get(person.id)
        new = None if ban is None else banned_participant(ban)
        return types.UpdateChannelParticipant(
            channel_id=self.id,
            date=self.world.now(),
            actor_id=actor.id,
            user_id=person.id,
            qts=self.world.mailbox(bot).next_qts(),
            prev_participant=None if before is None else channel_participant(before, bot),
            new_participant=new if after is None else channel_participant(after, bot),
        )

    def publish(self, username: str | None) -> None:
        """Give the group a username, which makes it public; None: make it private."""
        self.username = username
        self._changed()

    def link(self, channel: str | None) -> None:
        """Make it the discussion group of a new channel of its creator's with this title; None: of
        none. https://core.telegram.org/api/discussion"""
        self.linked_channel = self.world.add_channel(channel, self.creator) if channel else None
        self._changed()

    def forward_post(self, text: str, *, media: TlObject | None = None) -> StoredMessage:
        """Somebody posts in the linked channel, and Telegram forwards it here by itself."""
        channel = self.linked_channel
        assert channel is not None
        channel.posts += 1
        peer = types.PeerChannel(channel.id)
        header = types.MessageFwdHeader(
            self.world.now(),
            from_id=peer,
            channel_post=channel.posts,
            saved_from_peer=peer,
            saved_from_msg_id=channel.posts,
        )
        draft = Draft(text=text, media=media, forward=header, send_as=channel)
        return sending.send(self, channel.owner, [draft]).messages[0]

    def _changed(self) -> None:
        for person in self.readers():
            self.world.push_about(person, self, types.UpdateChannel(self.id))
