"""One run of the relay: started, kept running and stopped so that nothing is lost.

Start: lock → database → login → staff group → what was missed → routing and sending.
Stop: no new sends → requests under way end → disconnect → state stored → database closed.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import structlog

from daemon.assembly import Relay
from daemon.config import Config, ConfigError, changes
from daemon.connecting import make_client
from daemon.core.condition import Condition, Phase
from daemon.core.doctor import privacy_off
from daemon.core.greeting import Greeting
from daemon.core.model import Bot
from daemon.core.outage import Outage
from daemon.core.sync import AccountState, KnownChat
from daemon.health import Notifier
from daemon.heartbeat import Heartbeat, path_beside
from daemon.lock import FileLock
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.intake import Intake
from daemon.relay.store import Store
from daemon.service import Attendance
from daemon.storage import groups, moves, sync_state, tickets
from daemon.storage.db import Database
from daemon.storage.workload import workload
from daemon.telegram.client import RelayClient
from daemon.telegram.errors import TelegramUnreachable
from daemon.telegram.login import LoginDelayed, log_in
from daemon.telegram.session import RelaySession, SessionFile

log = structlog.get_logger()

T = TypeVar("T")

Start = Callable[[Coroutine[Any, Any, None]], None]
"""Begins a part that is to run until the relay ends."""


class UpdatesStopped(Exception):
    """Telegram's updates can no longer be followed; a new start can."""


class App:
    """One run of the relay. `say` tells a person, where one is looking on, in plain lines what
    otherwise only the log holds; `reread` reads the configuration again; `in_words` is what to
    tell of an error that ends it."""

    def __init__(
        self,
        config: Config,
        clock: Clock | None = None,
        notifier: Notifier | None = None,
        say: Callable[[str], None] | None = None,
        reread: Callable[[], Config] | None = None,
        in_words: Callable[[Exception], str] = repr,
    ) -> None:
        self._config = config
        self._clock = clock or Clock()
        self._notifier = notifier or Notifier.from_environ()
        self._say = say
        self._reread = reread
        self._attendance = Attendance(self._notifier, self._clock)
        self._in_words = in_words
        self.heartbeat = Heartbeat(path_beside(config.relay.database), self._clock)
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()
        self.ready = asyncio.Event()
        """Set once everything missed is taken in and the relay runs."""

    def condition(self) -> Condition:
        """How it fares now. May be called on any thread.

        Raises `sqlite3.Error`, `OSError`, `ForeignDatabase`, `SchemaTooNew`."""
        # That of the last note written: an event loop that hangs writes none.
        note = replace(self.heartbeat.note, written_at=self.heartbeat.written_at)
        config = self._config
        sync_interval_s = config.limits.sync_interval_s
        work = workload(config.relay.database)
        return Condition(self._clock.now_ms(), True, note, work, sync_interval_s)

    def stop(self) -> None:
        """Ask the relay to end; `run` then returns."""
        self._stop.set()

    def reload(self) -> None:
        """Ask the relay to go on with the configuration as it is now; one that is not right is
        refused, and the old one kept. While it still starts, this waits."""
        self._reload.set()

    async def run(self) -> None:
        """Run until `stop` is called.

        Raises what keeps the relay from running: `Locked`, `SessionUnreadable`,
        `SessionRefused`, `SessionOfAnother`, `TelegramUnreachable`, `ServerKeyInvalid`,
        `NotInStaffGroup`, `WrongDatabase`, `ForeignDatabase`, `SchemaTooNew`, `UpdatesStopped`,
        `UpdatesStalled`, `sqlite3.Error`, `OSError`."""
        # Telegram revokes a session that is used twice at a time, and two relays on one database
        # would send everything twice.
        session, path = self._config.telegram.session, self._config.relay.database
        with FileLock(session), FileLock(path):
            async with self.heartbeat.beating(self._in_words):
                async with self._attendance.asking_for_time():
                    database = await Database.open(path)
                try:
                    await self._run_on(database, SessionFile(session))
                finally:
                    await database.close()

    async def _run_on(self, database: Database, file: SessionFile) -> None:
        account, chats = await database.transaction("load", self._load)
        store = Store(database, self._clock, self._attendance.tell_trouble)
        intake = Intake(store, self._clock)
        session = RelaySession(file, account, chats)
        client = make_client(self._config, session, intake.take)
        try:
            async with asyncio.TaskGroup() as tasks:
                background = [tasks.create_task(intake.run())]

                def start(part: Coroutine[Any, Any, None]) -> None:
                    background.append(tasks.create_task(part))

                async with self._attendance.asking_for_time():
                    starting = self._start_up(store, client, intake, start)
                    relay = await self._unless_stopped(starting)
                if relay is not None:
                    # Nothing is routed by a start that may still fail: who upgrades goes by that.
                    greeting = await relay.greeting()
                    for part in relay.parts():
                        start(part)
                    await self._announce(greeting)
                    for part in self._watched(relay, intake):
                        start(part)
                    await self._stop.wait()
                self._notifier.stopping("Finishing what is under way")
                await self.heartbeat.enter(Phase.STOPPING)
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
        self._notifier.status("Logging in to Telegram")
        bot = await self._log_in(client)
        start(_watch_updates(client))
        relay = Relay(self._config, bot, store, client, self._clock, intake.is_full)
        intake.tell(relay.round_for, relay.stored)
        self.heartbeat.feel(lambda: (intake.heard_ms or None, relay.sent_at))
        await relay.take_its_place()
        self._notifier.status("Taking in what was missed")
        await client.caught_up()
        await intake.stored()
        return relay

    async def _log_in(self, client: RelayClient) -> Bot:
        """A bot that logged in often must wait, and longer after each try in vain: a restart
        would make it worse. A server that cannot be reached is tried again under a service manager,
        whose own pauses may not grow; a person is told at once."""
        outage: Outage | None = None
        while True:
            try:
                return await log_in(client, self._config.telegram.bot_token.reveal())
            except LoginDelayed as delay:
                outage = None
                log.warning(events.LOGIN_DELAYED, wait_s=delay.seconds)
                self._notifier.status(f"Telegram lets the bot log in {delay}")
                await self._clock.sleep(delay.seconds)
            except TelegramUnreachable as error:
                now = self._clock.now_ms()
                if outage is None and self._notifier.listens:
                    log.warning(events.LOGIN_UNREACHABLE, reason=str(error))
                    outage = Outage(now)
                pause_s = outage.pause_s(now) if outage else None
                if outage is None or pause_s is None:
                    raise
                self._notifier.status(outage.line())
                await client.disconnect()
                await self._clock.sleep(pause_s)

    def _load(self, tx: sqlite3.Connection) -> tuple[AccountState | None, list[KnownChat]]:
        served = {
            *groups.all_groups(tx),
            *tickets.groups_of_open(tx),  # a group that was removed is served to the end
            self._config.relay.staff_group,
        }
        watched = {moves.current(tx, chat_id) for chat_id in served}
        known = [
            chat
            for chat in sync_state.chats(tx).values()
            # A group that is none of ours may have asked meanwhile to become one.
            if chat.chat_id in watched or chat.pts is not None
        ]
        return sync_state.account(tx), known

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

    def _watched(self, relay: Relay, intake: Intake) -> list[Coroutine[Any, Any, None]]:
        """What runs beside the relay's own parts, once it is ready."""
        attendance = self._attendance
        return [
            attendance.feed_watchdog(relay.pulse(intake)),
            attendance.tell_standing(lambda: relay.standing(intake.heard_ms)),
            self._reload_when_asked(relay),
        ]

    async def _reload_when_asked(self, relay: Relay) -> None:
        while True:
            await self._reload.wait()
            self._reload.clear()
            self._notifier.reloading()
            try:
                await self._take_over_config(relay)
            finally:
                self._notifier.ready()

    async def _take_over_config(self, relay: Relay) -> None:
        """The configuration as it is now, or the old one where that is not right."""
        if self._reread is None:
            return
        try:
            new = self._reread()
        except ConfigError as error:
            log.error(events.CONFIG_REFUSED, file=error.file, problems=list(error.problems))
            self._attendance.remark = "the changed configuration is refused, see the log"
            return
        self._attendance.remark = ""
        for warning in new.warnings:
            log.warning(events.CONFIG_WARNING, problem=warning)
        found = changes(self._config, new)
        self._config = found.in_effect
        await relay.reload(self._config)
        counts = {"at_once": list(found.at_once), "at_restart": list(found.at_restart)}
        log.info(events.CONFIG_RELOADED, **counts)

    async def _announce(self, greeting: Greeting) -> None:
        if self._say is not None:
            for line in greeting.lines():
                self._say(line)
        else:
            for reminder in greeting.reminders():
                log.info(events.REMINDER, reminder=reminder)
            if not greeting.sees_all_messages:
                log.warning(events.PRIVACY_MODE_ON, todo=privacy_off(greeting.bot))
        log.info(events.RELAY_READY, **greeting.facts())
        await self.heartbeat.enter(Phase.RUNNING, greeting.bot.username)
        self._notifier.ready(f"Relaying as @{greeting.bot.username}")
        self.ready.set()


async def _watch_updates(client: RelayClient) -> None:
    error = await client.ended()
    if error is None:
        raise UpdatesStopped("the connection was closed")
    log.error(events.UPDATES_STOPPED, exc_info=error)
    raise UpdatesStopped(f"{type(error).__name__}: {error}")


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of a group, without the groups around it."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
