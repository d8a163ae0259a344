"""The durable inbox: what was received and not yet routed, and what must not be routed twice."""

from __future__ import annotations

import hashlib
import sqlite3
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from daemon.core.media import ALBUM_LIMIT
from daemon.core.model import ChatId, Inbound, InboundKind, MessageKey
from daemon.core.sync import Unreadable

_INSERT = """
INSERT OR IGNORE INTO inbox
    (chat_id, msg_id, kind, content_hash, payload, received_at, grouped_id)
SELECT :chat_id, :msg_id, :kind, :content_hash, :payload, :now, :grouped_id
WHERE NOT EXISTS (
    SELECT 1 FROM receipts
    WHERE chat_id = :chat_id AND msg_id = :msg_id AND kind = :kind
      AND content_hash = :content_hash)
"""
_CHATS = """
SELECT chat_id, (SELECT old_chat_id FROM chat_aliases WHERE new_chat_id = inbox.chat_id),
       EXISTS (SELECT 1 FROM gaps WHERE gaps.chat_id =
           iif(inbox.chat_id < -1000000000000, inbox.chat_id, 0))  -- as `sequence_of` tells
FROM inbox GROUP BY chat_id ORDER BY chat_id DESC
"""
_SELECT = """
SELECT id, msg_id, kind, content_hash, payload, received_at, grouped_id, context, album
FROM inbox
"""
_OF_CHAT = _SELECT + "WHERE chat_id = ? ORDER BY msg_id, id LIMIT ?"
_OF_ALBUM = _SELECT + "WHERE chat_id = ? AND grouped_id = ? ORDER BY msg_id, id LIMIT ?"
_DELETE = "DELETE FROM inbox WHERE id = ?"
_SET_CONTEXT = "UPDATE inbox SET context = ?, album = ? WHERE id = ?"
_RECEIPT = """
INSERT OR IGNORE INTO receipts (chat_id, msg_id, kind, content_hash, routed_at)
VALUES (?, ?, ?, ?, ?)
"""
_FORGET_RECEIPTS = "DELETE FROM receipts WHERE routed_at < ?"
_BURY = """
INSERT INTO dead_letters (chat_id, msg_id, kind, payload, error, at)
SELECT chat_id, msg_id, kind, payload, ?, ? FROM inbox WHERE id = ?
"""

_INBOUND = msgspec.json.Decoder(Inbound)
_CONTEXT = msgspec.json.Decoder(Inbound | None)
_ALBUM = msgspec.json.Decoder(list[Inbound])


class UpdateUnreadable(Exception):
    """The row stands for an update that could not be read when it came; says why."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    id: int
    key: MessageKey
    kind: str
    """An `InboundKind`, unless another version wrote it."""
    content_hash: bytes
    payload: str
    received_at: int
    """ms"""
    grouped_id: int | None = None
    """The album that a new message is a part of; edits are told part by part."""
    context: str | None = None
    """JSON; None where nothing was fetched for the message."""
    album: str | None = None
    """Likewise."""

    def inbound(self) -> Inbound:
        """Raises `UpdateUnreadable`, or `ValueError` where kind or payload are not readable."""
        if InboundKind(self.kind) is InboundKind.UNREADABLE:
            raise UpdateUnreadable(msgspec.json.decode(self.payload, type=Unreadable).error)
        return _INBOUND.decode(self.payload)

    def replied_to(self) -> Inbound | None:
        """The message that was fetched for this one; None where there was none to be had."""
        return _CONTEXT.decode(self.context) if self.context else None

    def rest_of_album(self) -> list[Inbound]:
        """The parts of the message's album that were fetched for it."""
        return _ALBUM.decode(self.album) if self.album else []


def take_in(tx: sqlite3.Connection, inbound: Inbound, now: int) -> None:
    """Store a message as `put` does; one that cannot be stored as one that cannot be read."""
    guard(tx, inbound.key, inbound, now, lambda: put(tx, inbound, now))


def put(tx: sqlite3.Connection, inbound: Inbound, now: int) -> bool:
    """Store a message, unless it is stored or was routed already. `now` in ms."""
    inserted = tx.execute(
        _INSERT,
        {
            "chat_id": inbound.key.chat_id,
            "msg_id": inbound.key.msg_id,
            "kind": inbound.kind,
            "content_hash": content_hash(inbound),
            "payload": msgspec.json.encode(inbound).decode(),
            "now": now,
            "grouped_id": inbound.grouped_id if inbound.kind is InboundKind.NEW else None,
        },
    )
    return inserted.rowcount > 0


def put_unreadable(tx: sqlite3.Connection, unreadable: Unreadable, now: int) -> None:
    """Store an update that could not be read in its place among the others. `now` in ms."""
    tx.execute(
        _INSERT,
        {
            "chat_id": unreadable.key.chat_id,
            "msg_id": unreadable.key.msg_id,
            "kind": InboundKind.UNREADABLE,
            "content_hash": _digest(unreadable.update),
            "payload": msgspec.json.encode(unreadable).decode(),
            "now": now,
            "grouped_id": None,
        },
    )


def guard(
    tx: sqlite3.Connection, key: MessageKey, item: object, now: int, put: Callable[[], object]
) -> None:
    """Have `put` store an item; where that fails, keep the item as one that cannot be read, so
    that it costs nothing but itself. `put` executes one statement: one that fails has no effect,
    and needs no savepoint. `now` in ms.

    Raises `sqlite3.OperationalError`, which is about the disk."""
    try:
        put()
    except sqlite3.OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 whatever it is, all else in the transaction must be stored
        content = repr(item).encode(errors="backslashreplace")
        put_unreadable(tx, Unreadable(key, content, _in_words(error)), now)


def _in_words(error: Exception) -> str:
    trace = "".join(traceback.format_exception(error))
    return trace.encode(errors="backslashreplace").decode()


def content_hash(inbound: Inbound) -> bytes:
    """Tells edits of one message apart by what people see: their date has whole seconds only, and
    Telegram's media are never the same bytes twice. A new message is the same whatever it says,
    since one that is fetched late may come edited already."""
    if inbound.kind is InboundKind.NEW:
        return b""
    seen = tuple(replace(media, blob=b"") for media in inbound.media)
    return _digest(msgspec.json.encode((inbound.text, seen)))


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class WaitingChat:
    """A chat that something waits from."""

    chat_id: ChatId
    former: ChatId | None
    """The basic group that it was."""
    has_gap: bool
    """Something is missing before what waits."""


def waiting_chats(tx: sqlite3.Connection) -> list[WaitingChat]:
    """Basic groups before what they became."""
    return [
        WaitingChat(chat_id, former, bool(has_gap))
        for chat_id, former, has_gap in tx.execute(_CHATS).fetchall()
    ]


def of_chat(tx: sqlite3.Connection, chat_id: ChatId, limit: int) -> Iterator[InboxRow]:
    """The chat's waiting messages in the order of their ids, at most `limit` of them."""
    for row in tx.execute(_OF_CHAT, (chat_id, limit)).fetchall():
        yield _inbox_row(chat_id, row)


def together_with(tx: sqlite3.Connection, row: InboxRow) -> list[InboxRow]:
    """The message and, where it is a part of an album, the parts that wait beside it; those that
    make one album, in their order."""
    if row.grouped_id is None:
        return [row]
    chat_id = row.key.chat_id
    parts = tx.execute(_OF_ALBUM, (chat_id, row.grouped_id, ALBUM_LIMIT)).fetchall()
    return [_inbox_row(chat_id, part) for part in parts]


def _inbox_row(chat_id: ChatId, row: tuple) -> InboxRow:  # type: ignore[type-arg]
    row_id, msg_id, kind, *rest = row
    return InboxRow(row_id, MessageKey(chat_id, msg_id), kind, *rest)


def take(tx: sqlite3.Connection, row: InboxRow) -> None:
    """Remove a message that is routed."""
    tx.execute(_DELETE, (row.id,))


def set_context(
    tx: sqlite3.Connection, row_id: int, context: Inbound | None, album: Sequence[Inbound] = ()
) -> None:
    """Store what a waiting message replies to (None: it cannot be had), and the parts of its
    album."""
    fetched = (msgspec.json.encode(value).decode() for value in (context, album))
    tx.execute(_SET_CONTEXT, (*fetched, row_id))


def note_receipt(tx: sqlite3.Connection, row: InboxRow, now: int) -> None:
    """Remember that a message had its effect. `now` in ms."""
    tx.execute(_RECEIPT, (row.key.chat_id, row.key.msg_id, row.kind, row.content_hash, now))


def forget_receipts(tx: sqlite3.Connection, before: int) -> None:
    """Drop receipts older than `before` (ms), which no redelivery can concern any more."""
    tx.execute(_FORGET_RECEIPTS, (before,))


def bury(tx: sqlite3.Connection, row: InboxRow, error: str, now: int) -> int:
    """Move a message that cannot be routed to the dead letters; its number there. `now` in ms."""
    number = tx.execute(_BURY, (error, now, row.id)).lastrowid
    take(tx, row)
    return number or 0
