"""A row of the outbox as the sender gets it, read from the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from daemon.core.media import Way
from daemon.core.model import ChatId, LinkRole, Media, MessageKey, OutboxId, TicketId
from daemon.core.text import Text

SELECT = """
SELECT id, destination, ticket_id, role, text, media, reply_chat, reply_msg, source_chat,
       source_msg, confirm, way, attempts, queued_at, claimed_at, floor_msg_id, left_out,
       new_chat_id, random_id, msg_id
FROM outbox LEFT JOIN outbox_parts ON outbox_id = id
            LEFT JOIN chat_aliases ON old_chat_id = reply_chat
"""
"""Of a row of the outbox, once for each of its parts; to be ordered by `id, position`."""

_TEXT = msgspec.json.Decoder(Text)
_MEDIA = msgspec.json.Decoder(tuple[Media, ...])


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


def read(rows: Sequence[tuple[Any, ...]]) -> OutboxRow:
    """The row of which these are the parts, as `SELECT` tells them.

    Raises `RowUnreadable`."""
    (row_id, destination, ticket_id, role, text, media, *reply_and_source) = rows[0][:10]
    (confirm, way, attempts, queued_at, claimed_at, floor, left_out, reply_now_at) = rows[0][10:18]
    reply_chat, reply_msg, source_chat, source_msg = reply_and_source
    source = MessageKey(source_chat, source_msg) if source_chat is not None else None
    # A reply in its destination, or in the group that became its destination: anywhere else it
    # would show one chat what is said in another.
    is_there = reply_chat is not None and destination in (reply_chat, reply_now_at)
    try:
        return OutboxRow(
            id=row_id,
            destination=destination,
            ticket_id=ticket_id,
            role=LinkRole(role),
            text=_TEXT.decode(text),
            media=_MEDIA.decode(media),
            reply_to=MessageKey(reply_chat, reply_msg) if is_there else None,
            source=source,
            confirm=bool(confirm),
            way=Way(way) if way else None,
            random_ids=tuple(row[18] for row in rows if row[18] is not None),
            told_ids=tuple(row[19] for row in rows if row[18] is not None),
            attempts=attempts,
            queued_at=queued_at,
            claimed_at=claimed_at or queued_at,
            floor_msg_id=floor or 0,
            left_out=left_out,
        )
    except ValueError as error:  # of which kind those of msgspec are too
        raise RowUnreadable(row_id, ticket_id, source, repr(error)) from error
