"""What supergroups, basic groups and private chats have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from tests.loopback.rpc import TlObject
from tests.loopback.world import sending
from tests.loopback.world.channel import Channel
from tests.loopback.world.draft import Draft
from tests.loopback.world.forwarding import copies
from tests.loopback.world.message import Quote, StoredMessage
from tests.loopback.world.person import Person
from tests.loopback.world.reactions import react
from tests.loopback.world.sequence import Entry, Event
from tests.loopback.world.waiting import Predicate, Watchers

if TYPE_CHECKING:
    from tests.loopback.world.world import World


class Chat(ABC):
    """A conversation. The methods named for what people do (`say`, `edit`, …) do it as the person
    would: rights are checked, and everybody connected is told."""

    shares_ids: ClassVar[bool]
    """Whether a message has one id for all (supergroups), or one for each account."""

    def __init__(self, world: World, chat_id: int, title: str) -> None:
        self.world = world
        self.id = chat_id
        self.title = title
        self.protected = False
        """Content protection: nothing may be forwarded out of it."""
        self.history: list[StoredMessage] = []
        """Everything that was ever here, service messages and deleted ones too."""
        self.watchers = Watchers()

    @property
    @abstractmethod
    def marked_id(self) -> int:
        """The id as configuration files have it: -100… for supergroups, -… for basic groups."""

    @abstractmethod
    def peer(self, viewer: Person) -> TlObject:
        """The Peer that this chat is for one of its members."""

    @abstractmethod
    def readers(self) -> Iterable[Person]:
        """Who is in it."""

    @abstractmethod
    def may_read(self, person: Person) -> bool:
        """Whether the person is in it."""

    @abstractmethod
    def record(
        self, event: Event, messages: tuple[StoredMessage, ...], actor: Person
    ) -> Iterator[tuple[Person, Entry]]:
        """Put what somebody did in the sequences it belongs to; yields each person who may know of
        it with the entry to be told."""

    @abstractmethod
    def find(self, viewer: Person, message_id: int) -> StoredMessage | None:
        """The message that the viewer knows by this id, deleted ones too; None if there is none
        or it is hidden from the viewer."""

    @abstractmethod
    def pts(self, viewer: Person) -> int:
        """Where the sequence stands that counts this chat's events for the viewer."""

    @abstractmethod
    def hide(self, message: StoredMessage) -> None:
        """Note whom the message is hidden from."""

    @abstractmethod
    def is_anonymous(self, sender: Person) -> bool:
        """Whether what this person writes appears in the name of the group."""

    @abstractmethod
    def is_admin(self, person: Person) -> bool:
        """Whether the person has more rights here than others."""

    @abstractmethod
    def check_may_write(self, sender: Person, draft: Draft) -> None:
        """Raise RpcError if the person may not send this here."""

    @abstractmethod
    def check_may_delete(self, actor: Person, message: StoredMessage) -> None:
        """Raise RpcError if the person may not delete this for everybody."""

    @property
    def messages(self) -> list[StoredMessage]:
        """What people said and did not delete, oldest first."""
        return [m for m in self.history if m.action is None and not m.deleted]

    def visible_to(self, viewer: Person) -> list[StoredMessage]:
        """What the viewer finds here, service messages too, oldest first."""
        return [m for m in self.history if not m.deleted and m.seen_by(viewer)]

    def top_id(self, viewer: Person) -> int:
        """The viewer's id of the newest message that is not deleted, 0 if there is none."""
        for message in reversed(self.history):
            if not message.deleted and (known := message.id_for(viewer)) is not None:
                return known
        return 0

    def say(
        self,
        sender: Person,
        text: str = "",
        *,
        reply_to: StoredMessage | None = None,
        quote: str | None = None,
        entities: Iterable[TlObject] = (),
        media: TlObject | None = None,
        grouped_id: int | None = None,
        via_bot: Person | None = None,
        anonymous: bool = False,
        send_as: Channel | None = None,
        silent: bool = False,
    ) -> StoredMessage:
        """Write a message; `media` is stored TL media, as `world.media` makes it; `send_as` is a
        channel of the sender's. Raises RpcError if the sender may not."""
        draft = Draft(
            text=text,
            entities=tuple(entities),
            media=media,
            reply_to=reply_to,
            quote=None if quote is None else Quote(quote),
            grouped_id=grouped_id,
            via_bot=via_bot,
            anonymous=anonymous,
            send_as=send_as,
            silent=silent,
        )
        return sending.send(self, sender, [draft]).messages[0]

    def album(
        self,
        sender: Person,
        media: Iterable[TlObject],
        caption: str = "",
        *,
        at: int = 0,
        reply_to: StoredMessage | None = None,
    ) -> list[StoredMessage]:
        """Send several media as one group, the caption under the first, or under that at the place
        `at`."""
        grouped_id = self.world.new_grouped_id()
        drafts = [
            Draft(
                text=caption if index == at else "",
                media=item,
                reply_to=reply_to,
                grouped_id=grouped_id,
            )
            for index, item in enumerate(media)
        ]
        return sending.send(self, sender, drafts).messages

    def forward(
        self, sender: Person, *messages: StoredMessage, drop_author: bool = False
    ) -> list[StoredMessage]:
        """Forward messages, of this chat or of others, to this chat."""
        drafts = copies(messages, [None] * len(messages), drop_author=drop_author)
        return sending.send(self, sender, drafts).messages

    def react(self, person: Person, message: StoredMessage, *emoji: str) -> None:
        """Put reactions in place of those that the person gave before."""
        react(message, person, *emoji)

    def edit(
        self,
        message: StoredMessage,
        text: str | None = None,
        *,
        entities: Iterable[TlObject] = (),
        media: TlObject | None = None,
    ) -> None:
        """Change a message as its sender would; what is None stays."""
        sending.edit(message, message.sender, text=text, entities=tuple(entities), media=media)

    def delete(self, *messages: StoredMessage, by: Person | None = None) -> None:
        """Delete for everybody, as its sender would or as somebody else."""
        sending.delete(self, by or messages[0].sender, messages)

    async def wait_for(
        self,
        predicate: Predicate,
        timeout: float = 10,  # noqa: ASYNC109 - says what was missing, a bare timeout cannot
        *,
        after: StoredMessage | None = None,
    ) -> StoredMessage:
        """The first message, of those here and those still to come, that fulfils the predicate;
        `after` leaves out what is not newer than it. Edits are looked at again. Raises
        TimeoutError, with the end of the conversation, after `timeout` seconds."""
        start = 0 if after is None else self.history.index(after) + 1
        old = set(self.history[:start])
        for message in self.history[start:]:
            if not message.deleted and message.action is None and predicate(message):
                return message

        def wanted(message: StoredMessage) -> bool:
            return message not in old and message.action is None and predicate(message)

        try:
            return await self.watchers.wait(wanted, timeout)
        except TimeoutError:
            raise TimeoutError(
                f"nothing like it in {self.title!r} within {timeout} s; last: {self.messages[-5:]}"
            ) from None

    def service_message(
        self, actor: Person, action: TlObject, *, session: int | None = None
    ) -> sending.Sent:
        """Put a service message in the chat."""
        message = StoredMessage(self, actor, self.world.now(), action=action)
        return sending.publish(self, actor, [message], session=session)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title!r} {self.marked_id}>"
