"""Messages of one ticket that wait next to each other become one, before the first is claimed; and
are taken apart again where the whole is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from daemon.core.media import ways
from daemon.core.merging import as_one_text, is_caption_for
from daemon.core.model import ChatId, LinkRole, Media, OutboxId
from daemon.core.text import Text
from daemon.storage import outbox
from daemon.storage.outbox import RandomId
from daemon.storage.outbox_row import OutboxRow

_FIRST = """
SELECT id, ticket_id, role, text, media, source_chat, source_msg, attempts FROM outbox
WHERE destination = ? AND state = 'queued' AND urgent = 0 ORDER BY id LIMIT 1
"""
_FOLLOWING = """
SELECT id, ticket_id, role, text, media, source_chat, source_msg, attempts FROM outbox
WHERE ticket_id = ? AND state = 'queued' AND id > ? AND destination = ? ORDER BY id LIMIT ?
"""
_MERGE = """
UPDATE outbox SET text = ?, media = ?, way = ?, source_chat = ?, source_msg = ? WHERE id = ?
"""
_KEEP = """
INSERT OR IGNORE INTO merged (outbox_id, id, role, text, media, source_chat, source_msg, queued_at)
SELECT ?, id, role, text, media, source_chat, source_msg, queued_at FROM outbox WHERE id = ?
"""
_KEEP_PARTS = "UPDATE merged SET outbox_id = ? WHERE outbox_id = ?"
_KEPT = "SELECT id, media FROM merged WHERE outbox_id = ? ORDER BY id"
_AS_BEFORE = """
UPDATE outbox
SET state = 'queued', way = ?,
    (text, media, source_chat, source_msg) = (
        SELECT text, media, source_chat, source_msg FROM merged
        WHERE outbox_id = outbox.id AND id = outbox.id)
WHERE id = ?
"""
_PUT_BACK = """
INSERT INTO outbox (id, destination, ticket_id, role, text, media, reply_chat, reply_msg,
                    reply_outbox, source_chat, source_msg, confirm, way, state, attempts, queued_at)
SELECT merged.id, destination, ticket_id, merged.role, merged.text, merged.media, reply_chat,
       reply_msg, iif(outbox.role = 'wrapper', outbox.id, reply_outbox), merged.source_chat,
       merged.source_msg, 0, ?, 'queued', attempts, merged.queued_at
FROM merged JOIN outbox ON outbox.id = outbox_id WHERE outbox_id = ? AND merged.id = ?
"""
_FORGET = "DELETE FROM merged WHERE outbox_id = ?"
_REPLY_TO_FIRST = "UPDATE outbox SET reply_outbox = ? WHERE reply_outbox = ?"
_DELETE = "DELETE FROM outbox WHERE id = ?"

_MOST = 100
"""Messages that become one at most."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    id: OutboxId
    ticket_id: int
    role: LinkRole
    text: Text
    media: tuple[Media, ...]
    source: tuple[ChatId, int]


def merge_next(tx: sqlite3.Connection, destination: ChatId, random_id: RandomId) -> int:
    """Put into the destination's next message what waits behind it and may be sent with it: to a
    wrapper its media, to what a customer went on with what the ticket's customers said then. How
    many messages are fewer now. What was claimed once is left as it is."""
    first = next(_read(tx.execute(_FIRST, (destination,))), None)
    if first is None or first.media:
        return 0
    rows = tx.execute(_FOLLOWING, (first.ticket_id, first.id, destination, _MOST))
    if first.role is LinkRole.WRAPPER:
        return _with_its_media(tx, first, _read(rows), random_id)
    if first.role is LinkRole.CONTINUATION:
        return _with_what_follows(tx, first, _read(rows))
    return 0


def take_apart(tx: sqlite3.Connection, row: OutboxRow, random_id: RandomId) -> bool:
    """Make of a claimed row, which was definitely not sent, the messages again that it was made of;
    False where it always was one. They wait where they waited, with new random_ids, and are not
    merged again."""
    kept = tx.execute(_KEPT, (row.id,)).fetchall()
    for row_id, media in kept:
        items = msgspec.json.decode(media, type=tuple[Media, ...])
        way = ways(items)[0] if items else None
        if row_id == row.id:
            tx.execute(_AS_BEFORE, (way, row_id))
        else:
            tx.execute(_PUT_BACK, (way, row.id, row_id))
        outbox.renew_parts(tx, row_id, items, random_id)
    tx.execute(_FORGET, (row.id,))
    return bool(kept)


def _with_its_media(
    tx: sqlite3.Connection, wrapper: _Waiting, following: Iterator[_Waiting], random_id: RandomId
) -> int:
    copy = next(following, None)
    if copy is None or copy.role is not LinkRole.MEDIA_COPY or copy.text:
        return 0
    if not is_caption_for(wrapper.text, copy.media):
        return 0
    _merge(tx, replace(wrapper, media=copy.media), copy)
    outbox.renew_parts(tx, wrapper.id, copy.media, random_id)
    return 1


def _with_what_follows(
    tx: sqlite3.Connection, first: _Waiting, following: Iterator[_Waiting]
) -> int:
    """An answer to the message goes under the newest of those that the customers wrote."""
    merged = 0
    for row in following:
        if row.role is not LinkRole.CONTINUATION or row.media:
            break
        text = as_one_text(first.text, row.text, of_one_message=row.source == first.source)
        if text is None:
            break
        first = replace(first, text=text, source=row.source)
        _merge(tx, first, row)
        merged += 1
    return merged


def _merge(tx: sqlite3.Connection, first: _Waiting, absorbed: _Waiting) -> None:
    tx.execute(_KEEP, (first.id, first.id))
    tx.execute(_KEEP_PARTS, (first.id, absorbed.id))
    tx.execute(_KEEP, (first.id, absorbed.id))
    text, media = msgspec.json.encode(first.text), msgspec.json.encode(first.media)
    way = ways(first.media)[0] if first.media else None
    tx.execute(_MERGE, (text.decode(), media.decode(), way, *first.source, first.id))
    tx.execute(_REPLY_TO_FIRST, (first.id, absorbed.id))
    tx.execute(_DELETE, (absorbed.id,))


def _read(rows: sqlite3.Cursor) -> Iterator[_Waiting]:
    """The rows up to one that cannot be read, is of no ticket or was claimed before."""
    for row_id, ticket_id, role, text, media, *source, attempts in rows.fetchall():
        if attempts or ticket_id is None:
            return
        try:
            yield _Waiting(
                row_id,
                ticket_id,
                LinkRole(role),
                msgspec.json.decode(text, type=Text),
                msgspec.json.decode(media, type=tuple[Media, ...]),
                (source[0], source[1]),
            )
        except ValueError:  # of which kind those of msgspec are too
            return
