"""What a session has to say to its client: numbering, acknowledgement, repetition."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from telethon.tl import types

from tests.loopback.mtproto.containers import Message, close_container

MAX_UNACKED = 1024
"""Messages kept for a client that acknowledges nothing; then the oldest are forgotten."""

MAX_CONTAINER = 1 << 15
"""Bytes after which a container is closed and the next begun."""

MAX_MESSAGES = 1020
"""Messages after which it is."""

_RPC_RESULT = struct.Struct("<Iq")
_RPC_RESULT_ID = 0xF35C6D01


@dataclass(slots=True)
class Outgoing:
    """A message to the client, and the request it answers, if it answers one."""

    message: Message
    answer_to: int | None


class Outbox:
    """The outgoing half of a session.

    https://core.telegram.org/mtproto/description#message-identifier-msg-id
    https://core.telegram.org/mtproto/service_messages_about_messages#acknowledgment-of-receipt
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last_id = 0
        self._content_count = 0
        self._queue: list[Message] = []
        self._unacked: dict[int, Outgoing] = {}
        self._answers: dict[int, Outgoing] = {}
        self._to_ack: dict[int, None] = {}

    @property
    def pending_acks(self) -> bool:
        return bool(self._to_ack)

    @property
    def unacked(self) -> list[int]:
        """Ids of what is kept to be repeated."""
        return list(self._unacked)

    def say(self, body: bytes, *, content: bool = True) -> None:
        """Queue a message of the server's own, such as updates.

        `content`: the client has to acknowledge it, and it is repeated on a new line until then.
        """
        message = self._number(body, content=content, answer=False)
        self._queue.append(message)
        if content:
            self._keep(Outgoing(message, None))

    def reply(self, body: bytes) -> None:
        """Queue the answer to a service message: no rpc_result, nothing to acknowledge."""
        self._queue.append(self._number(body, content=False, answer=True))

    def answer(self, request_id: int, result: bytes, *, lost: bool = False) -> None:
        """Queue the rpc_result of a request.

        `lost`: it leaves the server but never arrives. A repeated request brings it again.
        """
        body = _RPC_RESULT.pack(_RPC_RESULT_ID, request_id) + result
        message = self._number(body, content=True, answer=True)
        outgoing = Outgoing(message, request_id)
        self._keep(outgoing)
        self._answers[request_id] = outgoing
        # A result says by itself that the request arrived.
        self._to_ack.pop(request_id, None)
        if not lost:
            self._queue.append(message)

    def acknowledge(self, msg_id: int) -> None:
        """Owe the client an acknowledgement, to go with whatever is sent next."""
        self._to_ack[msg_id] = None

    def acknowledged(self, msg_ids: Iterable[int]) -> None:
        """The client has these messages: they need not be kept."""
        for msg_id in msg_ids:
            self._forget(msg_id)

    def answered(self, request_id: int) -> Outgoing | None:
        """The answer to a request, as long as the client has not acknowledged it."""
        return self._answers.get(request_id)

    def repeat(self, msg_id: int) -> bool:
        """Send a message once more under its old id; False if it is not known any more."""
        outgoing = self._unacked.get(msg_id)
        if outgoing is None:
            return False
        if outgoing.message not in self._queue:
            self._queue.append(outgoing.message)
        return True

    def repeat_all(self) -> None:
        """Send again all that was not acknowledged, after a break of the line."""
        queued = {message.msg_id for message in self._queue}
        lost = [o.message for i, o in self._unacked.items() if i not in queued]
        self._queue[:0] = lost

    def drop_answer(self, request_id: int) -> Outgoing | None:
        """Forget the answer to a request; None if there is none to forget."""
        outgoing = self._answers.get(request_id)
        if outgoing is not None:
            self._forget(outgoing.message.msg_id)
            if outgoing.message in self._queue:
                self._queue.remove(outgoing.message)
        return outgoing

    def take(self) -> list[Message]:
        """All that is queued, in as few messages as it fits in."""
        if self._to_ack:
            body = bytes(types.MsgsAck(list(self._to_ack)))
            self._to_ack.clear()
            self._queue.append(self._number(body, content=False, answer=False))
        queue, self._queue = self._queue, []
        if len(queue) < 2:
            return queue
        return [self._wrap(batch) for batch in _batches(queue)]

    def _wrap(self, batch: Sequence[Message]) -> Message:
        if len(batch) == 1:
            return batch[0]
        return self._number(close_container(batch), content=False, answer=True)

    def _number(self, body: bytes, *, content: bool, answer: bool) -> Message:
        # The lower two bits tell answers (01) from what the server says unasked (11).
        now = self._clock()
        msg_id = int(now) << 32 | int(now % 1 * (1 << 30)) << 2
        msg_id = max(msg_id, (self._last_id | 3) + 1)
        self._last_id = msg_id
        seqno = self._content_count * 2 + content
        self._content_count += content
        return Message(msg_id | (1 if answer else 3), seqno, body)

    def _keep(self, outgoing: Outgoing) -> None:
        self._unacked[outgoing.message.msg_id] = outgoing
        if len(self._unacked) > MAX_UNACKED:
            self._forget(next(iter(self._unacked)))

    def _forget(self, msg_id: int) -> None:
        outgoing = self._unacked.pop(msg_id, None)
        if outgoing is not None and outgoing.answer_to is not None:
            self._answers.pop(outgoing.answer_to, None)


def _batches(messages: Sequence[Message]) -> Iterable[Sequence[Message]]:
    start = size = 0
    for end, message in enumerate(messages):
        if end > start and (
            end - start == MAX_MESSAGES or size + len(message.body) > MAX_CONTAINER
        ):
            yield messages[start:end]
            start, size = end, 0
        size += len(message.body) + 16
    yield messages[start:]
