"""A database that was a backup: what it must not do again, and what was missed since."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from daemon.core.model import ChatId, Inbound, MessageKey
from daemon.core.restored import MissedMessage

_MARK = """
INSERT OR REPLACE INTO restores (id, since, restored_at, until, highest_number, told)
SELECT 1, coalesce((SELECT date FROM account_state), 0), ?1, NULL,
       coalesce((SELECT ticket_id FROM tickets WHERE ticket_id < ?2
                 ORDER BY ticket_id DESC LIMIT 1), 0), 0
"""
_FORGET_MISSED = "DELETE FROM missed"
_FORGET_WAITS = "DELETE FROM waits"
_HOLD_BACK = """
INSERT INTO held_back SELECT id FROM outbox WHERE state IN ('queued', 'sending')
"""
_SET_ASIDE = """
UPDATE outbox SET state = 'failed', error = 'held back: the database was restored'
WHERE state IN ('queued', 'sending')
"""
_RESTORED_AT = "SELECT restored_at FROM restores WHERE until IS NULL"
_BEGIN = "UPDATE restores SET until = ?"
_UNTIL = "SELECT until FROM restores WHERE id = 1"
_GET = "SELECT since, until, (SELECT count(*) FROM held_back) FROM restores WHERE id = 1"
_IS_TOLD = "SELECT told FROM restores WHERE id = 1"
_TELL = "UPDATE restores SET told = 1"
_NOTE = "INSERT OR IGNORE INTO missed (chat_id, msg_id, title, sender, date) VALUES (?, ?, ?, ?, ?)"
_RESERVE = "UPDATE restores SET highest_number = highest_number + 1"
_UNTOLD = """
SELECT chat_id, msg_id, title, sender, date FROM missed WHERE told = 0
ORDER BY date, chat_id, msg_id
"""
_TELL_MISSED = "UPDATE missed SET told = 1"
_HELD_BACK = """
SELECT id, destination, ticket_id, role, queued_at FROM outbox
WHERE id IN (SELECT outbox_id FROM held_back) ORDER BY id
"""
_SEND = """
UPDATE outbox SET state = 'queued', error = NULL, queued_at = ?
WHERE id IN (SELECT outbox_id FROM held_back)
"""
_LET_GO = "DELETE FROM held_back"
_DROP = "DELETE FROM outbox WHERE id IN (SELECT outbox_id FROM held_back)"


@dataclass(frozen=True, slots=True)
class Restore:
    """Between these two times the relay knows nothing: seconds since the epoch, Telegram's
    clock."""

    since: int
    """0 where the backup is of a relay that had read nothing yet."""
    until: int
    held_back: int
    """Messages of the outbox that nothing is done about."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A message of the outbox that may have been sent after the backup was made."""

    outbox_id: int
    destination: ChatId
    ticket_id: int | None
    role: str
    queued_at: int
    """ms since the epoch."""


def mark(tx: sqlite3.Connection, now: int, first_timestamp: int) -> int:
    """Turn a copy of an earlier state into a database to go on with. `now` in ms; ticket numbers
    from `first_timestamp` on are no short ones. How many messages are held back."""
    tx.execute(_MARK, (now, first_timestamp))
    tx.execute(_FORGET_MISSED)
    tx.execute(_FORGET_WAITS)
    held_back = tx.execute(_HOLD_BACK).rowcount
    tx.execute(_SET_ASIDE)
    return held_back


def begin(tx: sqlite3.Connection, server_time_ms: Callable[[int], int]) -> Restore | None:
    """At a start: the restore that this is the first start after, if it is. `server_time_ms` tells
    Telegram's time for a local one."""
    row = tx.execute(_RESTORED_AT).fetchone()
    if row is None:
        return None
    tx.execute(_BEGIN, (server_time_ms(row[0]) // 1000,))
    return restore(tx)


def restore(tx: sqlite3.Connection) -> Restore | None:
    """The last restore; None where there was none."""
    row = tx.execute(_GET).fetchone()
    return Restore(*row) if row else None


def until(tx: sqlite3.Connection) -> int | None:
    """Nothing that was written before is relayed, or in the same second: seconds since the epoch,
    Telegram's clock. None where the database was never restored."""
    row = tx.execute(_UNTIL).fetchone()
    return row[0] if row else None


def note_missed(tx: sqlite3.Connection, inbound: Inbound) -> None:
    """It may have opened a ticket in the database that is lost: a short number is passed over."""
    sender = inbound.sender.name or str(inbound.sender.id)
    tx.execute(
        _NOTE, (inbound.key.chat_id, inbound.key.msg_id, inbound.chat_title, sender, inbound.date)
    )
    tx.execute(_RESERVE)


def untold(tx: sqlite3.Connection) -> tuple[bool, list[MissedMessage]]:
    """Whether the staff know of the restore, and what of the missed they do not know yet."""
    row = tx.execute(_IS_TOLD).fetchone()
    rows = tx.execute(_UNTOLD)
    missed = [MissedMessage(MessageKey(chat, msg), *rest) for chat, msg, *rest in rows]
    return bool(row and row[0]), missed


def note_told(tx: sqlite3.Connection) -> None:
    """The staff know all of it."""
    tx.execute(_TELL)
    tx.execute(_TELL_MISSED)


def held_back(tx: sqlite3.Connection) -> list[HeldBack]:
    return [HeldBack(*row) for row in tx.execute(_HELD_BACK)]


def send_held_back(tx: sqlite3.Connection, now: int) -> None:
    """Queue them again, each with the random_ids it had: one that Telegram knows by them is not
    sent a second time. `now` in ms."""
    tx.execute(_SEND, (now,))
    tx.execute(_LET_GO)


def drop_held_back(tx: sqlite3.Connection) -> None:
    tx.execute(_DROP)
    tx.execute(_LET_GO)
