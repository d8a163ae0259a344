"""The rules for the ids and sequence numbers of a client's messages.

https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message
https://core.telegram.org/mtproto/description#message-sequence-number-msg-seqno
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, IntEnum

MAX_AGE = 300
"""Seconds a message may have been on its way."""

MAX_LEAD = 30
"""Seconds a client's clock may be ahead."""

WINDOW = 4096
"""Message ids remembered per session. Whatever is older than all of them is refused."""


class Refusal(IntEnum):
    """The `error_code` of a bad_msg_notification."""

    ID_TOO_LOW = 16
    ID_TOO_HIGH = 17
    ID_NOT_DIVISIBLE_BY_4 = 18
    CONTAINER_ID_SEEN = 19
    TOO_OLD_TO_TELL = 20
    SEQNO_TOO_LOW = 32
    SEQNO_TOO_HIGH = 33
    SEQNO_NOT_EVEN = 34
    SEQNO_NOT_ODD = 35
    WRONG_SALT = 48
    INVALID_CONTAINER = 64


class Parity(Enum):
    """Content-related messages have odd sequence numbers, containers and acks even ones."""

    ODD = 1
    EVEN = 0
    EITHER = None


class Arrivals:
    """The messages one session has received."""

    __slots__ = ("_clock", "_forgotten", "_highest", "_seqnos")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seqnos: dict[int, int] = {}
        self._highest = 0
        self._forgotten = 0

    def __contains__(self, msg_id: int) -> bool:
        return msg_id in self._seqnos

    def refusal(
        self, msg_id: int, seqno: int, parity: Parity, *, in_container: bool = False
    ) -> Refusal | None:
        """Why a new message must be refused, None if it is welcome.

        `in_container`: its age is that of the container, so that an old message can be repeated.
        """
        if msg_id % 4:
            return Refusal.ID_NOT_DIVISIBLE_BY_4
        return (
            (None if in_container else self._age_refusal(msg_id))
            or (Refusal.TOO_OLD_TO_TELL if msg_id <= self._forgotten else None)
            or self._seqno_refusal(msg_id, seqno, parity)
        )

    def _age_refusal(self, msg_id: int) -> Refusal | None:
        age = self._clock() - (msg_id >> 32)
        if age > MAX_AGE:
            return Refusal.ID_TOO_LOW
        return Refusal.ID_TOO_HIGH if age < -MAX_LEAD else None

    def _seqno_refusal(self, msg_id: int, seqno: int, parity: Parity) -> Refusal | None:
        if parity is not Parity.EITHER and seqno % 2 != parity.value:
            return Refusal.SEQNO_NOT_EVEN if seqno % 2 else Refusal.SEQNO_NOT_ODD
        return self._order_refusal(msg_id, seqno) if self._seqnos else None

    def _order_refusal(self, msg_id: int, seqno: int) -> Refusal | None:
        if msg_id > self._highest:
            # All remembered messages are in order, so the newest stands for them.
            before = self._seqnos[self._highest]
            late = seqno < before or (seqno == before and seqno % 2)
            return Refusal.SEQNO_TOO_LOW if late else None
        for other, other_seqno in self._seqnos.items():
            if seqno == other_seqno and not seqno % 2:
                continue
            if other < msg_id and other_seqno >= seqno:
                return Refusal.SEQNO_TOO_LOW
            if other > msg_id and other_seqno <= seqno:
                return Refusal.SEQNO_TOO_HIGH
        return None

    def add(self, msg_id: int, seqno: int) -> None:
        """Remember a message that is not refused."""
        self._seqnos[msg_id] = seqno
        self._highest = max(self._highest, msg_id)
        if len(self._seqnos) > WINDOW:
            oldest = next(iter(self._seqnos))
            del self._seqnos[oldest]
            self._forgotten = max(self._forgotten, oldest)

    def discard(self, msg_id: int) -> None:
        """Forget a message, as if the line had lost it."""
        if self._seqnos.pop(msg_id, None) is not None and msg_id == self._highest:
            self._highest = max(self._seqnos, default=0)

    def state(self, msg_id: int) -> int:
        """The state of a message as msgs_state_info says it, without what became of it.

        https://core.telegram.org/mtproto/service_messages_about_messages#informational-message-regarding-status-of-messages
        """
        if msg_id in self._seqnos:
            return 4
        if msg_id > self._highest:
            return 3
        return 1 if msg_id <= self._forgotten else 2
