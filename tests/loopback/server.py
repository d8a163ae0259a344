"""A Telegram server on 127.0.0.1 that a real Telethon client cannot tell from Telegram."""

from __future__ import annotations

import asyncio
import importlib
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from telethon.tl import functions

from tests.loopback.configuration import configuration
from tests.loopback.faults import Faults
from tests.loopback.mtproto.authorizations import Authorization
from tests.loopback.mtproto.connection import Connection, Switchboard
from tests.loopback.mtproto.containers import pack
from tests.loopback.mtproto.dispatch import Call, Dispatcher
from tests.loopback.mtproto.encryption import AuthKey
from tests.loopback.mtproto.keys import server_key
from tests.loopback.mtproto.session import Session
from tests.loopback.push_faults import Push, PushFaults
from tests.loopback.request_log import RequestLog
from tests.loopback.rpc import HANDLERS, Context, Handler, TlObject
from tests.loopback.watch import Watch

if TYPE_CHECKING:
    from tests.loopback.world import World

HOST = "127.0.0.1"

GZIP_ABOVE = 4096
"""Bytes of a result or of updates beyond which they are sent compressed."""


class LoopbackTelegram:
    """The server: `async with LoopbackTelegram() as telegram: ...`.

    Leaving the block raises `AssertionError` if a request had no handler or a handler failed.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        seed: int = 0,
        port: int = 0,
        dc_id: int = 2,
        extra_dcs: Sequence[int] = (),
        handlers: Mapping[int, Handler] | None = None,
        directory: Path | None = None,
        clock: Callable[[], float] = time.time,
        gzip_above: int = GZIP_ABOVE,
    ) -> None:
        """`seed`: of all that is drawn. `port`: any free one by default. `extra_dcs`: further data
        centres, each at a port of its own, for USER_MIGRATE. `handlers`: in place of those of
        `tests.loopback.api`. `directory`: where the public key file goes, a temporary one by
        default. `clock`: Unix time."""
        if world is None:
            world = importlib.import_module("tests.loopback.world").World(seed=seed, clock=clock)
        if handlers is None:
            importlib.import_module("tests.loopback.api")
            handlers = HANDLERS
        self.world: World = world
        self.host = HOST
        self.dc_id = dc_id
        self.faults = Faults()
        self.problems: list[str] = []
        self.requests = RequestLog()
        self.pushed: Counter[int] = Counter()
        """How many updates were pushed to the sessions of each user."""
        self.pushes = PushFaults(self.faults.tally)
        self._watch = Watch()
        self._port = port
        self._dc_ids = (dc_id, *extra_dcs)
        self._ports: dict[int, int] = {}
        self._listeners: dict[int, asyncio.Server] = {}
        self._reserved: dict[int, socket.socket] = {}
        self._directory = directory
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._gzip_above = gzip_above
        own: dict[int, Handler] = {functions.help.GetConfigRequest.CONSTRUCTOR_ID: self._config}
        self._dispatcher = Dispatcher(
            world,
            {**handlers, **own},
            seen=self._seen,
            intercept=self.faults.intercept,
            problems=self.problems,
        )
        self._board = Switchboard(
            key=server_key(),
            rng=Random(seed),
            clock=clock,
            serve=self._dispatcher.serve,
            gzip_above=gzip_above,
            problems=self.problems,
            changed=self._watch.changed,
        )
        world.delivery = self

    async def __aenter__(self) -> Self:
        if self._directory is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="loopback-telegram-")
            self._directory = Path(self._temporary.name)
        self.public_key_path.write_text(server_key().public_pem())
        for dc_id in self._dc_ids:
            await self._listen(dc_id, _bound_socket(self._port if dc_id == self.dc_id else 0))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for listener in self._listeners.values():
            listener.close()
        for reserved in self._reserved.values():
            reserved.close()
        await self._dispatcher.close()
        self.cut_lines()
        # The transports learn of the cut in the loop's next turn.
        await asyncio.sleep(0)
        if self._temporary is not None:
            self._temporary.cleanup()
        if error is None:
            self.assert_clean()
        elif self.problems:
            # What went wrong here is often the cause of what the test complains about.
            error.add_note("\n".join(self.problems))

    @property
    def port(self) -> int:
        """The port of the data centre a client begins with."""
        return self._ports[self.dc_id]

    def port_of(self, dc_id: int) -> int:
        return self._ports[dc_id]

    @property
    def public_key_path(self) -> Path:
        """The server's public key as PKCS#1 PEM, once the server runs."""
        if self._directory is None:
            raise RuntimeError("the server does not run")
        return self._directory / "loopback-telegram.pem"

    def assert_clean(self) -> None:
        """Raise `AssertionError` if something happened that no test may take for granted."""
        if self.problems:
            raise AssertionError("\n".join(self.problems))

    async def wait_for_request(
        self, request_type: Any, count: int = 1, *, within: float = 10
    ) -> None:
        """Return once `count` requests of this class were seen; `TimeoutError` if they were not
        `within` so many seconds."""
        await self.requests.wait_for(request_type, count, within)

    # The line

    def cut_lines(self, user_id: int | None = None) -> int:
        """Break the connections of a user, or all of them; how many there were."""
        lines = self._lines(user_id)
        for line in lines:
            line.cut()
        return len(lines)

    def silence_lines(self, user_id: int | None = None) -> int:
        """Let the connections of a user, or all of them, hang: open, but nothing passes any more.
        How many there were."""
        lines = self._lines(user_id)
        for line in lines:
            line.silence()
        return len(lines)

    async def refuse_connections(self) -> None:
        """Refuse new connections. Those that exist stay: see `cut_lines`."""
        for dc_id, listener in list(self._listeners.items()):
            listener.close()
            del self._listeners[dc_id]
            # Bound but not listening, the port refuses connections and stays ours.
            self._reserved[dc_id] = _bound_socket(self._ports[dc_id])

    async def accept_connections(self) -> None:
        """Listen again, on the same ports."""
        for dc_id, reserved in list(self._reserved.items()):
            del self._reserved[dc_id]
            await self._listen(dc_id, reserved)

    def replace_salts(self) -> None:
        """Make every client's salt invalid, as it happens each hour."""
        for authorization in self._board.authorizations:
            authorization.salts.replace()

    def connections(self, user_id: int | None = None) -> int:
        """How many lines a user has, or all have."""
        return len(self._lines(user_id))

    def unacknowledged(self, user_id: int) -> int:
        """How many messages to a user's sessions these have not acknowledged."""
        known = self._board.authorizations.of_user(user_id)
        return sum(len(s.outbox.unacked) for a in known for s in a.sessions.values())

    def _lines(self, user_id: int | None) -> list[Connection]:
        return [
            line for line in self._board.connections if user_id is None or user_id in line.user_ids
        ]

    async def wait_for_connections(
        self, count: int, user_id: int | None = None, *, within: float = 10
    ) -> None:
        """Return once a user has, or all have, exactly so many lines; `TimeoutError` if it does
        not come to that `within` so many seconds."""
        await self._watch.until(
            lambda: self.connections(user_id) == count,
            within,
            lambda: f"{self.connections(user_id)} connections, not {count},",
        )

    def issue_key(self, user_id: int | None = None) -> bytes:
        """A new authorization key, logged in as the user, as if it had been agreed on before: a
        test of something else need not spend a tenth of a second on it. Its first salt is 0,
        which is what Telethon begins with."""
        authorization = Authorization(AuthKey(self._board.rng.randbytes(256)), self.dc_id, 0)
        self._board.authorizations.add(authorization)
        self._board.authorizations.bind(authorization, user_id)
        return authorization.auth_key.key

    def forget_keys(self, user_id: int | None = None) -> int:
        """Forget the authorization keys of a user, or all: whoever uses one gets the transport
        error -404. How many there were."""
        known = self._board.authorizations
        forgotten = list(known) if user_id is None else known.of_user(user_id)
        for authorization in forgotten:
            known.remove(authorization)
        return len(forgotten)

    async def _listen(self, dc_id: int, bound: socket.socket) -> None:
        listener = await asyncio.get_running_loop().create_server(
            lambda: Connection(self._board, dc_id), sock=bound
        )
        self._listeners[dc_id] = listener
        self._ports[dc_id] = bound.getsockname()[1]

    # Pushed updates

    def push(self, user_id: int, updates: TlObject, *, except_session: int | None = None) -> None:
        """See `tests.loopback.rpc.Delivery`."""
        push = Push(user_id, bytes(updates), except_session)
        if self._audience(push):
            for due in self.pushes.route(push):
                body = pack(due.body) if len(due.body) > self._gzip_above else due.body
                for session in self._audience(due):
                    self.pushed[push.user_id] += 1
                    session.say(body)

    def drop_pushes(self, count: int = 1) -> None:
        """Lose the next `count` pushes, so that a gap arises."""
        self.pushes.drop(count)

    def duplicate_pushes(self, count: int = 1) -> None:
        """Send each of the next `count` pushes twice."""
        self.pushes.duplicate(count)

    def reorder_pushes(self, count: int = 2) -> None:
        """Send the next `count` pushes in reverse order, once all are there."""
        self.pushes.reorder(count)

    def garble_pushes(self, count: int = 1) -> None:
        """Send the next `count` pushes with a constructor that the client does not know."""
        self.pushes.garble(count)

    def _audience(self, push: Push) -> list[Session]:
        return [
            session
            for authorization in self._board.authorizations.of_user(push.user_id)
            for session in authorization.sessions.values()
            if session.line is not None
            and session.subscribed
            and session.session_id != push.except_session
        ]

    # What the server itself answers

    def _seen(self, call: Call) -> None:
        self.requests.add(call.session.user_id, call.request)

    async def _config(self, context: Context, request: TlObject) -> TlObject:
        caller = context.caller
        this_dc = caller.dc_id if isinstance(caller, Session) else self.dc_id
        return configuration(self.host, self._ports, this_dc)


def _bound_socket(port: int) -> socket.socket:
    # The protocol must be named: without it asyncio leaves Nagle's algorithm on, and a push that
    # follows another would wait 40 ms for the client's acknowledgement.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((HOST, port))
    return bound
