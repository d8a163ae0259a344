"""What made routing raise and was set aside: to be looked at, and to be routed again."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import msgspec

from daemon.core.model import ChatId, Inbound, InboundKind, LinkRole
from daemon.storage import group_events, inbox

_SELECT = """
SELECT dead_letters.id, at, chat_id, coalesce(title, ''), msg_id, kind, error, payload
FROM dead_letters LEFT JOIN chats USING (chat_id)
"""
_ALL = _SELECT + "ORDER BY dead_letters.id"
_ONE = _SELECT + "WHERE dead_letters.id = ?"
_DELETE = "DELETE FROM dead_letters WHERE id = ?"


class NoSuchLetter(Exception):
    """There is no dead letter of this number. The message is the number."""


class LetterUnreadable(Exception):
    """A dead letter cannot be routed again. The message says which, and why."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    number: int
    at: int
    """When it was set aside: ms."""
    chat_id: ChatId
    title: str
    """The chat's; empty where it is not known."""
    msg_id: int
    """0: it is no message."""
    kind: str
    error: str
    """A traceback."""
    payload: str
    """JSON"""

    @property
    def reason(self) -> str:
        """The error in one line."""
        lines = [line.strip() for line in self.error.splitlines() if line.strip()]
        return lines[-1] if lines else "unknown"


def all_letters(tx: sqlite3.Connection) -> list[DeadLetter]:
    """The oldest first."""
    return [DeadLetter(*row) for row in tx.execute(_ALL)]


def replay(tx: sqlite3.Connection, number: int, now: int) -> DeadLetter:
    """Put a letter back to where it is routed from, and return it as it was. `now` in ms.

    Raises `NoSuchLetter`, `LetterUnreadable`."""
    row = tx.execute(_ONE, (number,)).fetchone()
    if row is None:
        raise NoSuchLetter(str(number))
    letter = DeadLetter(*row)
    if letter.kind == InboundKind.UNREADABLE:
        raise LetterUnreadable(
            f"{number} is an update of Telegram that could not be read; ask for the message to be"
            " sent again"
        )
    if letter.kind in set(LinkRole):
        raise LetterUnreadable(
            f"{number} is a message of the relay itself, of which it could not be noted that it was"
            " sent; it must not go out twice"
        )
    try:
        if letter.kind in set(InboundKind):
            inbox.put(tx, msgspec.json.decode(letter.payload, type=Inbound), now)
        else:
            event = group_events.decode(letter.kind, letter.payload)
            group_events.put(tx, event, now)
    except (msgspec.DecodeError, KeyError) as error:
        raise LetterUnreadable(f"{number} cannot be read by this version ({error})") from error
    tx.execute(_DELETE, (number,))
    return letter
