"""Sorts what a batch of updates brings: what the relay keeps of it, and what it must look up."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from telethon import errors, utils
from telethon.tl import functions, types

from daemon.core.model import Bot, ChatId, MessageKey
from daemon.core.routing import concerns
from daemon.core.sync import Batch, Move, SentId
from daemon.telegram import inbound, membership


class Follower(Protocol):
    """The client whose updates are sorted."""

    @property
    def bot(self) -> Bot | None:
        """Who is logged in; None until that is known."""

    @property
    def follow_ups(self) -> bool:
        """Whether talk belongs in a batch: otherwise that costs nothing, or next to it."""

    def read_to(self, sequence: ChatId) -> int:
        """Highest message id up to which updates of a chat are read; 0 if none was."""

    def note_read(self, chat_id: ChatId, msg_id: int) -> None:
        """An update told of a message, in its turn."""

    def follow(self, move: Move) -> bool:
        """Go on in the new group where the old one was watched."""

    def let_in(self, chat_id: ChatId, date: int) -> None:
        """The relay was let in to a group, perhaps after it had been put out. `date` in seconds."""

    async def __call__(self, request: Any) -> Any:
        """Telegram's answer to a request."""


class Sorter:
    """Sorts the updates of one client."""

    def __init__(self, client: Follower) -> None:
        self._client = client

    async def sort(
        self, updates: Sequence[Any], users: Iterable[Any], chats: Iterable[Any], batch: Batch
    ) -> None:
        """Put into the batch what the updates bring; an update that cannot be read as such."""
        if not updates:
            return  # what we sent ourselves moves the sequences, and that is all
        peers = {utils.get_peer_id(peer): peer for peer in itertools.chain(users, chats)}
        for update in updates:
            try:
                await self._sort_in(update, peers, batch)
            except Exception as error:  # noqa: BLE001 Telethon would end here, and so would each new start
                batch.unreadable.append(inbound.to_unreadable(update, error))

    async def _sort_in(self, update: Any, peers: dict[int, Any], batch: Batch) -> None:
        if isinstance(update, types.UpdateMessageID):
            batch.sent_ids.append(SentId(update.random_id, update.id))
            return
        self._note_members(update, peers, batch)
        found = inbound.message_in(update)
        if found is None:
            return
        kind, message = found
        if isinstance(message, types.MessageEmpty):
            return
        key = inbound.key_of(message)
        self.note_read(key, batch)
        move = inbound.move_in(message, peers)
        if move is not None:
            self._client.follow(move)
            batch.moves.append(move)
        if message.out or not isinstance(message, types.Message):
            return
        if isinstance(update, inbound.SHORT):
            await self._look_up(message, peers)
        received = inbound.to_inbound(kind, message, peers)
        bot = self._client.bot
        if bot is None or concerns(received, bot, follow_ups=self._client.follow_ups):
            batch.messages.append(received)
            if key.chat_id < 0:
                _note_chat(key.chat_id, peers, batch)

    def note_read(self, key: MessageKey, batch: Batch) -> None:
        """The sequence of a message's chat is read up to there."""
        self._client.note_read(key.chat_id, key.msg_id)
        if key.chat_id < 0:
            batch.tops[key.chat_id] = self._client.read_to(key.chat_id)

    def _note_members(self, update: Any, peers: dict[int, Any], batch: Batch) -> None:
        """Who came into a group or left it, or that something about a group changed."""
        memberships = membership.memberships_in(update, peers)
        changed = membership.changed_in(update, peers)
        for told in memberships:
            _note_chat(told.chat_id, peers, batch)
        if changed is not None:
            _note_chat(changed, peers, batch)
            batch.changed.add(changed)
        batch.memberships += memberships
        bot = self._client.bot
        for told in memberships:
            if bot is not None and told.person.id == bot.id and told.after.is_in:
                self._client.let_in(told.chat_id, told.date)

    async def _look_up(self, message: Any, peers: dict[int, Any]) -> None:
        """The short form of an update brings neither its sender nor its chat."""
        user_id = (message.from_id or message.peer_id).user_id
        requests = [functions.users.GetUsersRequest([types.InputUser(user_id, 0)])]
        if isinstance(message.peer_id, types.PeerChat):
            requests.append(functions.messages.GetChatsRequest([message.peer_id.chat_id]))
        for request in requests:
            try:
                result = await self._client(request)
            except (errors.RPCError, errors.TypeNotFoundError, OSError):
                continue  # shown by id then; the message itself is what must not be lost
            for peer in getattr(result, "chats", result):
                peers[utils.get_peer_id(peer)] = peer


def _note_chat(chat_id: ChatId, peers: dict[int, Any], batch: Batch) -> None:
    chat = peers.get(chat_id)
    if chat is not None:
        batch.chats[chat_id] = inbound.to_known_chat(chat)
