"""One session of one authorization key: what came in by it and what goes out.

https://core.telegram.org/mtproto/description#session
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from telethon.tl import types

from tests.loopback.mtproto.arrivals import WINDOW, Arrivals, Parity, Refusal
from tests.loopback.mtproto.authorizations import Authorization, Authorizations
from tests.loopback.mtproto.containers import (
    CONTAINER,
    GZIP_PACKED,
    Message,
    PackingError,
    open_container,
    pack,
    unpack,
)
from tests.loopback.mtproto.decoding import DecodeError, read_whole
from tests.loopback.mtproto.outbox import Outbox
from tests.loopback.mtproto.service import EVEN_SEQNO, SERVICE_MESSAGES


class Line(Protocol):
    """The connection a session speaks through."""

    def flush_soon(self, session: Session) -> None:
        """Send what the session has queued, once the loop has run what is ready to run."""

    def flush_later(self, session: Session) -> None:
        """Send what the session has queued, at the latest after a moment."""

    def cut(self) -> None:
        """Break off without a word."""

    def disconnect_after(self, seconds: float) -> None:
        """Close unless told so again within this time."""


class Session:
    """The server's memory of a session; it outlives the connections that carry it.

    It is also the `Caller` that handlers see.
    """

    def __init__(
        self,
        authorization: Authorization,
        session_id: int,
        *,
        authorizations: Authorizations,
        clock: Callable[[], float],
        unique_id: int,
        serve: Callable[[Session, int, bytes], None],
        gzip_above: int,
    ) -> None:
        self.authorization = authorization
        self.session_id = session_id
        self.line: Line | None = None
        self.subscribed = False
        """Whether updates are pushed to it: a request came without invokeWithoutUpdates."""
        self.running: dict[int, asyncio.Task[None]] = {}
        """The requests being served, by message id."""
        self.outcomes: dict[int, bool] = {}
        """Which requests were answered, by message id, and whether with a result."""
        self.unwanted: set[int] = set()
        """Running requests whose results the client does not want any more."""
        self.arrivals = Arrivals(clock)
        self.outbox = Outbox(clock)
        self._authorizations = authorizations
        self.clock = clock
        self._unique_id = unique_id
        self._serve = serve
        self._gzip_above = gzip_above
        self._first_id: int | None = None

    @property
    def user_id(self) -> int | None:
        return self.authorization.user_id

    @property
    def dc_id(self) -> int:
        """The data centre the caller is connected to."""
        return self.authorization.dc_id

    def log_in(self, user_id: int) -> None:
        self._authorizations.bind(self.authorization, user_id)

    def log_out(self) -> None:
        self._authorizations.bind(self.authorization, None)

    def destroy_authorization(self) -> None:
        self._authorizations.remove(self.authorization)

    def attach(self, line: Line) -> None:
        """Speak through this line from now on, and repeat there what the last one may have
        lost."""
        if self.line is not line:
            self.line = line
            self.outbox.repeat_all()
            line.flush_soon(self)

    def detach(self) -> None:
        self.line = None
        self.authorization.detached(self)

    def receive(self, salt: int, message: Message) -> None:
        """Take a message that was decrypted."""
        now = self.clock()
        if not self.authorization.salts.valid(salt, now):
            current = self.authorization.salts.current(now)
            self.reply(
                bytes(
                    types.BadServerSalt(
                        message.msg_id, message.seqno, int(Refusal.WRONG_SALT), current
                    )
                )
            )
        elif message.body[:4] == CONTAINER:
            self._receive_container(message)
        else:
            self._receive_single(message)

    def _receive_container(self, message: Message) -> None:
        msg_id, seqno, body = message
        if msg_id in self.arrivals:
            self._refuse(message, Refusal.CONTAINER_ID_SEEN)
            return
        if refusal := self.arrivals.refusal(msg_id, seqno, Parity.EVEN):
            self._refuse(message, refusal)
            return
        try:
            inner = [_unpacked(single) for single in open_container(body)]
        except PackingError:
            self._refuse(message, Refusal.INVALID_CONTAINER)
            return
        # A container is taken or refused as a whole.
        if refusal := self._container_refusal(msg_id, inner):
            self._refuse(message, refusal)
            return
        for single in inner:
            self._take(single)
        self.arrivals.add(msg_id, seqno)

    def _container_refusal(self, msg_id: int, inner: list[Message]) -> Refusal | None:
        for single in inner:
            if single.msg_id >= msg_id:
                return Refusal.INVALID_CONTAINER
            if single.msg_id not in self.arrivals:
                refusal = self.arrivals.refusal(
                    single.msg_id, single.seqno, _parity(single), in_container=True
                )
                if refusal is Refusal.ID_NOT_DIVISIBLE_BY_4:
                    return Refusal.INVALID_CONTAINER
                if refusal:
                    return refusal
        return None

    def _receive_single(self, message: Message) -> None:
        try:
            message = _unpacked(message)
        except PackingError:
            self._refuse(message, Refusal.INVALID_CONTAINER)
            return
        refusal = None
        if message.msg_id not in self.arrivals:
            refusal = self.arrivals.refusal(message.msg_id, message.seqno, _parity(message))
        if refusal:
            self._refuse(message, refusal)
        else:
            self._take(message)

    def _take(self, message: Message) -> None:
        """Act on a message that is in order, unless it was taken before."""
        msg_id, seqno, body = message
        if msg_id in self.arrivals:
            self._take_again(msg_id)
            return
        self.arrivals.add(msg_id, seqno)
        if self._first_id is None or msg_id < self._first_id:
            self._first_id = msg_id
            salt = self.authorization.salts.current(self.clock())
            self.say(bytes(types.NewSessionCreated(msg_id, self._unique_id, salt)))
        service = SERVICE_MESSAGES.get(_constructor(body))
        if service is None:
            self._serve(self, msg_id, body)
            return
        try:
            service(self, msg_id, read_whole(body))
        except DecodeError:
            self._refuse(message, Refusal.INVALID_CONTAINER)

    def _take_again(self, msg_id: int) -> None:
        """Never execute a request twice: repeat its answer, or say that it has arrived."""
        answer = self.outbox.answered(msg_id)
        if answer is not None:
            self.outbox.repeat(answer.message.msg_id)
        else:
            self.outbox.acknowledge(msg_id)
        self.flush_soon()

    def _refuse(self, message: Message, refusal: Refusal) -> None:
        self.reply(bytes(types.BadMsgNotification(message.msg_id, message.seqno, int(refusal))))

    def acknowledge(self, msg_id: int) -> None:
        """Tell the client that a message has arrived, should its answer take a while."""
        self.outbox.acknowledge(msg_id)
        if self.line is not None:
            self.line.flush_later(self)

    def forget(self, msg_id: int) -> None:
        """A request never arrived."""
        self.arrivals.discard(msg_id)
        self.running.pop(msg_id, None)

    def answer(self, msg_id: int, result: bytes, *, ok: bool, lost: bool = False) -> None:
        """Answer a request; see `Outbox.answer` for `lost`."""
        self.running.pop(msg_id, None)
        self.outcomes[msg_id] = ok
        if len(self.outcomes) > WINDOW:
            del self.outcomes[next(iter(self.outcomes))]
        if len(result) > self._gzip_above:
            result = pack(result)
        if msg_id in self.unwanted:
            self.unwanted.discard(msg_id)
            result = bytes(types.RpcAnswerDroppedRunning())
        self.outbox.answer(msg_id, result, lost=lost)
        self.flush_soon()

    def say(self, body: bytes) -> None:
        """Send something the client has to acknowledge, such as updates."""
        self.outbox.say(body)
        self.flush_soon()

    def reply(self, body: bytes) -> None:
        """Send the answer to a service message."""
        self.outbox.reply(body)
        self.flush_soon()

    def flush_soon(self) -> None:
        if self.line is not None:
            self.line.flush_soon(self)


def _constructor(body: bytes) -> int:
    return int.from_bytes(body[:4], "little")


def _parity(message: Message) -> Parity:
    constructor = _constructor(message.body)
    if constructor in EVEN_SEQNO:
        return Parity.EVEN
    return Parity.EITHER if constructor in SERVICE_MESSAGES else Parity.ODD


def _unpacked(message: Message) -> Message:
    if message.body[:4] != GZIP_PACKED:
        return message
    body = unpack(message.body)
    if body[:4] in (CONTAINER, GZIP_PACKED):
        raise PackingError("a packed container, or packed twice")
    return message._replace(body=body)
