"""A row of the outbox as the sender gets it, read from the database."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import msgspec

from daemon.core.media import Way
from daemon.core.model import ChatId, LinkRole, Media, MessageKey, OutboxId, TicketId
from daemon.core.text import Text
from daemon.storage import moves

_PARTS = "SELECT random_id, msg_id FROM outbox_parts WHERE outbox_id = ? ORDER BY position"
SELECT = """
SELECT id, destination, ticket_id, role, text, media, reply_chat, reply_msg, source_chat,
       source_msg, confirm, way, attempts, queued_at, claimed_at, floor_msg_id, left_out
FROM outbox
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A claimed message: all that its request is built from, the same at every attempt."""

    id: OutboxId
    destination: ChatId
    ticket_id: TicketId | None
    role: LinkRole
    text: Text
    media: tuple[Media, ...]
    reply_to: MessageKey | None
    source: MessageKey | None
    confirm: bool
    way: Way | None
    """How its media get there; None for a text."""
    random_ids: tuple[int, ...]
    """One for each message: one, or as many as the album has parts."""
    told_ids: tuple[int | None, ...]
    """The message ids that Telegram told by an update, before any answer came."""
    attempts: int
    queued_at: int
    """ms"""
    claimed_at: int
    """ms, Telegram's clock"""
    floor_msg_id: int
    """Highest message id known in the destination when the row was claimed."""
    left_out: int = 0
    """Parts of the staff's album that were deleted before it was sent."""


class RowUnreadable(Exception):
    """A row holds what this program cannot read; says why."""

    def __init__(
        self, row_id: OutboxId, ticket_id: TicketId | None, source: MessageKey | None, reason: str
    ) -> None:
        super().__init__(f"outbox {row_id}: {reason}")
        self.row_id = row_id
        self.ticket_id = ticket_id
        self.source = source


def read(tx: sqlite3.Connection, row: tuple) -> OutboxRow:  # type: ignore[type-arg]
    """The row in the columns of `SELECT`.

    Raises `RowUnreadable`."""
    (row_id, destination, ticket_id, role, text, media, reply_chat, reply_msg) = row[:8]
    (source_chat, source_msg, confirm, way, attempts, queued_at, claimed_at, floor) = row[8:16]
    parts = tx.execute(_PARTS, (row_id,)).fetchall()
    source = MessageKey(source_chat, source_msg) if source_chat is not None else None
    try:
        return OutboxRow(
            id=row_id,
            destination=destination,
            ticket_id=ticket_id,
            role=LinkRole(role),
            text=msgspec.json.decode(text, type=Text),
            media=msgspec.json.decode(media, type=tuple[Media, ...]),
            reply_to=_reply(tx, destination, reply_chat, reply_msg),
            source=source,
            confirm=bool(confirm),
            way=Way(way) if way else None,
            random_ids=tuple(random_id for random_id, _ in parts),
            told_ids=tuple(msg_id for _, msg_id in parts),
            attempts=attempts,
            queued_at=queued_at,
            claimed_at=claimed_at or queued_at,
            floor_msg_id=floor or 0,
            left_out=row[16],
        )
    except ValueError as error:  # of which kind those of msgspec are too
        raise RowUnreadable(row_id, ticket_id, source, repr(error)) from error


def _reply(
    tx: sqlite3.Connection, destination: ChatId, chat_id: ChatId | None, msg_id: int
) -> MessageKey | None:
    """What the row replies to: in its destination, or in the group that became its destination.
    A reply anywhere else would show one chat what is said in another."""
    if chat_id is None or destination not in (chat_id, moves.current(tx, chat_id)):
        return None
    return MessageKey(chat_id, msg_id)
