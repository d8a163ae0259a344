"""Routes what waits in the inbox, in one transaction: each chat's messages in the order of their
ids."""

from __future__ import annotations

import sqlite3
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from daemon.core import album, wrapper
from daemon.core.model import ChatId, Inbound, LinkRole
from daemon.core.routing import Send, Snapshot, album_wanted, context_wanted, route
from daemon.core.sync import KnownChat
from daemon.relay import effects, events, restored
from daemon.relay.clock import Clock
from daemon.relay.contexts import ContextWanted
from daemon.relay.desk import Desk
from daemon.relay.held import Held, may_answer_an_unsettled
from daemon.relay.snapshots import snapshot_of
from daemon.storage import inbox, links, outbox, restores

_MOST_AT_ONCE = 50
"""Messages of one chat that are routed in one transaction."""


@dataclass(slots=True)
class Routed:
    """What came of it."""

    destinations: set[ChatId] = field(default_factory=set)
    enrolled: list[KnownChat] = field(default_factory=list)
    removed_any: bool = False
    """Whether a group is no customer group any more."""
    lines: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Log lines, written once the transaction is committed."""
    contexts: list[ContextWanted] = field(default_factory=list)
    """What messages wait for that only Telegram can tell."""
    more: bool = False
    until: int | None = None
    """Nothing from before is routed; see `daemon.relay.restored`."""
    look_again_ms: int = 0
    """When the first of the albums that wait may be complete; 0 where none waits."""
    awaits_settling: bool = False
    """Whether a message waits until it is known what became of one that is being sent."""


_Rows = list[inbox.InboxRow]
"""One message, or the parts of an album."""


class Routing:
    """`route` belongs to a transaction."""

    def __init__(self, desk: Desk, clock: Clock, album_quiet_s: float) -> None:
        self._desk = desk
        self._clock = clock
        self._album_quiet_ms = int(album_quiet_s * 1000)

    def route(self, tx: sqlite3.Connection) -> Routed:
        """Route one lot of what waits."""
        routed = Routed(until=restores.until(tx))
        behind: set[ChatId | None] = set()
        for chat in inbox.waiting_chats(tx):
            chat_id = chat.chat_id
            # What is missing comes first, and what was said before a group moved.
            if chat.has_gap or chat.former in behind:
                behind.add(chat_id)
                continue
            rows = list(inbox.of_chat(tx, chat_id, _MOST_AT_ONCE))
            held = Held(self._desk.bot)
            done = [self._route_rows(tx, parts, routed, held) for parts in _messages(tx, rows)]
            routed.more |= len(rows) == _MOST_AT_ONCE and any(done)
            if len(rows) == _MOST_AT_ONCE or not all(done):
                behind.add(chat_id)
        is_quiet = routed.until is not None and not routed.more
        if is_quiet and restored.announce(tx, self._desk, self._clock):
            routed.destinations.add(self._desk.staff_group)
        return routed

    def _route_rows(self, tx: sqlite3.Connection, rows: _Rows, routed: Routed, held: Held) -> bool:
        """Route one message, or the parts of an album as one; False where it must wait, and with
        it what must not overtake it."""
        tx.execute("SAVEPOINT message")
        try:
            line = self._route_one(tx, rows, routed, held)
        except sqlite3.OperationalError:
            raise  # the disk, not the message
        except Exception as error:  # noqa: BLE001 a message that cannot be routed must not stop the others
            tx.execute("ROLLBACK TO message")
            line = self._bury(tx, rows, error, routed)
        tx.execute("RELEASE message")
        if line is None:
            return False
        routed.lines.append(line)
        return True

    def _bury(
        self, tx: sqlite3.Connection, rows: _Rows, error: Exception, routed: Routed
    ) -> tuple[str, dict[str, Any]]:
        """Set a message aside that cannot be routed, and tell the staff."""
        now = self._clock.now_ms()
        trace = "".join(traceback.format_exception(error))
        number, *_ = [inbox.bury(tx, row, trace, now) for row in rows]
        key, staff_group = rows[0].key, self._desk.staff_group
        text = wrapper.dead_letter_notice(self._desk.texts, number, key)
        notice = outbox.Draft(staff_group, None, LinkRole.NOTICE, text)
        outbox.put(tx, notice, self._clock.random_id, now)
        routed.destinations.add(staff_group)
        return events.UPDATE_DEAD, {
            "chat": key.chat_id,
            "message": key.msg_id,
            "update": rows[0].id,
            "dead_letter": number,
            "error": repr(error),
        }

    def _route_one(
        self, tx: sqlite3.Connection, rows: _Rows, routed: Routed, held: Held
    ) -> tuple[str, dict[str, Any]] | None:
        row = rows[0]
        parts = [part.inbound() for part in _not_routed(tx, rows)]
        rest = [part for part in row.rest_of_album() if links.get(tx, part.key) is None]
        inbound = album.completed(parts, rest, self._desk.bot)
        if restored.is_missed(inbound, routed.until):
            return restored.set_aside(tx, rows, inbound, self._desk, self._clock.now_ms())
        if self._must_wait(tx, rows, inbound, routed, held):
            held.add(tx, inbound)
            return None
        snapshot = snapshot_of(tx, self._desk, inbound, self._clock.now_ms())
        wants = _context_wanted(snapshot, inbound, row)
        if wants is not None:
            routed.contexts.append(wants)
            held.add(tx, inbound)
            return None
        if row.context is not None:
            snapshot = replace(snapshot, context=row.replied_to())
        actions = route(snapshot, inbound)
        done = effects.apply(tx, actions, self._desk, self._clock)
        for part in rows:
            if actions:
                inbox.note_receipt(tx, part, self._clock.now_ms())
            inbox.take(tx, part)
        routed.destinations |= done.destinations
        routed.enrolled += done.enrolled
        routed.removed_any |= bool(done.removed)
        for chat_id in done.removed:
            title = inbound.chat_title
            routed.lines.append((events.GROUP_REMOVED, {"chat": chat_id, "title": title}))
        ticket = next((a.ticket_id for a in actions if isinstance(a, Send) and a.ticket_id), None)
        return events.UPDATE_ROUTED, {
            "chat": row.key.chat_id,
            "message": row.key.msg_id,
            "kind": row.kind,
            "update": row.id,
            "sender": inbound.sender.id,
            "ticket": ticket,
            "actions": [type(action).__name__ for action in actions],
            "waited_ms": max(0, self._clock.now_ms() - row.received_at),
            **self._desk.logged(inbound.text),
            **({"refused": done.refused.value} if done.refused else {}),
        }

    def _must_wait(
        self, tx: sqlite3.Connection, rows: _Rows, inbound: Inbound, routed: Routed, held: Held
    ) -> bool:
        if held.concerns(tx, inbound) or self._awaits_parts(rows, routed):
            return True
        if may_answer_an_unsettled(tx, inbound):
            routed.awaits_settling = True
            return True
        return False

    def _awaits_parts(self, rows: _Rows, routed: Routed) -> bool:
        """Whether these are parts of an album that may have further ones."""
        if rows[0].grouped_id is None:
            return False
        received = [row.received_at for row in rows]
        wait_ms = album.wait_ms(received, self._clock.now_ms(), self._album_quiet_ms)
        if wait_ms:
            routed.look_again_ms = min(wait_ms, routed.look_again_ms or wait_ms)
        return wait_ms > 0


def _context_wanted(
    snapshot: Snapshot, inbound: Inbound, row: inbox.InboxRow
) -> ContextWanted | None:
    """What is still to be fetched for a message."""
    reply_to = context_wanted(snapshot, inbound) if row.context is None else None
    has_album = row.album is None and album_wanted(snapshot, inbound)
    if reply_to is None and not has_album:
        return None
    return ContextWanted(row.id, row.key, reply_to, inbound.grouped_id if has_album else None)


def _messages(tx: sqlite3.Connection, rows: _Rows) -> Iterator[_Rows]:
    """The rows, those of one album together in the place of the first."""
    seen: set[int] = set()
    for row in rows:
        if row.id not in seen:
            parts = inbox.together_with(tx, row)
            seen.update(part.id for part in parts)
            yield parts


def _not_routed(tx: sqlite3.Connection, rows: _Rows) -> _Rows:
    """Without the parts of an album that belong to a ticket already, unless all do."""
    if len(rows) == 1:
        return rows
    return [row for row in rows if links.get(tx, row.key) is None] or rows
