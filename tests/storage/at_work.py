"""The relay's parts at work on a real database, from an update to the sent message, with every
statement noted that they have the database execute."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar, cast

from daemon.core.membership import Membership, MemberStatus
from daemon.core.model import ChatId, Inbound, MessageKey, Sender, TicketNumbers
from daemon.core.pacing import Limits, Pacer
from daemon.core.sync import AccountState, Batch, KnownChat, SentId
from daemon.relay.contexts import Contexts
from daemon.relay.delivery import Outcome, Sent
from daemon.relay.group_router import GroupRouter
from daemon.relay.intake import Intake
from daemon.relay.router import Round, Router
from daemon.relay.sender import Sender as SenderOfMessages
from daemon.relay.store import Store
from daemon.storage.db import Database
from daemon.storage.outbox_row import OutboxRow
from tests.builders import ACME, ALICE, an_inbound
from tests.storage.relaying import DESK, Time, select, until

T = TypeVar("T")


class Listening:
    """A connection in a transaction; notes each statement as it is written in the program."""

    def __init__(self, connection: sqlite3.Connection, heard: dict[str, Any]) -> None:
        self._connection = connection
        self._heard = heard

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        self._heard[sql] = parameters
        return self._connection.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any]) -> sqlite3.Cursor:
        rows = list(parameters)
        if rows:
            self._heard[sql] = rows[0]
        return self._connection.executemany(sql, rows)


class ListeningStore(Store):
    heard: dict[str, Any]
    """The statements so far, each with the parameters that it had last."""
    done: set[str]
    """The names of the transactions so far."""

    def __init__(self, database: Database, time: Time) -> None:
        super().__init__(database, time.clock())
        self.heard = {}
        self.done = set()

    async def __call__(self, name: str, work: Callable[[sqlite3.Connection], T]) -> T:
        def listening(tx: sqlite3.Connection) -> T:
            return work(cast(sqlite3.Connection, Listening(tx, self.heard)))

        result = await super().__call__(name, listening)
        self.done.add(name)
        return result


class Telegram:
    """Takes every message and gives it the next id of its chat, unless a test says otherwise."""

    def __init__(self) -> None:
        self._ids = itertools.count(2_000_000_000)
        self.outcomes: dict[str, Outcome] = {}
        """By words in a message's text; each once."""
        self.sent: list[tuple[OutboxRow, MessageKey]] = []

    def next_id(self) -> int:
        return next(self._ids)

    async def deliver(self, row: OutboxRow, *, left_over: bool) -> tuple[OutboxRow, Outcome]:
        for words in self.outcomes:
            if words in row.text.text:
                return row, self.outcomes.pop(words)
        ids = tuple(self.next_id() for _ in row.random_ids)
        self.sent.append((row, MessageKey(row.destination, ids[0])))
        return row, Sent(ids)

    def said(self, words: str) -> MessageKey:
        """The newest message of the relay that contains the words."""
        return next(key for row, key in reversed(self.sent) if words in row.text.text)

    def top_of(self, sequence: ChatId) -> int:
        return 0

    def note_top(self, chat_id: ChatId, msg_id: int) -> None:
        pass

    def server_time_ms(self, local_ms: int) -> int:
        return local_ms

    async def replied_to(self, message: MessageKey, reply_to: MessageKey) -> Inbound:
        return an_inbound("what it is about", key=reply_to)

    async def album_of(self, message: MessageKey, grouped_id: int) -> list[Inbound]:
        return []


class Relay:
    """Everything between the updates and the requests."""

    def __init__(self, database: Database, *, numbers: TicketNumbers, limits: Limits) -> None:
        self.time = Time()
        self.telegram = Telegram()
        self.store = ListeningStore(database, self.time)
        self._database = database
        self._pts = itertools.count(1)
        clock, telegram = self.time.clock(), cast(Any, self.telegram)
        desk = replace(DESK, ticket_numbers=numbers, follow_up_s=60)
        self._intake = Intake(self.store, clock)
        self._contexts = Contexts(self.store, telegram, clock, self._wake_router)
        self._sender = SenderOfMessages(
            self.store, telegram, Pacer(limits), desk, clock, telegram, self._wake_router
        )
        self._groups = GroupRouter(
            self.store, desk, clock, on_outbox=self._sender.wake, on_looks=lambda: None
        )
        self._router = Router(
            self.store,
            desk,
            clock,
            album_quiet_s=1.0,
            claims=self._sender.claims,
            on_groups_changed=lambda _: None,
            on_context_wanted=self._contexts.ask,
        )

    def _wake_router(self) -> None:
        self._router.wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """What is asked for but once, at the start, is not among the statements heard."""

        def on_stored(_: Batch, a_round: Round | None) -> None:
            assert a_round is not None
            a_round.conclude()
            self._groups.wake()

        self._intake.tell(lambda _: self._router.a_round(), on_stored)
        parts = (self._intake, self._router, self._groups, self._sender, self._contexts)
        tasks = {asyncio.create_task(part.run()) for part in parts}
        try:
            await until(lambda: "destinations" in self.store.done)
            self.store.heard.clear()
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def hear(
        self, *said: Inbound, sent: Iterable[SentId] = (), joined: Iterable[Sender] = ()
    ) -> None:
        """Let updates come, and wait until all that follows from them is done."""
        pts = next(self._pts)
        chat_id = said[0].key.chat_id if said else ACME
        come = [
            Membership(chat_id, "Acme", who, None, MemberStatus.MEMBER, ALICE, 1) for who in joined
        ]
        await self._intake.take(
            Batch(
                messages=list(said),
                chats={chat_id: KnownChat(chat_id, "Somewhere", 1)},
                sent_ids=list(sent),
                memberships=come,
                account=AccountState(pts, 0, pts, 0),
                pts={chat_id: pts},
                tops={message.key.chat_id: message.key.msg_id for message in said},
            )
        )
        await self._intake.stored()
        await until(self._is_idle)

    def _is_idle(self) -> bool:
        waiting = "SELECT id FROM inbox UNION ALL SELECT id FROM group_events"
        to_send = "SELECT id FROM outbox WHERE state <> 'failed'"
        return not select(self._database, f"{waiting} UNION ALL {to_send}")
