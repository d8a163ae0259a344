"""The Telethon client, changed where it would lose something or stall.

Every batch of updates is handed over, together with the state that holds after it, before
Telethon goes on; nothing is dispatched to Telethon's own event handlers.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from telethon import errors, utils
from telethon._updates import Entity, EntityType, SessionState
from telethon._updates.messagebox import epoch
from telethon.tl import functions, types

from daemon.core.model import Bot, ChatId
from daemon.core.sync import ACCOUNT, FIRST_PTS, Batch, KnownChat, Move, sequence_of
from daemon.telegram import inbound
from daemon.telegram.arrivals import Arrivals
from daemon.telegram.channel_hashes import ChannelHashes
from daemon.telegram.departures import Departures
from daemon.telegram.errors import SessionRefused, is_refusal_of_login
from daemon.telegram.line_client import LineClient
from daemon.telegram.message_box import RelayMessageBox, beyond_account, beyond_channel
from daemon.telegram.repetition import Repetition
from daemon.telegram.server import Server
from daemon.telegram.session import RelaySession
from daemon.telegram.sorting import Sorter

OnBatch = Callable[[Batch], Awaitable[None]]
"""Takes a batch over. What it has taken must not be lost; it may wait before it takes it."""

_LONGEST_REFUSAL_S = 60.0
"""So long the start waits for a difference that Telegram would not tell."""

_DIFFERENCES = (
    functions.updates.GetDifferenceRequest,
    functions.updates.GetChannelDifferenceRequest,
)

_MOST_CHANNELS = 1000
"""Beyond so many, channels that the relay has nothing to do with are not kept in mind."""


class RelayClient(LineClient):
    """`on_batch` takes each batch, `follow_ups` tells whether talk belongs in it: otherwise that
    costs nothing, or next to it."""

    def __init__(
        self,
        session: RelaySession,
        api_id: int,
        api_hash: str,
        on_batch: OnBatch,
        server: Server | None,
        *,
        follow_ups: bool = False,
    ) -> None:
        super().__init__(session, api_id, api_hash, server)
        self.bot: Bot | None = None
        """Who is logged in; None until that is known."""
        self.sees_all_messages = True
        """Whether the bot's privacy mode was off at the login."""
        self.reconnects = 0
        """How often the line was made anew. Telethon then repeats what it has no answer to."""
        self.refusals = 0
        """How often Telegram would not tell a difference."""
        self._on_batch = on_batch
        self.follow_ups = follow_ups
        self._sorter = Sorter(self)
        self._tops: dict[ChatId, int] = {}
        self._read: dict[ChatId, int] = {}
        for chat in session.known_chats.values():
            self.note_read(chat.chat_id, chat.top_msg_id)
        self._mb_entity_cache = ChannelHashes()
        self._idle = asyncio.Event()
        self._put_off: set[ChatId] = set()
        """To be asked for what they have once nothing waits any more."""
        self._repetition = Repetition(self._ask_for_refused)
        self._message_box = RelayMessageBox(
            self._log["messagebox"],
            self.read_to,
            self._note_idle,
            self._note_refused,
            self._note_changed,
        )
        self._unknown: set[int] = set()
        self._sender._state = Arrivals(self._sender, self._log, self._note_unknown)
        self._sender._send_queue = Departures(self._sender, self._log)

    # --- what the relay asks of the client ---

    def note_bot(self, user: Any) -> Bot:
        """Take a user object for the one that is logged in."""
        self.bot = Bot(ChatId(user.id), user.username or "")
        self.sees_all_messages = bool(user.bot_chat_history) or not user.bot
        return self.bot

    def top_of(self, sequence: ChatId) -> int:
        """Highest message id seen in a chat or, of all basic groups and private chats, in the
        account; 0 if none was."""
        return self._tops.get(sequence, 0)

    def note_top(self, chat_id: ChatId, msg_id: int) -> None:
        own = {chat_id} if chat_id < 0 else set()  # of people all count together
        for sequence in {sequence_of(chat_id), *own}:
            self._tops[sequence] = max(msg_id, self.top_of(sequence))

    def read_to(self, sequence: ChatId) -> int:
        """Highest message id up to which updates are read; 0 if none was. What we send ourselves
        may be far above that: behind it is what was missed and not told yet."""
        return self._read.get(sequence, 0)

    def note_read(self, chat_id: ChatId, msg_id: int) -> None:
        """An update told of a message, in its turn."""
        self.note_top(chat_id, msg_id)
        own = {chat_id} if chat_id < 0 else set()
        for sequence in {sequence_of(chat_id), *own}:
            self._read[sequence] = max(msg_id, self.read_to(sequence))

    def pts_of(self, sequence: ChatId) -> int | None:
        """How far updates of a supergroup are read, or of the account; None: not known."""
        return self._message_box.pts_of(sequence)

    def owed(self) -> set[ChatId]:
        """The supergroups that Telegram was asked about and has not answered for yet."""
        return self._message_box.owed()

    def is_watched(self, chat_id: ChatId) -> bool:
        """Whether a chat's updates are asked for."""
        known = self.session.known_chats.get(chat_id)
        return known is not None and (known.pts is not None or known.access_hash is None)

    def watch(self, chat: KnownChat) -> None:
        """Ask for this chat's updates from now on. Without a pts and an access hash Telethon
        would silently drop what it cannot ask for."""
        self.session.known_chats[chat.chat_id] = chat
        self.note_read(chat.chat_id, chat.top_msg_id)
        if chat.access_hash is not None:
            channel_id, _ = utils.resolve_id(chat.chat_id)
            entity = Entity(EntityType.MEGAGROUP, channel_id, chat.access_hash)
            self._mb_entity_cache.put(entity)
            if chat.pts is not None:
                self._message_box.try_set_channel_state(channel_id, chat.pts)

    def follow(self, move: Move) -> bool:
        """Go on in the new group where the old one was watched; whether it was."""
        known = self.session.known_chats
        if known.pop(move.old, None) is None or move.new.chat_id in known:
            return False
        channel_id, _ = utils.resolve_id(move.new.chat_id)
        self._message_box.read_from(channel_id, move.new.pts or FIRST_PTS)
        self._idle.clear()
        self.watch(move.new)
        return True

    def let_in(self, chat_id: ChatId, date: int) -> None:
        """What was said in a group while the relay was out of it can be asked for; in one that it
        never saw, what was said since it was let in."""
        channel_id, kind = utils.resolve_id(chat_id)
        if chat_id in self.session.known_chats:
            self._ask_for_missed_in(chat_id, "let in")
        elif kind is types.PeerChannel:
            self._idle.clear()
            self._message_box.meet(channel_id, date)

    def ask_for_missed(self, chats: Iterable[ChatId]) -> None:
        """Begin the difference of the account and of each channel, since the account's own
        says nothing about channels. What has come already is taken in first: the answers come
        behind it, and all that comes before them would have to be kept in memory."""
        self._idle.clear()
        if self._updates_queue.empty():
            self._ask_at_once(chats)
        else:
            self._put_off |= {ACCOUNT, *chats}

    async def caught_up(self) -> None:
        """Wait until every difference that was asked for is handed over. One that Telegram will
        not tell for long is left to come later: it must not keep all others from being served."""
        while not self._idle.is_set():
            try:
                async with asyncio.timeout(_LONGEST_REFUSAL_S):
                    await self._idle.wait()
            except TimeoutError:
                if not self._message_box.getting_diff_for:
                    return

    async def ended(self) -> BaseException | None:
        """Wait until the updates can no longer be followed, and tell what ended that; None: the
        connection was closed. Telethon gives up in silence: a dead update loop leaves the process
        standing, a dead keep-alive task lets the line die.

        Raises `SessionRefused` where a new start would not help."""
        tasks = (self._updates_handle, self._keepalive_handle, self.disconnected)
        parts = [asyncio.ensure_future(task) for task in tasks]
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        ended = [part for part in parts if part.done() and not part.cancelled()]
        errors_of_parts = [self._updates_error, *(part.exception() for part in ended)]
        error = next((error for error in errors_of_parts if error is not None), None)
        if is_refusal_of_login(error):
            raise SessionRefused(type(error).__name__)
        return error

    # --- what Telethon calls ---

    async def _on_login(self, user: Any) -> Any:
        """Called at every start, by a login or for a session that is logged in already."""
        self.note_bot(user)
        account = self.session.account
        if account is None:
            return await super()._on_login(user)
        # Telethon would begin at the server's present state: what was missed would be skipped.
        self._mb_entity_cache.set_self_user(user.id, user.bot, user.access_hash)
        self._authorized = True
        state = (account.pts, account.qts, account.date, account.seq)
        self._message_box.load(SessionState(user.id, 0, user.bot, *state, None), [])
        for chat in self.session.known_chats.values():
            self.watch(chat)
        return user

    async def _update_loop(self) -> None:
        if self.bot is not None:
            self._ask_at_once(self.session.known_chats)
        await super()._update_loop()

    async def _handle_auto_reconnect(self) -> None:
        self.reconnects += 1
        self._ask_at_once(self.session.known_chats)

    async def __call__(
        self, request: Any, ordered: bool = False, flood_sleep_threshold: int | None = None
    ) -> Any:
        if asyncio.current_task() is not self._updates_handle:
            return await self._ask(request, ordered, flood_sleep_threshold)
        with self._updates_queue.asking():
            return await self._ask(request, ordered, flood_sleep_threshold)

    async def _ask(self, request: Any, ordered: bool, flood_sleep_threshold: int | None) -> Any:
        try:
            return await super().__call__(request, ordered, flood_sleep_threshold)
        except errors.FloodWaitError as error:
            if isinstance(request, _DIFFERENCES):
                self._repetition.told_to_wait(error.seconds)
            raise
        except errors.TypeNotFoundError as error:
            if not isinstance(request, _DIFFERENCES):
                raise
            self._unknown.add(error.invalid_constructor_id)
            return await self._beyond(request)

    async def _beyond(self, difference: Any) -> Any:
        """In place of a difference that cannot be read: go on behind it, and leave what it brought
        to be fetched by its ids, message by message.

        Raises what Telethon takes for trouble of Telegram's, and asks for again."""
        try:
            if isinstance(difference, functions.updates.GetChannelDifferenceRequest):
                request = functions.channels.GetFullChannelRequest(difference.channel)
                return beyond_channel(await super().__call__(request))
            state = await super().__call__(functions.updates.GetStateRequest())
        except errors.TypeNotFoundError as error:
            raise errors.ServerError(difference, "UNREADABLE") from error
        self._message_box.note_account_gap()
        for chat_id in self.session.known_chats:
            self._ask_for_missed_in(chat_id, "the account's difference was passed over")
            peer_id, kind = utils.resolve_id(chat_id)
            if kind is types.PeerChannel:
                self._note_changed(peer_id)  # who came and went, it told as well
        return beyond_account(state)

    def _note_unknown(self, error: errors.TypeNotFoundError) -> None:
        """Something was pushed that cannot be read: what it was, a difference tells."""
        self._unknown.add(error.invalid_constructor_id)
        self._ask_at_once(self.session.known_chats)

    def _note_refused(self) -> None:
        self.refusals += 1
        self._repetition.refused()

    def _ask_for_refused(self) -> None:
        self._message_box.ask_for_refused()
        self._updates_queue.put_nowait(types.UpdatesTooLong())  # wakes the update loop

    def _note_idle(self) -> None:
        if not self._updates_queue.empty():
            return
        if self._put_off:
            chats, self._put_off = self._put_off, set()
            self._ask_at_once(chats)
        elif not self._message_box.refused:
            self._repetition.answered()
            self._idle.set()

    async def _preprocess_updates(
        self, updates: list[Any], users: list[Any], chats: list[Any]
    ) -> list[Any]:
        # The state is read before anything is awaited: it is that of this very batch.
        batch = Batch(
            account=self._message_box.account_state(),
            pts=self._message_box.take_moved(),
            gaps=self._message_box.take_gaps(),
            unknown=self._unknown,
        )
        self._unknown = set()
        for message in self._message_box.take_sent():
            self._sorter.note_read(inbound.key_of(message), batch)
        for chat in filter(self._message_box.is_met, chats):
            known = inbound.to_known_chat(chat)
            batch.chats[known.chat_id] = known
        self._mb_entity_cache.extend(users, chats)
        self._message_box.forget_beyond(_MOST_CHANNELS, self._is_watched_channel)
        await self._sorter.sort(updates, users, chats, batch)
        sys.audit("ticket_relay.update")
        await self._on_batch(batch)
        return []

    def _is_watched_channel(self, channel_id: int) -> bool:
        return utils.get_peer_id(types.PeerChannel(channel_id)) in self.session.known_chats

    def _ask_at_once(self, chats: Iterable[ChatId]) -> None:
        self._idle.clear()
        for chat_id in chats:
            self._ask_for_missed_in(chat_id, "the relay asks for it")
        self._updates_queue.put_nowait(types.UpdatesTooLong())

    def _ask_for_missed_in(self, chat_id: ChatId, reason: str) -> None:
        channel_id, kind = utils.resolve_id(chat_id)
        if kind is types.PeerChannel and chat_id in self.session.known_chats:
            self._message_box.try_begin_get_diff(channel_id, reason)

    def _note_changed(self, channel_id: int) -> None:
        """Something about a channel was learnt otherwise than by an update: as if by one."""
        changed = types.UpdateChannel(channel_id)
        self._updates_queue.put_nowait(types.UpdateShort(changed, epoch()))
