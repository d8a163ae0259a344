"""A message as it is stored once for all who read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tests.loopback.rpc import TlObject

if TYPE_CHECKING:
    from tests.loopback.world.channel import Channel
    from tests.loopback.world.chat import Chat
    from tests.loopback.world.person import Person


@dataclass(frozen=True, slots=True)
class Quote:
    """The part of the replied-to message that a reply quotes."""

    text: str
    entities: tuple[TlObject, ...] = ()
    offset: int | None = None


@dataclass(slots=True, eq=False)
class StoredMessage:
    """A message, or a service message if it has an `action`.

    In a supergroup it has one id; in basic groups and private chats each account counts for
    itself, so that the same message has as many ids as readers.
    """

    chat: Chat
    sender: Person
    date: datetime
    text: str = ""
    entities: list[TlObject] = field(default_factory=list)
    media: TlObject = None
    """MessageMedia, or None."""
    reply_to: StoredMessage | None = None
    quote: Quote | None = None
    forward: TlObject = None
    """MessageFwdHeader, if it is a forward that names where it is from."""
    action: TlObject = None
    """MessageAction of a service message."""
    random_id: int | None = None
    grouped_id: int | None = None
    via_bot: Person | None = None
    reply_markup: TlObject | None = None
    silent: bool = False
    protected: bool = False
    """Sent with `noforwards`."""
    anonymous: bool = False
    """Sent by an admin in the name of the group."""
    send_as: Channel | None = None
    """The channel in whose name it was sent: it is signed by nobody."""
    edit_date: datetime | None = None
    deleted: bool = False
    reactions: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Emoji by the id of who reacted."""
    hidden_from: set[int] = field(default_factory=set)
    """Ids of accounts that may not see it: bots it is kept from, people who deleted it for
    themselves."""
    shared_id: int | None = None
    own_ids: dict[int, int] = field(default_factory=dict)
    """Account id → its id for the message, where ids are not shared."""

    @property
    def id(self) -> int:
        """The id of a supergroup's message; elsewhere the id its sender knows it by."""
        return self.own_ids[self.sender.id] if self.shared_id is None else self.shared_id

    def id_for(self, person: Person) -> int | None:
        """The id that this account knows the message by; None if it never got it."""
        return self.own_ids.get(person.id) if self.shared_id is None else self.shared_id

    def seen_by(self, person: Person) -> bool:
        return person.id not in self.hidden_from and self.id_for(person) is not None

    def __repr__(self) -> str:
        what = self.text or type(self.action or self.media).__name__
        return f"<{self.id} {self.sender.full_name}: {what[:60]!r}>"
