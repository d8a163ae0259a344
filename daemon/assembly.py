"""Puts the parts of the relay together and tells them how to wake one another."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import structlog

from daemon.config import Config
from daemon.core.greeting import Greeting
from daemon.core.model import Bot, ChatId
from daemon.core.pacing import Limits, Pacer
from daemon.core.standing import Standing
from daemon.core.sync import Batch, KnownChat, Move
from daemon.relay import events, restored
from daemon.relay.alarm import Alarm
from daemon.relay.alternatives import Alternatives
from daemon.relay.backfill import Backfill
from daemon.relay.backlog_watch import BacklogWatch
from daemon.relay.beside import Beside
from daemon.relay.clock import Clock
from daemon.relay.contexts import Contexts, ContextWanted
from daemon.relay.delivery import Delivery
from daemon.relay.desk import Desk
from daemon.relay.finder import Finder
from daemon.relay.group_router import GroupRouter
from daemon.relay.intake import Intake
from daemon.relay.lookout import Lookout
from daemon.relay.menus import Menus
from daemon.relay.place import take_place
from daemon.relay.pulse import Pulse, Turning
from daemon.relay.router import Round, Router
from daemon.relay.sender import Claims, Sender
from daemon.relay.store import Store
from daemon.relay.turns import Turns
from daemon.relay.whereabouts import Whereabouts
from daemon.storage import figures, groups, inbox
from daemon.telegram.calls import Calls
from daemon.telegram.client import RelayClient
from daemon.telegram.fetcher import Fetcher
from daemon.telegram.gateway import Gateway
from daemon.telegram.group_view import GroupView
from daemon.telegram.menus import MenuBoard
from daemon.telegram.reading import Reading

log = structlog.get_logger()


_RECEIPTS_KEPT_MS = 30 * 24 * 60 * 60 * 1000
_FORGET_INTERVAL_S = 24 * 60 * 60


class Relay:
    """The parts that run once the client is logged in, and how they wake one another."""

    def __init__(
        self,
        config: Config,
        bot: Bot,
        store: Store,
        client: RelayClient,
        clock: Clock,
        intake_is_full: Callable[[], bool],
    ) -> None:
        self._config = config
        self._store = store
        self._client = client
        self._clock = clock
        self._offline_since_ms = 0
        self._routes = False
        self.desk = _desk(config, bot)
        self.sent_at: int | None = None
        """When it last became known what became of a message; ms."""
        limits = config.limits
        media_cap_bytes = limits.media_cap_mb * 1_000_000
        pace = Limits(
            limits.per_chat_per_second,
            limits.per_group_per_minute,
            limits.per_second,
            limits.merge_after_s,
            limits.merge_from_messages,
        )
        pacer = Pacer(pace)
        calls = Calls(client, limits.send_timeout_s)
        gateway = Gateway(calls, media_cap_bytes, clock.sleep, Turns(pacer, clock))
        fetcher = Fetcher(calls)
        self._whereabouts = Whereabouts(
            store, gateway, clock, self.desk, client, on_moved=self._moved
        )
        finder = Finder(store, fetcher, client.top_of)
        alternatives = Alternatives(fetcher, self._whereabouts, self.desk, media_cap_bytes)
        delivery = Delivery(
            store, gateway, finder, alternatives, self.desk, clock, client.server_time_ms
        )
        self._router = Router(
            store,
            self.desk,
            clock,
            album_quiet_s=limits.album_quiet_s,
            claims=self._claims,
            on_groups_changed=self._note_groups,
            on_context_wanted=self._ask_for_contexts,
        )
        self._contexts = Contexts(store, fetcher, clock, on_stored=self._router.wake)
        self._sender = Sender(store, delivery, pacer, self.desk, clock, client, self._settled)
        self._backlog = BacklogWatch(
            store,
            self.desk,
            clock,
            pace,
            notice_s=limits.backlog_notice_s,
            on_outbox=self._wake_sender,
        )
        self._backfill = Backfill(
            store,
            fetcher,
            clock,
            self.desk,
            on_stored=self._router.wake,
            on_moved=self._whereabouts.followed,
        )
        self._group_router = GroupRouter(
            store,
            self.desk,
            clock,
            on_outbox=self._wake_sender,
            on_looks=self._wake_lookout,
        )
        # Their waits are no measure for those of what is sent and fetched, nor the other way round.
        beside = Calls(client, limits.send_timeout_s)
        self._menus = Menus(store, MenuBoard(beside), clock, self.desk)
        self._alarm = Alarm(Reading(client, beside), clock, limits.stall_s, intake_is_full)
        view = GroupView(beside)
        self._lookout = Lookout(store, view, clock, self.desk, on_seen=self._group_router.wake)

    async def take_its_place(self) -> None:
        """Make sure the database is ours, and watch the staff group.

        Raises `WrongDatabase`, `NotInStaffGroup`."""
        staff_group = await take_place(self._store, self._whereabouts, self.desk.bot)
        await self._whereabouts.watch(staff_group)
        await restored.begin(self._store, self._client.server_time_ms)
        self._client.ask_for_missed(self._client.session.known_chats)

    async def greeting(self) -> Greeting:
        """What it works with."""
        customer_groups = await self._store("groups", groups.all_groups)
        return Greeting(
            self.desk.bot,
            self.desk.staff_group,
            self._config.relay.admins,
            len(customer_groups),
            self._client.sees_all_messages,
        )

    def pulse(self, intake: Intake) -> Pulse:
        """Of the parts that everything goes through."""
        parts: dict[str, Turning] = {
            "intake": intake,
            "router": self._router,
            "sender": self._sender,
        }
        return Pulse(parts, self._store)

    async def standing(self, last_update_ms: int) -> Standing:
        """How it stands, now. `last_update_ms`: when updates last came, ms since the epoch."""

        def count(tx: sqlite3.Connection) -> tuple[int, int]:
            return figures.open_tickets(tx), figures.to_send(tx)

        open_tickets, to_send = await self._store("standing", count)
        if self._client.line is not None:
            self._offline_since_ms = 0
        elif not self._offline_since_ms:
            self._offline_since_ms = self._clock.now_ms()
        username = self.desk.bot.username
        return Standing(username, open_tickets, to_send, last_update_ms, self._offline_since_ms)

    async def reload(self, config: Config) -> None:
        """Go on with what of the configuration may change in a running relay."""

        def take(_tx: sqlite3.Connection) -> None:
            # On the thread of the transactions, so that none of them sees half of it.
            self.desk.change_to(_desk(config, self.desk.bot))

        await self._store("reload", take)
        self._client.follow_ups = config.relay.follow_up_seconds > 0
        self._menus.wake()

    def parts(self) -> list[Coroutine[Any, Any, None]]:
        """What is to run until the relay ends."""
        self._routes = True
        self._router.wake()
        return [
            self._router.run(),
            self._sender.run(),
            self._backfill.run(),
            self._contexts.run(),
            self._menus.run(),
            self._group_router.run(),
            self._lookout.run(),
            self._alarm.run(),
            self._backlog.run(),
            Beside(self._store, self._clock, self._wake_all).run(),
            self._whereabouts.follow_the_unseen(),
            self._ask_again_and_again(),
            self._forget_again_and_again(),
        ]

    def round_for(self, batch: Batch) -> Round | None:
        """Routes a batch in the transaction that stores it, while the relay runs. A group that
        moves is followed first."""
        is_plain = (batch.messages or batch.unreadable or batch.sent_ids) and not batch.moves
        return self._router.a_round() if self._routes and is_plain else None

    def stored(self, batch: Batch, a_round: Round | None) -> None:
        """The intake has stored a batch, and routed it where there was a round."""
        if a_round is not None:
            a_round.conclude()
        elif batch.messages or batch.unreadable or batch.sent_ids:
            self._router.wake()
        for move in batch.moves:
            self._whereabouts.followed(move)
        if batch.memberships:
            self._group_router.wake()
        if batch.changed:
            self._lookout.wake()
        for constructor in batch.unknown:
            log.error(events.UPDATE_UNKNOWN, constructor=f"{constructor:08x}")
        for gap in batch.gaps:
            log.warning(events.GAP_FOUND, chat=gap.chat_id, first=gap.next_id, last=gap.last_id)
            self._backfill.wake()

    def _settled(self) -> None:
        """What waited for the outcome of a message may go on."""
        self.sent_at = self._clock.now_ms()
        self._router.settled()

    def _moved(self, move: Move) -> None:
        """What waited for the old group waits for the new one."""
        self._sender.wake({move.new.chat_id})
        self._router.wake()
        self._menus.wake()

    def _wake_all(self) -> None:
        """Another process may have left something for any of them."""
        self._router.wake()
        self._group_router.wake()

    def _claims(self) -> Claims:
        return self._sender.claims()

    def _wake_sender(self, destinations: set[ChatId]) -> None:
        self._sender.wake(destinations)

    def _ask_for_contexts(self, wanted: Iterable[ContextWanted]) -> None:
        self._contexts.ask(wanted)

    def _note_groups(self, enrolled: list[KnownChat]) -> None:
        for chat in enrolled:
            self._client.watch(chat)
            self._lookout.wake()
        self._menus.wake()

    def _wake_lookout(self) -> None:
        self._lookout.wake()

    async def drain(self) -> None:
        """Let the requests under way end; what takes longer is taken up at the next start."""
        self._routes = False
        try:
            async with asyncio.timeout(self._config.limits.shutdown_s):
                await self._sender.drain()
        except TimeoutError:
            log.warning(events.DRAIN_INCOMPLETE, limit_s=self._config.limits.shutdown_s)

    async def _ask_again_and_again(self) -> None:
        """Telegram does not promise to push everything; what it kept is asked for regularly."""
        while True:
            await self._clock.sleep(self._config.limits.sync_interval_s)
            self._client.ask_for_missed(self._client.session.known_chats)

    async def _forget_again_and_again(self) -> None:
        """Receipts are for what Telegram may bring twice, which is never so old."""
        while True:
            before = self._clock.now_ms() - _RECEIPTS_KEPT_MS
            await self._store("forget", functools.partial(inbox.forget_receipts, before=before))
            await self._clock.sleep(_FORGET_INTERVAL_S)


def _desk(config: Config, bot: Bot) -> Desk:
    return Desk(
        bot=bot,
        staff_group=config.relay.staff_group,
        admins=frozenset(config.relay.admins),
        texts=config.texts,
        log_message_text=config.log.message_text,
        staff_allowlist=frozenset(config.relay.staff_allowlist),
        ticket_numbers=config.relay.ticket_numbers,
        follow_up_s=config.relay.follow_up_seconds,
    )
