"""Puts the relay together, starts it, and stops it so that nothing is lost.

Start: lock → database → login → staff group → what was missed → routing and sending.
Stop: no new sends → requests under way end → disconnect → state stored → database closed.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import structlog

from daemon.config import Config, TelegramConfig
from daemon.core.model import Bot, ChatId
from daemon.core.pacing import Limits, Pacer
from daemon.core.sync import AccountState, Batch, KnownChat
from daemon.health import Notifier
from daemon.relay import events
from daemon.relay.backfill import Backfill
from daemon.relay.clock import Clock
from daemon.relay.delivery import Delivery
from daemon.relay.desk import Desk
from daemon.relay.finder import Finder
from daemon.relay.intake import Intake
from daemon.relay.router import Router
from daemon.relay.sender import Sender
from daemon.relay.store import Store
from daemon.storage import groups, sync_state
from daemon.storage.db import Database
from daemon.storage.sync_state import Identity
from daemon.telegram.client import OnBatch, RelayClient, Server
from daemon.telegram.gateway import ChatUnavailable, Gateway
from daemon.telegram.login import log_in
from daemon.telegram.session import RelaySession, SessionFile

log = structlog.get_logger()

T = TypeVar("T")

Start = Callable[[Coroutine[Any, Any, None]], None]
"""Begins a part that is to run until the relay ends."""


class WrongDatabase(Exception):
    """The database belongs to another bot or staff group."""


class NotInStaffGroup(Exception):
    """The bot is not a member of the staff group, or there is no such group."""


class UpdatesStopped(Exception):
    """Telegram's updates can no longer be followed; a new start can."""


class App:
    """One run of the relay."""

    def __init__(
        self, config: Config, clock: Clock | None = None, notifier: Notifier | None = None
    ) -> None:
        self._config = config
        self._clock = clock or Clock()
        self._notifier = notifier or Notifier.from_environ()
        self._stop = asyncio.Event()
        self.ready = asyncio.Event()
        """Set once everything missed is taken in and the relay runs."""

    def stop(self) -> None:
        """Ask the relay to end; `run` then returns."""
        self._stop.set()

    async def run(self) -> None:
        """Run until `stop` is called.

        Raises what keeps the relay from running: `SessionLocked`, `SessionUnreadable`,
        `SessionRefused`, `TelegramUnreachable`, `ServerKeyInvalid`, `NotInStaffGroup`,
        `WrongDatabase`, `SchemaTooNew`, `UpdatesStopped`, `sqlite3.Error`, `OSError`."""
        file = SessionFile(self._config.telegram.session)
        file.lock()
        try:
            database = await Database.open(self._config.relay.database)
            try:
                await self._run_on(database, file)
            finally:
                await database.close()
        finally:
            file.unlock()

    async def _run_on(self, database: Database, file: SessionFile) -> None:
        account, chats = await database.transaction("load", self._load)
        store = Store(database, self._clock)
        intake = Intake(store, self._clock)
        session = RelaySession(file, account, chats)
        client = make_client(self._config.telegram, session, intake.take)
        try:
            async with asyncio.TaskGroup() as tasks:
                background = [tasks.create_task(intake.run())]

                def start(part: Coroutine[Any, Any, None]) -> None:
                    background.append(tasks.create_task(part))

                starting = self._start_up(store, client, intake, start)
                relay = await self._unless_stopped(starting)
                if relay is not None:
                    for part in relay.parts():
                        start(part)
                    self._announce(relay.desk)
                    await self._stop.wait()
                self._notifier.stopping("Finishing what is under way")
                if relay is not None:
                    await relay.drain()
                for task in background[1:]:
                    task.cancel()
                await client.disconnect()
                await intake.stored()
                background[0].cancel()
            await intake.flush()
        except BaseExceptionGroup as group:
            raise _first(group) from None
        finally:
            await client.disconnect()

    async def _start_up(
        self, store: Store, client: RelayClient, intake: Intake, start: Start
    ) -> Relay:
        """From the login until everything missed is taken in."""
        bot = await log_in(client, self._config.telegram.bot_token.reveal())
        start(_watch_updates(client))
        relay = Relay(self._config, bot, store, client, self._clock)
        await relay.take_its_place()
        intake.tell(relay.stored)
        await client.caught_up()
        await intake.stored()
        return relay

    def _load(self, tx: sqlite3.Connection) -> tuple[AccountState | None, list[KnownChat]]:
        watched = {*groups.all_groups(tx), self._config.relay.staff_group}
        chats = sync_state.chats(tx)
        return sync_state.account(tx), [chats[chat] for chat in watched if chat in chats]

    async def _unless_stopped(self, starting: Coroutine[Any, Any, T]) -> T | None:
        """What the start-up brings; None, and it is given up, once the relay is asked to end."""
        start_up = asyncio.ensure_future(starting)
        stop = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({start_up, stop}, return_when=asyncio.FIRST_COMPLETED)
            return start_up.result() if start_up.done() else None
        finally:
            for future in (start_up, stop):
                future.cancel()

    def _announce(self, desk: Desk) -> None:
        log.info(
            events.RELAY_READY,
            bot=f"@{desk.bot.username}",
            staff_group=desk.staff_group,
            admins=sorted(desk.admins),
        )
        self._notifier.ready(f"Relaying as @{desk.bot.username}")
        self.ready.set()


class Relay:
    """The parts that run once the client is logged in, and how they wake one another."""

    def __init__(
        self, config: Config, bot: Bot, store: Store, client: RelayClient, clock: Clock
    ) -> None:
        self._config = config
        self._store = store
        self._client = client
        self._clock = clock
        staff_group = config.relay.staff_group
        self.desk = Desk(bot, staff_group, frozenset(config.relay.admins), config.texts)
        self._gateway = Gateway(client, config.limits.send_timeout_s)
        finder = Finder(store, self._gateway, client.top_of)
        delivery = Delivery(store, self._gateway, finder, self.desk, clock, client.server_time_ms)
        limits = config.limits
        pacer = Pacer(
            Limits(limits.per_chat_per_second, limits.per_group_per_minute, limits.per_second)
        )
        self._router = Router(
            store,
            self.desk,
            clock,
            on_outbox=self._wake_sender,
            on_enrolled=client.watch,
        )
        self._sender = Sender(store, delivery, pacer, self.desk, clock, client, self._router.wake)
        self._backfill = Backfill(
            store, self._gateway, clock, self.desk, on_stored=self._router.wake
        )

    async def take_its_place(self) -> None:
        """Make sure the database is ours, and watch the staff group.

        Raises `WrongDatabase`, `NotInStaffGroup`."""
        staff_group = self.desk.staff_group
        ours = Identity(self.desk.bot.id, staff_group)
        theirs = await self._store("identity", sync_state.identity)
        if theirs is not None and theirs != ours:
            raise WrongDatabase(
                f"it was made for bot {theirs.bot_id} and staff group {theirs.staff_group}"
            )
        try:
            chat = await self._gateway.chat(staff_group)
        except ChatUnavailable as error:
            raise NotInStaffGroup(str(error)) from error
        known = self._client.session.known_chats.get(staff_group)
        if known is None or known.pts is None:

            def settle_in(tx: sqlite3.Connection) -> None:
                sync_state.set_identity(tx, ours)
                sync_state.put_chat(tx, chat)

            await self._store("identity", settle_in)
            self._client.watch(chat)
        self._client.ask_for_missed(self._client.session.known_chats)

    def parts(self) -> list[Coroutine[Any, Any, None]]:
        """What is to run until the relay ends."""
        self._router.wake()
        return [
            self._router.run(),
            self._sender.run(),
            self._backfill.run(),
            self._ask_again_and_again(),
        ]

    def stored(self, batch: Batch) -> None:
        """The intake has stored a batch."""
        if batch.messages or batch.sent_ids:
            self._router.wake()
        for gap in batch.gaps:
            log.warning(events.GAP_FOUND, chat=gap.chat_id, first=gap.next_id, last=gap.last_id)
            self._backfill.wake()

    def _wake_sender(self, destinations: set[ChatId]) -> None:
        self._sender.wake(destinations)

    async def drain(self) -> None:
        """Let the requests under way end; what takes longer is taken up at the next start."""
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


def make_client(config: TelegramConfig, session: RelaySession, on_batch: OnBatch) -> RelayClient:
    """Raises `ServerKeyInvalid`, or `OSError` where the key's file cannot be read."""
    api_hash = config.api_hash.reveal()
    return RelayClient(session, config.api_id, api_hash, on_batch, server_of(config))


def server_of(config: TelegramConfig) -> Server | None:
    """The configured server, None for Telegram itself. Raises `OSError` where the file with its
    public key cannot be read."""
    if config.server is None:
        return None
    key = config.server.public_key.read_text("ascii", "replace")
    return Server(config.server.host, config.server.port, config.server.dc_id, key)


async def _watch_updates(client: RelayClient) -> None:
    raise UpdatesStopped(await client.ended())


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of a group, without the groups around it."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
