"""The Telegram of the tests: everybody and everything in it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hashlib import blake2b

from telethon.tl import types

from tests.loopback.rpc import Delivery, TlObject
from tests.loopback.world.basic_group import BasicGroup
from tests.loopback.world.behaviour import Behaviour
from tests.loopback.world.channel import Channel
from tests.loopback.world.chat import Chat
from tests.loopback.world.files import FileStore
from tests.loopback.world.group import USUAL_ADMIN_RIGHTS, Group
from tests.loopback.world.mailbox import Mailbox
from tests.loopback.world.media import MediaMaker
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.migration import migrate
from tests.loopback.world.pacing import Pacer, Violation
from tests.loopback.world.person import Person
from tests.loopback.world.private_chat import PrivateChat
from tests.loopback.world.sequence import Entry
from tests.loopback.world.supergroup import Supergroup
from tests.loopback.world.uploads import Uploads
from tests.loopback.world.view import View


class World(Behaviour):
    """A Telegram in memory. Its switches are the attributes of Behaviour.

    The same seed and the same calls give the same ids, hashes and dice. `clock` gives seconds
    since the epoch.
    """

    __slots__ = (
        "_chats",
        "_mailboxes",
        "_private",
        "_seed",
        "channels",
        "clock",
        "delivery",
        "exported",
        "files",
        "media",
        "pacer",
        "people",
        "random",
        "sent_by",
        "uploads",
    )

    def __init__(self, seed: int = 1, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._seed = seed
        self.clock = clock
        self.random = random.Random(seed)
        self.delivery: Delivery | None = None
        """The way to whoever is connected; the server sets it."""
        self.people: dict[int, Person] = {}
        self.channels: dict[int, Channel] = {}
        """Those for broadcasts, by their ids."""
        self.exported: dict[bytes, int] = {}
        """Authorization on its way to another data centre → the account."""
        self.sent_by: dict[tuple[int, int], StoredMessage] = {}
        """(Sender's id, random_id) → the message it made."""
        self.pacer = Pacer(self)
        self.files = FileStore(self)
        self.uploads = Uploads()
        self.media = MediaMaker(self)
        self._mailboxes: dict[int, Mailbox] = {}
        self._chats: dict[int, Group] = {}
        self._private: dict[frozenset[int], PrivateChat] = {}

    # Time and chance

    def now(self) -> datetime:
        """The time as Telegram keeps it: in whole seconds."""
        return datetime.fromtimestamp(int(self.clock()), UTC)

    def new_grouped_id(self) -> int:
        return self.random.getrandbits(62)

    def access_hash(self, viewer: Person, target: object) -> int:
        """The hash that is good for this viewer and this target alone. Never 0."""
        kind, number = type(target).__name__, getattr(target, "id", 0)
        digest = blake2b(
            f"{self._seed} {viewer.id} {kind} {number}".encode(), digest_size=8
        ).digest()
        return int.from_bytes(digest, "big", signed=True) or 1

    # People

    def add_user(
        self,
        first_name: str,
        *,
        username: str | None = None,
        last_name: str | None = None,
        phone: str | None = None,
    ) -> Person:
        """A human account; with a phone number it can sign in."""
        number = 5_000_000_001 + len(self.people)
        return self._settle(
            Person(number, first_name, last_name, username, phone.lstrip("+") if phone else None)
        )

    def add_bot(
        self,
        name: str,
        *,
        username: str,
        token: str | None = None,
        privacy: bool = True,
        may_join_groups: bool = True,
    ) -> Person:
        """A bot. Its id is the number that its token begins with."""
        token = token or f"{700_000_001 + len(self.people)}:{self._secret()}"
        return self._settle(
            Person(
                int(token.partition(":")[0]),
                name,
                username=username,
                token=token,
                privacy=privacy,
                may_join_groups=may_join_groups,
            )
        )

    def _secret(self) -> str:
        return "AA" + "".join(self.random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=33))

    def _settle(self, person: Person) -> Person:
        if person.id in self.people:
            raise ValueError(f"{person.id} is taken by {self.people[person.id]}")
        self.people[person.id] = person
        self._mailboxes[person.id] = Mailbox(person)
        return person

    def mailbox(self, person: Person) -> Mailbox:
        return self._mailboxes[person.id]

    def bot_by_token(self, token: str) -> Person | None:
        return next((p for p in self.people.values() if p.is_bot and p.token == token), None)

    def user_by_phone(self, phone: str) -> Person | None:
        number = phone.lstrip("+")
        return next((p for p in self.people.values() if p.phone == number), None)

    def by_username(self, username: str) -> Person | Supergroup | None:
        name = username.lower()
        everybody: Iterable[Person | Supergroup] = [*self.people.values(), *self.supergroups()]
        return next((x for x in everybody if (x.username or "").lower() == name), None)

    # Chats

    def add_supergroup(
        self,
        title: str,
        *,
        members: Iterable[Person] = (),
        admins: Iterable[Person] = (),
        creator: Person | None = None,
        username: str | None = None,
        protected: bool = False,
    ) -> Supergroup:
        """A supergroup whose members and admins joined before anybody looked; without a creator
        named it is somebody of whom no test need know."""
        owner = creator or self.add_user("Owner")
        group = Supergroup(self, self.new_channel_id(), title, owner)
        group.username = username
        self._found(group, members, admins, protected)
        group.service_message(owner, types.MessageActionChannelCreate(title))
        return group

    def add_basic_group(
        self,
        title: str,
        *,
        members: Iterable[Person] = (),
        admins: Iterable[Person] = (),
        creator: Person | None = None,
        protected: bool = False,
    ) -> BasicGroup:
        owner = creator or self.add_user("Owner")
        group = BasicGroup(self, 4_100_001 + len(self._chats), title, owner)
        self._found(group, members, admins, protected)
        others = [person.id for person in group.readers() if person is not owner]
        group.service_message(owner, types.MessageActionChatCreate(title, others))
        return group

    def add_channel(self, title: str, owner: Person, *, username: str | None = None) -> Channel:
        """A channel for broadcasts."""
        channel = Channel(2_900_000_001 + len(self.channels), title, owner, username)
        self.channels[channel.id] = channel
        return channel

    def _found(
        self, group: Group, members: Iterable[Person], admins: Iterable[Person], protected: bool
    ) -> None:
        self.adopt(group)
        group.protected = protected
        for person in dict.fromkeys([*members, *admins]):
            if person is not group.creator:
                group.enrol(person, group.creator)
        for person in admins:
            if person is not group.creator:
                member = group.members[person.id]
                rights = dict.fromkeys(USUAL_ADMIN_RIGHTS, True)
                member.admin_rights = types.ChatAdminRights(**rights)
                member.promoted_by = group.creator

    def migrate(self, group: BasicGroup) -> Supergroup:
        """Make a supergroup of a basic group."""
        return migrate(group)

    def adopt(self, group: Group) -> None:
        """Make a group known by its id."""
        self._chats[group.marked_id] = group

    def new_channel_id(self) -> int:
        return 1_900_000_001 + len(self._chats)

    def private(self, first: Person, second: Person) -> PrivateChat:
        """The conversation of two people, which begins when it is first asked for."""
        key = frozenset((first.id, second.id))
        if key not in self._private:
            self._private[key] = PrivateChat(self, first, second)
        return self._private[key]

    def chats(self) -> Iterator[Chat]:
        yield from self._chats.values()
        yield from self._private.values()

    def supergroups(self) -> Iterator[Supergroup]:
        return (chat for chat in self._chats.values() if isinstance(chat, Supergroup))

    def by_marked_id(self, marked_id: int) -> Group | None:
        return self._chats.get(marked_id)

    def group_of(self, peer: TlObject) -> Group | None:
        """The group that a PeerChat or PeerChannel names."""
        if isinstance(peer, types.PeerChannel):
            return self._chats.get(-(10**12 + peer.channel_id))
        return self._chats.get(-peer.chat_id)

    def behind(self, peer: TlObject) -> Person | Group | Channel | None:
        """Whom a Peer means."""
        if isinstance(peer, types.PeerUser):
            return self.people.get(peer.user_id)
        if isinstance(peer, types.PeerChannel) and peer.channel_id in self.channels:
            return self.channels[peer.channel_id]
        return self.group_of(peer)

    def common_groups(self, one: Person, other: Person) -> list[Group]:
        return [g for g in self._chats.values() if g.may_read(one) and g.may_read(other)]

    def have_met(self, one: Person, other: Person) -> bool:
        """Whether they share a group or have talked in private."""
        private = self._private.get(frozenset((one.id, other.id)))
        talked = private is not None and bool(private.history)
        return one is other or talked or bool(self.common_groups(one, other))

    # What happens

    def push(
        self, person: Person, entries: Iterable[Entry], *, except_session: int | None = None
    ) -> None:
        """Tell an account of events, if it is connected."""
        if self.delivery is not None and self.delivery.connections(person.id):
            updates = View(self, person).updates(entries)
            self.delivery.push(person.id, updates, except_session=except_session)

    def push_about(self, person: Person, chat: Chat, update: TlObject, *people: Person) -> None:
        """Tell an account of something that is in no pts sequence."""
        if self.delivery is not None and self.delivery.connections(person.id):
            parcel = View(self, person).parcel([update], chats=[chat], people=people)
            self.delivery.push(person.id, parcel)

    @property
    def violations(self) -> list[Violation]:
        """Sends by bots that were faster than Telegram allows, if `send_limits` is on."""
        return self.pacer.violations
