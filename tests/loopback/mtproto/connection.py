"""One TCP connection of a client: bytes in, sessions' messages out."""

from __future__ import annotations

import asyncio
import struct
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.loopback.mtproto.authorizations import Authorization, Authorizations
from tests.loopback.mtproto.containers import HEADER, Message
from tests.loopback.mtproto.encryption import (
    PADDING,
    EncryptionError,
    Sender,
    decrypt,
    encrypt,
)
from tests.loopback.mtproto.handshake import Handshake, HandshakeError
from tests.loopback.mtproto.keys import ServerKey
from tests.loopback.mtproto.session import Session
from tests.loopback.mtproto.transport import (
    KEY_UNKNOWN,
    FrameReader,
    FrameWriter,
    TransportError,
)

ACK_DELAY = 0.2
"""Seconds a request may wait for its answer before it is acknowledged on its own."""

_NO_KEY = bytes(8)
_PLAIN_HEADER = struct.Struct("<8sqi")
_SALT_AND_SESSION = struct.Struct("<qq")
_INNER_HEADER = _SALT_AND_SESSION.size + HEADER.size


class ProtocolViolation(Exception):
    """A packet no client sends that keeps to the protocol: the connection ends."""


@dataclass
class Switchboard:
    """What the connections of one server share."""

    key: ServerKey
    rng: Random
    clock: Callable[[], float]
    serve: Callable[[Session, int, bytes], None]
    gzip_above: int
    problems: list[str]
    """Receives what must never happen."""
    changed: Callable[[], None]
    """Is told whenever there may be another number of connections of some user."""
    authorizations: Authorizations = field(init=False)
    connections: set[Connection] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.authorizations = Authorizations(self.changed)

    def session(self, authorization: Authorization, session_id: int) -> Session:
        """The session of this id; a new one if the key has none."""
        session = authorization.sessions.get(session_id)
        if session is None:
            session = authorization.sessions[session_id] = Session(
                authorization,
                session_id,
                authorizations=self.authorizations,
                clock=self.clock,
                unique_id=self.rng.getrandbits(63),
                serve=self.serve,
                gzip_above=self.gzip_above,
            )
        return session


class Connection(asyncio.Protocol):
    """A connection to one data centre; the `Line` of the sessions that come by it."""

    def __init__(self, switchboard: Switchboard, dc_id: int) -> None:
        self._board = switchboard
        self._dc_id = dc_id
        self._loop = asyncio.get_running_loop()
        self._reader = FrameReader()
        self._writer = FrameWriter()
        self._handshake: Handshake | None = None
        self._last_plain_id = 0
        self._sessions: dict[int, Session] = {}
        self._to_flush: dict[int, Session] = {}
        self._flush_handle: asyncio.Handle | None = None
        self._ack_handle: asyncio.TimerHandle | None = None
        self._disconnect_handle: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._silent = False

    @property
    def user_ids(self) -> set[int]:
        """The users whose sessions came by this connection."""
        ids = (session.user_id for session in self._sessions.values())
        return {user_id for user_id in ids if user_id is not None}

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._board.connections.add(self)
        self._board.changed()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._board.connections.discard(self)
        for handle in (self._flush_handle, self._ack_handle, self._disconnect_handle):
            if handle is not None:
                handle.cancel()
        for session in self._sessions.values():
            if session.line is self:
                session.detach()
        self._board.changed()

    def data_received(self, data: bytes) -> None:
        if self._silent:
            return
        try:
            for payload in self._reader.feed(data):
                self._receive(payload)
        except TransportError:
            self.close()
        except (ProtocolViolation, HandshakeError, EncryptionError):
            if self._transport is not None:
                self._transport.write(self._writer.error(KEY_UNKNOWN))
            self.close()
        except Exception:  # noqa: BLE001 - asyncio would only log it
            self._board.problems.append(f"a packet broke the server:\n{traceback.format_exc()}")
            self.close()

    # Incoming

    def _receive(self, payload: bytes) -> None:
        key_id = payload[:8]
        if key_id == _NO_KEY:
            self._receive_plain(payload)
            return
        authorization = self._board.authorizations.find(key_id, self._dc_id)
        if authorization is None:
            raise ProtocolViolation("unknown authorization key")
        self._receive_encrypted(authorization, payload)

    def _receive_encrypted(self, authorization: Authorization, payload: bytes) -> None:
        plain = decrypt(authorization.auth_key, payload, Sender.CLIENT)
        if len(plain) < _INNER_HEADER:
            raise ProtocolViolation(f"{len(plain)} bytes of plain text")
        salt, session_id = _SALT_AND_SESSION.unpack_from(plain)
        msg_id, seqno, length = HEADER.unpack_from(plain, _SALT_AND_SESSION.size)
        if length < 4 or length % 4 or len(plain) - _INNER_HEADER - length not in PADDING:
            raise ProtocolViolation(f"a message of {length} in {len(plain)} bytes")
        session = self._sessions.get(session_id)
        if session is None or session.authorization is not authorization:
            session = self._board.session(authorization, session_id)
            self._sessions[session_id] = session
            self._board.changed()
        session.attach(self)
        body = plain[_INNER_HEADER : _INNER_HEADER + length]
        session.receive(salt, Message(msg_id, seqno, body))

    def _receive_plain(self, payload: bytes) -> None:
        """https://core.telegram.org/mtproto/description#unencrypted-message"""
        if len(payload) < _PLAIN_HEADER.size:
            raise ProtocolViolation("a plain-text message without a header")
        _, msg_id, length = _PLAIN_HEADER.unpack_from(payload)
        if length != len(payload) - _PLAIN_HEADER.size or msg_id % 4:
            raise ProtocolViolation("a plain-text message with a wrong header")
        board = self._board
        if self._handshake is None:
            self._handshake = Handshake(board.key, board.rng, board.clock)
        answer = self._handshake.answer(payload[_PLAIN_HEADER.size :])
        if self._handshake.completed is not None:
            auth_key, salt = self._handshake.completed
            self._handshake = None
            board.authorizations.add(Authorization(auth_key, self._dc_id, salt))
        self._last_plain_id = max(int(board.clock()) << 32 | 1, self._last_plain_id + 4)
        header = _PLAIN_HEADER.pack(_NO_KEY, self._last_plain_id, len(answer))
        if self._transport is not None:
            self._transport.write(self._writer.frame(header + answer))

    # Line

    def flush_soon(self, session: Session) -> None:
        self._to_flush[session.session_id] = session
        if self._flush_handle is None:
            self._flush_handle = self._loop.call_soon(self._flush)

    def flush_later(self, session: Session) -> None:
        if self._ack_handle is None:
            self._ack_handle = self._loop.call_later(ACK_DELAY, self._flush_acks)

    def silence(self) -> None:
        """Neither hear nor say anything any more, but keep the connection open."""
        self._silent = True

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Send what is queued and close."""
        if self._transport is not None:
            self._transport.close()

    def disconnect_after(self, seconds: float) -> None:
        if self._disconnect_handle is not None:
            self._disconnect_handle.cancel()
        self._disconnect_handle = self._loop.call_later(seconds, self.close)

    # Outgoing

    def _flush_acks(self) -> None:
        self._ack_handle = None
        for session in self._sessions.values():
            if session.line is self and session.outbox.pending_acks:
                self.flush_soon(session)

    def _flush(self) -> None:
        self._flush_handle = None
        if self._silent:
            return
        sessions, self._to_flush = self._to_flush, {}
        frames = [
            self._writer.frame(self._envelope(session, message))
            for session in sessions.values()
            if session.line is self
            for message in session.outbox.take()
        ]
        if frames and self._transport is not None:
            self._transport.write(b"".join(frames))

    def _envelope(self, session: Session, message: Message) -> bytes:
        authorization = session.authorization
        salt = authorization.salts.current(self._board.clock())
        length = _INNER_HEADER + len(message.body)
        padded = b"".join(
            (
                _SALT_AND_SESSION.pack(salt, session.session_id),
                HEADER.pack(message.msg_id, message.seqno, len(message.body)),
                message.body,
                self._board.rng.randbytes(12 + -(length + 12) % 16),
            )
        )
        return encrypt(authorization.auth_key, padded, Sender.SERVER)
