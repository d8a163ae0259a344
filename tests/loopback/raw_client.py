"""A client that may break the rules: the protocol by hand, over a socket."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from hashlib import sha1
from random import Random
from typing import Any, Self

from telethon.crypto import Factorization
from telethon.tl import functions, types
from telethon.tl.alltlobjects import LAYER
from telethon.tl.core import RpcResult

from tests.loopback.mtproto.containers import (
    CONTAINER,
    HEADER,
    Message,
    close_container,
    open_container,
)
from tests.loopback.mtproto.decoding import read_object, read_whole
from tests.loopback.mtproto.encryption import AuthKey, Sender, decrypt, encrypt
from tests.loopback.mtproto.handshake import (
    DH_PRIME,
    exchange_cipher,
    first_salt,
    new_nonce_hash,
    seal,
    unseal,
)
from tests.loopback.mtproto.keys import server_key
from tests.loopback.mtproto.transport import FrameReader, FrameWriter
from tests.loopback.server import LoopbackTelegram

WITHIN = 5
"""Seconds any answer may take."""

PLAIN = struct.Struct("<qqi")
INNER = struct.Struct("<qq")


class RawClient:
    """One connection and, once keys were exchanged, one session. Seeded: nothing is secret here."""

    def __init__(self, *, clock: Callable[[], float] = time.time, seed: int = 1) -> None:
        self.rng = Random(seed)
        self.clock = clock
        self.auth_key: AuthKey | None = None
        self.salt = 0
        self.session_id = self.rng.getrandbits(62)
        self.inbox: list[Message] = []
        self.writer: asyncio.StreamWriter | None = None
        self._last_id = 0
        self._content = 0

    async def open(self, host: str, port: int) -> Self:
        """Connect, also anew: the session goes on."""
        await self.close()
        self._frames, self.framing = FrameReader(), FrameWriter()
        self.reader, self.writer = await asyncio.open_connection(host, port)
        self._payloads: list[bytes] = []
        return self

    async def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
            # A line the server has cut ends in an error that the test was told of by `rejection`.
            with suppress(ConnectionError):
                await self.writer.wait_closed()

    # Packets

    def write(self, data: bytes) -> None:
        assert self.writer is not None
        self.writer.write(data)

    def write_payload(self, payload: bytes) -> None:
        self.write(self.framing.frame(payload))

    async def payload(self) -> bytes:
        """The next packet; `EOFError` once the server has closed."""
        async with asyncio.timeout(WITHIN):
            while not self._payloads:
                data = await self.reader.read(1 << 16)
                if not data:
                    raise EOFError("the server closed the connection")
                self._payloads += self._frames.feed(data)
        return self._payloads.pop(0)

    async def rejection(self) -> int | None:
        """The transport error the server ends the connection with; None if it just ends it."""
        code = None
        try:
            while True:
                payload = await self.payload()
                assert len(payload) == 4, "an answer where a rejection was expected"
                (code,) = struct.unpack("<i", payload)
        except (EOFError, ConnectionError):
            return code

    # The key exchange

    def write_plain(self, request: Any) -> None:
        body = bytes(request)
        self.write_payload(PLAIN.pack(0, self.next_id(), len(body)) + body)

    async def ask_plain(self, request: Any) -> Any:
        self.write_plain(request)
        payload = await self.payload()
        assert len(payload) > 4, f"rejected: {payload!r}"
        return read_whole(payload[PLAIN.size :])

    async def exchange_keys(self) -> None:
        """https://core.telegram.org/mtproto/auth_key"""
        challenge = await self.ask_plain(functions.ReqPqMultiRequest(self.rng.getrandbits(120)))
        offer = await self.ask_plain(self.proof_of_work(challenge))
        answer, auth_key = self.complete(challenge, offer)
        done = await self.ask_plain(answer)
        assert isinstance(done, types.DhGenOk)
        proof = new_nonce_hash(self.new_nonce, auth_key, 1)
        assert done.new_nonce_hash1 == int.from_bytes(proof, "little", signed=True)
        self.auth_key = auth_key
        self.salt = first_salt(nonce_bytes(challenge.server_nonce), self.new_nonce)

    def proof_of_work(self, challenge: Any, **changes: Any) -> Any:
        """req_DH_params; `changes` to its inner data make it a wrong one."""
        p, q = Factorization.factorize(int.from_bytes(challenge.pq, "big"))
        factors = [n.to_bytes((n.bit_length() + 7) // 8, "big") for n in (p, q)]
        self.new_nonce = self.rng.randbytes(32)
        fields = {
            "pq": challenge.pq,
            "p": factors[0],
            "q": factors[1],
            "nonce": challenge.nonce,
            "server_nonce": challenge.server_nonce,
            "new_nonce": int.from_bytes(self.new_nonce, "little", signed=True),
        }
        inner = bytes(types.PQInnerData(**fields | changes))
        plain = sha1(inner).digest() + inner
        plain += self.rng.randbytes(255 - len(plain))
        key = server_key()
        block = pow(int.from_bytes(plain, "big"), key.exponent, key.modulus).to_bytes(256, "big")
        return functions.ReqDHParamsRequest(
            challenge.nonce, challenge.server_nonce, *factors, key.fingerprint, block
        )

    def complete(self, challenge: Any, offer: Any, **changes: Any) -> tuple[Any, AuthKey]:
        """set_client_DH_params, and the key it makes; `changes` are to its inner data."""
        cipher = exchange_cipher(nonce_bytes(challenge.server_nonce), self.new_nonce)
        parameters = unseal(offer.encrypted_answer, *cipher)
        secret = self.rng.getrandbits(256)
        g_a = int.from_bytes(parameters.g_a, "big")
        g_b = pow(parameters.g, secret, DH_PRIME)
        fields = {
            "nonce": challenge.nonce,
            "server_nonce": challenge.server_nonce,
            "retry_id": 0,
            "g_b": number_bytes(g_b),
        }
        inner = bytes(types.ClientDHInnerData(**fields | changes))
        request = functions.SetClientDHParamsRequest(
            challenge.nonce, challenge.server_nonce, seal(inner, *cipher, self.rng.randbytes)
        )
        return request, AuthKey(pow(g_a, secret, DH_PRIME).to_bytes(256, "big"))

    # Messages

    def next_id(self) -> int:
        now = self.clock()
        fresh = int(now) << 32 | int(now % 1 * (1 << 30)) << 2
        self._last_id = max(fresh, self._last_id + 4)
        return self._last_id

    def message(self, body: Any, *, content: bool = True) -> Message:
        """A message as it should be numbered."""
        seqno = self._content * 2 + content
        self._content += content
        return Message(self.next_id(), seqno, bytes(body))

    def envelope(self, message: Message, *, salt: int | None = None, padding: int = 0) -> bytes:
        """The packet of a message; `padding`: bytes, the least that fits by default."""
        assert self.auth_key is not None
        plain = INNER.pack(self.salt if salt is None else salt, self.session_id)
        plain += HEADER.pack(message.msg_id, message.seqno, len(message.body)) + message.body
        plain += self.rng.randbytes(padding or 12 + -(len(plain) + 12) % 16)
        return encrypt(self.auth_key, plain, Sender.CLIENT)

    def write_message(self, message: Message, *, salt: int | None = None) -> int:
        self.write_payload(self.envelope(message, salt=salt))
        return message.msg_id

    def say(self, body: Any, *, content: bool = True) -> int:
        """Send one object; the id of its message."""
        return self.write_message(self.message(body, content=content))

    def write_container(self, messages: Iterable[Message]) -> int:
        body = close_container(list(messages))
        return self.write_message(self.message(body, content=False))

    async def messages(self) -> list[Message]:
        """The messages of the next packet, out of their container if there is one."""
        payload = await self.payload()
        assert len(payload) > 4, f"rejected: {payload!r}"
        assert self.auth_key is not None
        plain = decrypt(self.auth_key, payload, Sender.SERVER)
        assert INNER.unpack_from(plain)[1] == self.session_id
        msg_id, seqno, length = HEADER.unpack_from(plain, INNER.size)
        start = INNER.size + HEADER.size
        message = Message(msg_id, seqno, plain[start : start + length])
        return open_container(message.body) if message.body[:4] == CONTAINER else [message]

    async def expect_message(self, kind: Any, **fields: Any) -> Message:
        """The next message whose object is of this kind and has these fields; the others wait in
        the inbox."""
        passed: list[Message] = []
        try:
            while True:
                if not self.inbox:
                    self.inbox += await self.messages()
                message = self.inbox.pop(0)
                obj, _ = read_object(message.body)
                if isinstance(obj, kind) and all(
                    getattr(obj, name) == value for name, value in fields.items()
                ):
                    return message
                passed.append(message)
        finally:
            self.inbox[:0] = passed

    async def expect(self, kind: Any, **fields: Any) -> Any:
        return read_object((await self.expect_message(kind, **fields)).body)[0]

    async def result(self, msg_id: int) -> Message:
        """The message with the result of a request."""
        return await self.expect_message(RpcResult, req_msg_id=msg_id)

    async def settle(self) -> list[Any]:
        """Everything the server has sent and not been asked for yet, as objects: it answers a ping
        after all that came before."""
        ping_id = self.rng.getrandbits(62)
        self.say(functions.PingRequest(ping_id))
        await self.expect(types.Pong, ping_id=ping_id)
        objects = [read_object(message.body)[0] for message in self.inbox]
        self.inbox.clear()
        return objects


def initialized(request: Any) -> Any:
    """A request in the wrapping the first one of a key needs."""
    return functions.InvokeWithLayerRequest(
        LAYER, functions.InitConnectionRequest(1, "raw", "1", "1", "en", "", "en", request)
    )


def request_of(answer: Message) -> int:
    """The id of the request an rpc_result is for."""
    (request_id,) = struct.unpack_from("<q", answer.body, 4)
    assert isinstance(request_id, int)
    return request_id


def nonce_bytes(nonce: int) -> bytes:
    return nonce.to_bytes(16, "little", signed=True)


def number_bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


@asynccontextmanager
async def raw_client(
    telegram: LoopbackTelegram, *, keys: bool = True, **settings: Any
) -> AsyncIterator[RawClient]:
    """A raw client, by default with a key it was given and that is initialized."""
    client = await RawClient(**settings).open(telegram.host, telegram.port)
    try:
        if keys:
            client.auth_key = AuthKey(telegram.issue_key())
            msg_id = client.say(initialized(functions.help.GetConfigRequest()))
            await client.expect(RpcResult, req_msg_id=msg_id)
            await client.settle()
        yield client
    finally:
        await client.close()
