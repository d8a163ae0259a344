"""Messages and events as one account sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.channel import Channel
from tests.loopback.world.entities import piece
from tests.loopback.world.group import Group
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.person import Person
from tests.loopback.world.portraits import Portraits
from tests.loopback.world.private_chat import PrivateChat
from tests.loopback.world.reactions import summary
from tests.loopback.world.sequence import Entry, Event

if TYPE_CHECKING:
    from tests.loopback.world.chat import Chat
    from tests.loopback.world.sending import Sent
    from tests.loopback.world.world import World


class View:
    """The world through the eyes of one account: renders TL objects for it."""

    __slots__ = ("portraits", "viewer", "world")

    def __init__(self, world: World, viewer: Person) -> None:
        self.world = world
        self.viewer = viewer
        self.portraits = Portraits(world, viewer)

    # Messages

    def message(self, message: StoredMessage) -> TlObject:
        """The message as this account gets it, with the account's own id for it."""
        outgoing = message.sender is self.viewer
        common = {
            "id": message.id_for(self.viewer),
            "peer_id": message.chat.peer(self.viewer),
            "date": message.date,
            "out": outgoing or None,
            "from_id": self._sender(message, outgoing),
            "reply_to": self._reply_header(message),
            "silent": message.silent or None,
        }
        if message.action is not None:
            return types.MessageService(action=message.action, **common)
        return types.Message(
            message=message.text,
            entities=message.entities or None,
            media=self.world.files.renewed(message.media),
            mentioned=(not outgoing and self._is_mentioned(message)) or None,
            fwd_from=message.forward,
            via_bot_id=None if message.via_bot is None else message.via_bot.id,
            reply_markup=message.reply_markup,
            edit_date=message.edit_date,
            grouped_id=message.grouped_id,
            noforwards=message.protected or None,
            reactions=summary(message, self.viewer) if message.reactions else None,
            **common,
        )

    def _sender(self, message: StoredMessage, outgoing: bool) -> TlObject | None:
        if message.send_as is not None:
            return types.PeerChannel(message.send_as.id)
        if message.anonymous:
            return message.chat.peer(self.viewer)
        if isinstance(message.chat, PrivateChat) and not outgoing:
            return None  # the peer says who it was
        return types.PeerUser(message.sender.id)

    def _reply_header(self, message: StoredMessage) -> TlObject | None:
        target = message.reply_to
        if target is None or (target_id := target.id_for(self.viewer)) is None:
            return None
        elsewhere = target.chat is not message.chat
        header = types.MessageReplyHeader(
            reply_to_msg_id=target_id,
            reply_to_peer_id=target.chat.peer(self.viewer) if elsewhere else None,
        )
        if message.quote is not None:
            header.quote = True
            header.quote_text = message.quote.text
            header.quote_entities = list(message.quote.entities) or None
            header.quote_offset = message.quote.offset
        return header

    def _is_mentioned(self, message: StoredMessage) -> bool:
        if message.reply_to is not None and message.reply_to.sender is self.viewer:
            return True
        name = f"@{self.viewer.username}".lower()
        return any(
            (
                isinstance(entity, types.MessageEntityMentionName)
                and entity.user_id == self.viewer.id
            )
            or (
                isinstance(entity, types.MessageEntityMention)
                and piece(message.text, entity).lower() == name
            )
            for entity in message.entities
        )

    # Events

    def update(self, entry: Entry) -> TlObject:
        """One event of a sequence that this account is told."""
        message = entry.messages[0]
        shared = message.chat.shares_ids
        if entry.event is Event.DELETED:
            if shared:
                ids = [m.id_for(self.viewer) for m in entry.messages if m.seen_by(self.viewer)]
                return types.UpdateDeleteChannelMessages(
                    message.chat.id, ids, entry.pts, entry.count
                )
            ids = [m.id_for(self.viewer) for m in entry.messages]
            return types.UpdateDeleteMessages(ids, entry.pts, entry.count)
        return self._message_update(message, entry.event, entry.pts, entry.count)

    def _message_update(
        self, message: StoredMessage, event: Event, pts: int, count: int
    ) -> TlObject:
        shared = message.chat.shares_ids
        if event is Event.EDITED:
            make = types.UpdateEditChannelMessage if shared else types.UpdateEditMessage
        else:
            make = types.UpdateNewChannelMessage if shared else types.UpdateNewMessage
        return make(self.message(message), pts, count)

    def updates(self, entries: Iterable[Entry]) -> TlObject:
        """Events in the form in which they are pushed."""
        told = list(entries)
        return self.parcel(
            [self.update(entry) for entry in told],
            [message for entry in told for message in entry.messages],
        )

    def sent(self, sent: Sent) -> TlObject:
        """The result of a send: for each message which id it got and the message itself.
        Repeated ones come with `pts_count` 0: nothing new happened."""
        updates: list[TlObject] = [
            types.UpdateMessageID(message.id_for(self.viewer), message.random_id)
            for message in sent.messages
            if message.random_id is not None
        ]
        fresh = {message for entry in sent.entries for message in entry.messages}
        updates.extend(
            self._message_update(message, Event.NEW, message.chat.pts(self.viewer), 0)
            for message in sent.messages
            if message not in fresh and not message.deleted
        )
        updates.extend(self.update(entry) for entry in sent.entries)
        return self.parcel(updates, sent.messages)

    def parcel(
        self,
        updates: list[TlObject],
        messages: Iterable[StoredMessage] = (),
        chats: Iterable[Chat] = (),
        people: Iterable[Person] = (),
    ) -> TlObject:
        """Updates with all users and chats they speak of. `seq` 0: in no order with others."""
        users, groups = self.crowd(messages, chats, people)
        return types.Updates(updates, users, groups, self.world.now(), 0)

    # The users and chats that go with them

    def crowd(
        self,
        messages: Iterable[StoredMessage] = (),
        chats: Iterable[Chat] = (),
        people: Iterable[Person] = (),
    ) -> tuple[list[TlObject], list[TlObject]]:
        """The users and the chats that messages mention, each once."""
        persons = dict.fromkeys(people)
        places: dict[Chat | Channel, None] = dict.fromkeys(chats)
        for message in messages:
            for found in self._mentioned_in(message):
                if isinstance(found, Person):
                    persons[found] = None
                else:
                    places[found] = None
        groups = []
        for place in places:
            if isinstance(place, Group):
                groups.append(self.portraits.group(place))
            elif isinstance(place, Channel):
                groups.append(self.portraits.broadcast(place))
            elif isinstance(place, PrivateChat):
                persons.update(dict.fromkeys(place.people))
        return [self.portraits.user(person) for person in persons], groups

    def _mentioned_in(self, message: StoredMessage) -> Iterator[Person | Chat | Channel]:
        yield message.sender if message.send_as is None else message.send_as
        yield message.chat
        if message.reply_to is not None:
            yield message.reply_to.chat
        if message.via_bot is not None:
            yield message.via_bot
        for peer in _named_by(message):
            named = self.world.behind(peer)
            if named is not None:
                yield named


def _named_by(message: StoredMessage) -> Iterable[TlObject]:
    """The peers that entities, a forward header or an action name."""
    for entity in message.entities:
        if isinstance(entity, types.MessageEntityMentionName):
            yield types.PeerUser(entity.user_id)
    if message.forward is not None and message.forward.from_id is not None:
        yield message.forward.from_id
    action = message.action
    for user_id in getattr(action, "users", ()):
        yield types.PeerUser(user_id)
    if isinstance(action, types.MessageActionChatDeleteUser):
        yield types.PeerUser(action.user_id)
    elif isinstance(action, types.MessageActionChatMigrateTo):
        yield types.PeerChannel(action.channel_id)
    elif isinstance(action, types.MessageActionChannelMigrateFrom):
        yield types.PeerChat(action.chat_id)
