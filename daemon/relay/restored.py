"""After a restore: what was written since the backup is not relayed, but listed for the staff.

The database that is lost may have relayed it; nobody knows any more, and nothing may go twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import structlog

from daemon.core import restored
from daemon.core.model import Inbound, LinkRole
from daemon.core.restored import MissedMessage
from daemon.core.routing import concerns
from daemon.core.text import Text
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.relay.store import Store
from daemon.storage import inbox, outbox, restores, sync_state
from daemon.storage.inbox import InboxRow

log = structlog.get_logger()


async def begin(store: Store, server_time_ms: Callable[[int], int]) -> None:
    """Where the database was restored and this is the first start since."""
    found = await store("restore", lambda tx: restores.begin(tx, server_time_ms))
    if found is not None:
        between = {"since": found.since, "until": found.until}
        log.warning(events.RESTORED, **between, held_back=found.held_back)


def is_missed(inbound: Inbound, until: int | None) -> bool:
    """Whether a message is from before the restore."""
    return until is not None and 0 < inbound.date <= until


def set_aside(
    tx: sqlite3.Connection, rows: list[InboxRow], inbound: Inbound, desk: Desk, now: int
) -> tuple[str, dict[str, Any]]:
    """Take a message out of the inbox without routing it, and note it where it was meant for the
    relay. `rows` are its parts, `now` is in ms. The log line."""
    for row in rows:
        inbox.note_receipt(tx, row, now)
        inbox.take(tx, row)
    is_ours = concerns(inbound, desk.bot, follow_ups=False)
    if is_ours:
        restores.note_missed(tx, inbound)
    return events.RESTORE_MISSED, {
        "chat": inbound.key.chat_id,
        "message": inbound.key.msg_id,
        "sender": inbound.sender.id,
        "date": inbound.date,
        "listed": is_ours,
        **desk.logged(inbound.text),
    }


def announce(tx: sqlite3.Connection, desk: Desk, clock: Clock) -> bool:
    """Tell the staff, once what Telegram held back is fetched. Whether there was anything to
    tell."""
    found = restores.restore(tx)
    if found is None or sync_state.gaps(tx):
        return False
    is_told, messages = restores.untold(tx)
    if is_told and not messages:
        return False
    for text in _notices(desk, found, is_told, messages):
        notice = outbox.Draft(desk.staff_group, None, LinkRole.NOTICE, text)
        outbox.put(tx, notice, clock.random_id, clock.now_ms())
    restores.note_told(tx)
    return True


def _notices(
    desk: Desk, found: restores.Restore, is_told: bool, messages: list[MissedMessage]
) -> Iterator[Text]:
    if not is_told:
        yield restored.restored(desk.texts, found.since, found.until, found.held_back)
    if messages:
        yield from restored.missed(desk.texts, messages)
