"""Where groups are: those that moved are followed, those taken over from elsewhere are looked up.

A basic group becomes a supergroup with another id when it grows or its settings ask for it. Each
of the two has a service message that says so; where both were missed, a send that is refused
leads to the question. https://core.telegram.org/api/channel#migration
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import structlog

from daemon.core.model import ChatId
from daemon.core.sync import ACCOUNT, FIRST_PTS, KnownChat, Move, sequence_of
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.relay.store import Store
from daemon.storage import groups, moves, sync_state
from daemon.telegram.calls import RequestFailed
from daemon.telegram.gateway import ChatUnavailable, Gateway

log = structlog.get_logger()

_PAUSE_S = 2.0
"""Until the next try, where Telegram did not answer the question."""


class Follower(Protocol):
    """Who follows the updates of chats."""

    def is_watched(self, chat_id: ChatId) -> bool:
        """Whether a chat's updates are followed."""

    def watch(self, chat: KnownChat) -> None:
        """Follow a chat's updates from now on."""

    def follow(self, move: Move) -> bool:
        """Go on in the new group where the old one was watched."""

    def ask_for_missed(self, chats: list[ChatId]) -> None:
        """Ask for what the chats brought since they were last heard of."""


class Whereabouts:
    """`on_moved` is called when a group moved, once that is stored."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        clock: Clock,
        desk: Desk,
        follower: Follower,
        on_moved: Callable[[Move], None],
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._desk = desk
        self._follower = follower
        self._on_moved = on_moved

    async def find(self, chat_id: ChatId) -> KnownChat | Move:
        """A chat with its present pts, or where it moved; however long Telegram takes to tell.

        Raises `ChatUnavailable`, `SessionRefused`."""
        while True:
            try:
                return await self._gateway.chat(chat_id)
            except RequestFailed as error:
                wait_s = max(_PAUSE_S, error.failure.wait_s)
                log.warning(
                    events.LOOK_UP_FAILED, chat=chat_id, error=str(error), retry_in_s=wait_s
                )
                await self._clock.sleep(wait_s)

    async def staff_group(self, stored: ChatId | None) -> KnownChat:
        """The staff group of the desk, where it is now. `stored` is the one that the database was
        made for; None before the first start.

        Raises `ChatUnavailable`, `SessionRefused`."""
        configured = self._desk.staff_group
        now_at = await self._store("moved", lambda tx: moves.current(tx, configured))
        former = await self._store("moved", lambda tx: moves.former(tx, now_at))
        if former is not None:
            self._desk.follow(former, now_at)
        if former == configured:
            self._advise(configured, now_at)
        found = await self.find(now_at)
        if isinstance(found, Move):
            return await self._follow_found(found)
        if stored not in (None, now_at) and await self._gateway.was(now_at) == stored:
            # The configuration knows of a move of which the database does not.
            begun = replace(found, pts=FIRST_PTS, top_msg_id=1)
            return await self._follow_found(Move(stored, begun))
        return found

    async def watch(self, chat: KnownChat) -> None:
        """Follow a chat's updates, unless that is so."""
        if not self._follower.is_watched(chat.chat_id):
            await self._store("seen", functools.partial(sync_state.put_chat, chat=chat))
            self._follower.watch(chat)

    def _advise(self, old: ChatId, new: ChatId) -> None:
        todo = f"set relay.staff_group = {new}"
        log.warning(events.STAFF_GROUP_MOVED, chat=old, to=new, todo=todo)

    async def now_at(self, chat_id: ChatId) -> ChatId | None:
        """The supergroup that a basic group became, which is followed from then on; None where it
        is none or became none.

        Raises `SessionRefused`."""
        if sequence_of(chat_id) != ACCOUNT:
            return None
        known = await self._store("moved", lambda tx: moves.current(tx, chat_id))
        if known != chat_id:
            return known
        try:
            found = await self.find(chat_id)
            return (await self._follow_found(found)).chat_id if isinstance(found, Move) else None
        except ChatUnavailable:
            return None

    def followed(self, move: Move) -> None:
        """A move is stored: take it into account from now on."""
        new = move.new.chat_id
        log.info(events.GROUP_MOVED, chat=move.old, to=new)
        if move.old == self._desk.staff_group:
            self._advise(move.old, new)
        self._desk.follow(move.old, new)
        if self._follower.follow(move):
            self._follower.ask_for_missed([new])
        self._on_moved(move)

    async def follow_the_unseen(self) -> None:
        """Look up, once, the customer groups that were taken over from elsewhere."""
        for chat_id in await self._store("unseen", groups.never_seen):
            try:
                found = await self.find(chat_id)
                chat = await self._follow_found(found) if isinstance(found, Move) else found
            except ChatUnavailable as error:
                log.warning(events.GROUP_UNAVAILABLE, chat=chat_id, reason=str(error))
                continue
            await self.watch(chat)
            log.info(events.GROUP_SEEN, chat=chat.chat_id, title=chat.title)

    async def _follow_found(self, move: Move) -> KnownChat:
        """Go on in the new group after asking where the old one is. Where that was never followed,
        what was said in the new one so far was said to another bot, or to none: it does not
        count, and the group is read from where it is now.

        Raises `ChatUnavailable`, `SessionRefused`."""
        former = await self._store("seen", functools.partial(sync_state.chat, chat_id=move.old))
        if former is None:
            present = await self.find(move.new.chat_id)
            if isinstance(present, KnownChat):  # as it is: a supergroup moves no more
                move = replace(move, new=present)
        if await self._store("move", lambda tx: moves.follow(tx, move)):
            self.followed(move)
        return move.new
