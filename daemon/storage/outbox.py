"""The durable outbox: what is to be sent, in order, each with the random_id it is sent with.

A row goes `queued` → `sending` → gone (its links say what became of it), or → `failed`, where
it is kept. At most one row of a destination is `sending`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from daemon.core.media import ways
from daemon.core.model import ChatId, LinkRole, Media, MessageKey, OutboxId, TicketId
from daemon.core.text import Text
from daemon.storage import links, moves, tickets
from daemon.storage.outbox_row import SELECT, OutboxRow, read

_INSERT = """
INSERT INTO outbox (destination, ticket_id, role, text, media, reply_chat, reply_msg,
                    reply_outbox, source_chat, source_msg, confirm, way, urgent, state, queued_at)
VALUES (coalesce((SELECT new_chat_id FROM chat_aliases WHERE old_chat_id = ?1), ?1),
        ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 'queued', ?14)
"""
_INSERT_PART = "INSERT INTO outbox_parts (outbox_id, position, random_id) VALUES (?, ?, ?)"
_SENDING = SELECT + "WHERE destination = ? AND state = 'sending' ORDER BY id, position"
_NEXT = """
SELECT id FROM outbox WHERE destination = ?1 AND state = 'queued' AND NOT EXISTS (
    SELECT 1 FROM outbox WHERE state = 'sending' AND destination = ?1) AND NOT EXISTS (
    SELECT 1 FROM chat_aliases JOIN outbox ON destination = old_chat_id AND state = 'sending'
    WHERE new_chat_id = ?1)
ORDER BY urgent DESC, id LIMIT 1
"""
_CLAIM = """
UPDATE outbox SET state = 'sending', claimed_at = ?, floor_msg_id = ?, attempts = attempts + 1
WHERE id = ?
"""
_NEW_NOTICE = "INSERT INTO admin_notices DEFAULT VALUES"
_NUMBER_COPY = "UPDATE outbox SET admin_notice = ? WHERE id = ?"
_TELL_STAFF = """
UPDATE admin_notices SET told_staff = 1
WHERE id = (SELECT admin_notice FROM outbox WHERE id = ?) AND told_staff = 0
"""
_DESTINATIONS = "SELECT DISTINCT destination FROM outbox WHERE state IN ('queued', 'sending')"
_IN_FLIGHT_BELOW = """
SELECT ticket_id FROM outbox WHERE destination = ? AND state = 'sending' AND floor_msg_id < ?
"""
_WAITING_WRAPPER = """
SELECT id FROM outbox WHERE ticket_id = ? AND role = 'wrapper' AND state IN ('queued', 'sending')
"""
_RESOLVE_REPLIES = """
UPDATE outbox SET reply_chat = ?, reply_msg = ?, reply_outbox = NULL WHERE reply_outbox = ?
"""
_DELETE = "DELETE FROM outbox WHERE id = ?"
_FAIL = "UPDATE outbox SET state = 'failed', error = ? WHERE id = ?"
_BURY = """
INSERT INTO dead_letters (chat_id, msg_id, kind, payload, error, at)
SELECT ?, ?, role, text, ?, ? FROM outbox WHERE id = ?
"""
_DROP_REPLIES_TO = "UPDATE outbox SET reply_outbox = NULL WHERE reply_outbox = ?"
_NEXT_SIZE = """
SELECT count(*) FROM outbox_parts WHERE outbox_id = (
    SELECT id FROM outbox WHERE destination = ? AND state = 'queued'
    ORDER BY urgent DESC, id LIMIT 1)
"""
_RELEASE = "UPDATE outbox SET state = 'queued', destination = ? WHERE id = ?"
_RENEW = """
UPDATE outbox
SET text = ?, reply_chat = ?, reply_msg = ?, media = ?, way = ?, left_out = ?,
    attempts = attempts + 1
WHERE id = ?
"""
_DELETE_PARTS = "DELETE FROM outbox_parts WHERE outbox_id = ?"
_TELL_ID = "UPDATE outbox_parts SET msg_id = ? WHERE random_id = ?"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be sent, before it has a row."""

    destination: ChatId
    ticket_id: TicketId | None
    role: LinkRole
    text: Text
    media: tuple[Media, ...] = ()
    reply_to: MessageKey | OutboxId | None = None
    """A message, or the row of one that is not sent yet."""
    source: MessageKey | None = None
    confirm: bool = False
    urgent: bool = False
    """It goes before all that waits for the same destination."""


RandomId = Callable[[], int]
"""Draws a fresh random_id: 63 bits from a secure source, never 0."""


def put(tx: sqlite3.Connection, draft: Draft, random_id: RandomId, now: int) -> OutboxId:
    """Queue a message, for where its destination is now. `now` in ms."""
    reply_chat = reply_msg = reply_outbox = None
    if isinstance(draft.reply_to, MessageKey):
        reply_chat, reply_msg = draft.reply_to.chat_id, draft.reply_to.msg_id
    else:
        reply_outbox = draft.reply_to
    source = draft.source
    row = tx.execute(
        _INSERT,
        (
            draft.destination,
            draft.ticket_id,
            draft.role,
            msgspec.json.encode(draft.text).decode(),
            msgspec.json.encode(draft.media).decode(),
            reply_chat,
            reply_msg,
            reply_outbox,
            source.chat_id if source else None,
            source.msg_id if source else None,
            draft.confirm,
            ways(draft.media)[0] if draft.media else None,
            draft.urgent,
            now,
        ),
    )
    outbox_id = OutboxId(row.lastrowid or 0)
    _put_parts(tx, outbox_id, draft.media, random_id)
    return outbox_id


def put_notice(
    tx: sqlite3.Connection, copies: Iterable[Draft], random_id: RandomId, now: int
) -> None:
    """Queue one notice for several admins. `now` in ms."""
    notice = tx.execute(_NEW_NOTICE).lastrowid
    for copy in copies:
        tx.execute(_NUMBER_COPY, (notice, put(tx, copy, random_id, now)))


def withdraw_copy(tx: sqlite3.Connection, row: OutboxRow) -> bool:
    """Remove a copy of a notice that cannot reach its admin. Whether it is the first of them, so
    that the staff group is to be told."""
    is_first = tx.execute(_TELL_STAFF, (row.id,)).rowcount > 0
    tx.execute(_DELETE, (row.id,))
    return is_first


def _put_parts(
    tx: sqlite3.Connection, row_id: OutboxId, media: tuple[Media, ...], random_id: RandomId
) -> None:
    for position in range(max(1, len(media))):
        tx.execute(_INSERT_PART, (row_id, position, random_id()))


def destinations(tx: sqlite3.Connection) -> list[ChatId]:
    """The chats that something waits for."""
    return [ChatId(chat_id) for (chat_id,) in tx.execute(_DESTINATIONS)]


def in_flight_below(tx: sqlite3.Connection, key: MessageKey) -> set[TicketId | None]:
    """The tickets of sends in the chat whose id is not known yet, so that `key` may be their
    message; None among them stands for one of no ticket. Empty where there is no such send."""
    return {row[0] for row in tx.execute(_IN_FLIGHT_BELOW, (key.chat_id, key.msg_id))}


def waiting_wrapper(tx: sqlite3.Connection, ticket_id: TicketId) -> OutboxId | None:
    """The row of the ticket's wrapper, where it is not sent yet."""
    row = tx.execute(_WAITING_WRAPPER, (ticket_id,)).fetchone()
    return OutboxId(row[0]) if row else None


def sending(tx: sqlite3.Connection, destination: ChatId) -> OutboxRow | None:
    """The destination's row whose outcome is not known: claimed, perhaps by a process that
    is no more.

    Raises `RowUnreadable`."""
    rows = tx.execute(_SENDING, (destination,)).fetchall()
    return read(rows) if rows else None


def claim(
    tx: sqlite3.Connection, destination: ChatId, now: int, floor_msg_id: int
) -> OutboxRow | None:
    """Take the destination's next row, for sending it now; None where nothing waits or another
    row is being sent, be it to the group that the destination was. `now` in ms, Telegram's
    clock.

    Raises `RowUnreadable`; the row is then to be set aside."""
    row = tx.execute(_NEXT, (destination,)).fetchone()
    if row is None:
        return None
    tx.execute(_CLAIM, (now, floor_msg_id, row[0]))
    return sending(tx, destination)


def settle(tx: sqlite3.Connection, row: OutboxRow, msg_ids: Sequence[int]) -> None:
    """The row is sent: note the ids it got (none where they are unknown) and remove it."""
    keys = [MessageKey(row.destination, msg_id) for msg_id in msg_ids]
    for key in keys:
        links.add(tx, key, row.ticket_id, row.role, row.source)
    if keys and row.ticket_id is not None:
        if row.role is LinkRole.WRAPPER:
            tickets.set_wrapper(tx, row.ticket_id, keys[0])
        elif row.role is LinkRole.ANSWER:
            tickets.set_anchor(tx, row.ticket_id, keys[0])
    if keys:
        tx.execute(_RESOLVE_REPLIES, (keys[0].chat_id, keys[0].msg_id, row.id))
    tx.execute(_DELETE, (row.id,))


def fail(tx: sqlite3.Connection, row: OutboxRow, reason: str) -> None:
    """The row can never be sent; it is kept. What replied to it goes on without the reply."""
    set_aside(tx, row.id, reason)


def set_aside(tx: sqlite3.Connection, row_id: OutboxId, reason: str) -> None:
    """As `fail` does, of a row that may not even be readable."""
    tx.execute(_DROP_REPLIES_TO, (row_id,))
    tx.execute(_FAIL, (reason, row_id))


def bury(tx: sqlite3.Connection, row: OutboxRow, message: MessageKey, error: str, now: int) -> int:
    """Move a row to the dead letters, whatever became of it; its number there. `message` is what
    it was sent as. `now` in ms."""
    number = tx.execute(_BURY, (message.chat_id, message.msg_id, error, now, row.id)).lastrowid
    tx.execute(_DELETE, (row.id,))
    return number or 0


def next_size(tx: sqlite3.Connection, destination: ChatId) -> int:
    """How many messages the destination's next row consists of; 0 where none is queued."""
    (messages,) = tx.execute(_NEXT_SIZE, (destination,)).fetchone()
    return int(messages)


def release(tx: sqlite3.Connection, row: OutboxRow) -> None:
    """Give back a claimed row that was definitely not sent; it is the next to be claimed, where
    its destination is now."""
    tx.execute(_RELEASE, (moves.current(tx, row.destination), row.id))


def redirect(tx: sqlite3.Connection, row: OutboxRow, random_id: RandomId) -> None:
    """Give back a claimed row that was definitely not sent, since its destination became another
    chat; its messages get new random_ids."""
    release(tx, row)
    renew_parts(tx, row.id, row.media, random_id)


def renew(tx: sqlite3.Connection, row: OutboxRow, random_id: RandomId) -> OutboxRow | None:
    """Change the text, media, way, reply and `left_out` of a claimed row that was definitely not
    sent to what they are in `row`; its messages get new random_ids. None where the row is gone."""
    reply = (row.reply_to.chat_id, row.reply_to.msg_id) if row.reply_to else (None, None)
    text, media = msgspec.json.encode(row.text).decode(), msgspec.json.encode(row.media).decode()
    tx.execute(_RENEW, (text, *reply, media, row.way, row.left_out, row.id))
    renew_parts(tx, row.id, row.media, random_id)
    return sending(tx, row.destination)


def renew_parts(
    tx: sqlite3.Connection, row_id: OutboxId, media: tuple[Media, ...], random_id: RandomId
) -> None:
    """Give a row that was definitely not sent new random_ids, one for each message that it consists
    of now."""
    tx.execute(_DELETE_PARTS, (row_id,))
    _put_parts(tx, row_id, media, random_id)


def tell_id(tx: sqlite3.Connection, random_id: int, msg_id: int) -> bool:
    """Note the id of a message as an update told it; False where the message is none of ours."""
    return tx.execute(_TELL_ID, (msg_id, random_id)).rowcount > 0
