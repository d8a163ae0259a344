"""What a scenario plays on: a loopback Telegram, a relay, and the ways to trouble both."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from telethon import utils
from telethon.tl import functions

from tests.loopback.rpc import Caller, TlObject
from tests.loopback.server import LoopbackTelegram
from tests.loopback.world import Chat, Group, Supergroup
from tests.scene import Scene
from tests.soak.machine_clock import MachineClock
from tests.soak.people import People
from tests.soak.relay_host import RelayHost
from tests.soak.simulated_time import SimulatedTime

SENDS = (
    functions.messages.SendMessageRequest,
    functions.messages.SendMediaRequest,
    functions.messages.SendMultiMediaRequest,
    functions.messages.ForwardMessagesRequest,
)
DIFFERENCES = (
    functions.updates.GetDifferenceRequest,
    functions.updates.GetChannelDifferenceRequest,
)

Fits = Callable[[TlObject, Caller], bool]


@dataclass(slots=True, eq=False)
class Stage:
    scene: Scene
    relay: RelayHost
    people: People
    rng: Random
    time: SimulatedTime
    clock: MachineClock
    customer_groups: list[Group]
    refusing: set[Group] = field(default_factory=set)
    """Groups where the bot was not let write for a while."""
    counts: Counter[str] = field(default_factory=Counter)
    """Faults that struck, by name."""
    disk: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever fills the disk, or writes to the database as if it were the operator."""
    _lineless: int = 0
    _ruling: defaultdict[Group, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    @property
    def telegram(self) -> LoopbackTelegram:
        return self.scene.telegram

    def ruling(self, group: Group) -> asyncio.Lock:
        """Held by whoever changes the bot's rights in a group."""
        return self._ruling[group]

    @property
    def supergroups(self) -> list[Group]:
        """Those of the customers."""
        return [group for group in self.customer_groups if isinstance(group, Supergroup)]

    async def moment(self, longest_s: float = 30.0) -> None:
        """Wait for a while, so that it strikes whatever is going on then."""
        await asyncio.sleep(self.rng.uniform(0, longest_s))

    def counted(self, name: str, fits: Fits) -> Fits:
        """A predicate for a rule of `faults` which counts the requests that the rule strikes."""

        def fits_and_counts(request: TlObject, caller: Caller) -> bool:
            if not fits(request, caller):
                return False
            self.counts[name] += 1
            return True

        return fits_and_counts

    @asynccontextmanager
    async def no_line(self) -> AsyncIterator[None]:
        """Telegram is out of reach."""
        if not self._lineless:
            await self.telegram.refuse_connections()
        self._lineless += 1
        self.telegram.cut_lines()
        try:
            yield
        finally:
            self._lineless -= 1
            if not self._lineless:
                await self.telegram.accept_connections()

    @asynccontextmanager
    async def stopped(self) -> AsyncIterator[None]:
        """The relay is not running."""
        async with self.relay.restarting:
            await self.relay.stop()
            yield
            await self.relay.start()


def is_send(request: TlObject, _caller: Caller) -> bool:
    return isinstance(request, SENDS)


def is_difference(request: TlObject, _caller: Caller) -> bool:
    return isinstance(request, DIFFERENCES)


def send_to(chat: Chat) -> Fits:
    def fits(request: TlObject, caller: Caller) -> bool:
        if not is_send(request, caller):
            return False
        peer = getattr(request, "to_peer", None) or request.peer
        return bool(utils.get_peer_id(peer) == chat.marked_id)

    return fits


class Disk:
    """A disk that refuses transactions, in this process: what the operating system does not let us
    do to a file that is open, SQLite's error is raised for where the transaction announces itself.

    An audit hook is for ever; there is one for all scenarios."""

    def __init__(self) -> None:
        self.refusal = ""
        """SQLite's words; empty while all is well."""
        self.code = sqlite3.SQLITE_READONLY
        """SQLite's number for it."""
        self.step = "commit"
        """The step of the transaction at which they are said."""
        self.refused: Callable[[], None] = lambda: None
        """Called for each transaction that was refused."""
        self._listening = False

    def listen(self) -> None:
        if not self._listening:
            sys.addaudithook(self._hear)
            self._listening = True

    def _hear(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "ticket_relay.transaction" and self.refusal and details[1] == self.step:
            self.refused()
            error = sqlite3.OperationalError(self.refusal)
            error.sqlite_errorcode = self.code
            raise error


DISK = Disk()
