"""Routes what waits in the inbox: each chat's messages in the order of their ids."""

from __future__ import annotations

import asyncio
import sqlite3
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from daemon.core import album, wrapper
from daemon.core.model import ChatId, Inbound, LinkRole
from daemon.core.routing import (
    Send,
    Snapshot,
    album_wanted,
    context_wanted,
    route,
)
from daemon.core.sync import KnownChat, sequence_of
from daemon.relay import effects, events, restored
from daemon.relay.clock import Clock
from daemon.relay.contexts import ContextWanted
from daemon.relay.desk import Desk
from daemon.relay.held import Held, may_answer_an_unsettled
from daemon.relay.snapshots import snapshot_of
from daemon.relay.store import Store
from daemon.storage import (
    inbox,
    links,
    moves,
    outbox,
    restores,
    sync_state,
)

log = structlog.get_logger()

_MOST_AT_ONCE = 50
"""Messages of one chat that are routed in one transaction."""


@dataclass(slots=True)
class _Routed:
    """The outcome of one routing transaction."""

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


_Rows = list[inbox.InboxRow]
"""One message, or the parts of an album."""


class Router:
    """`on_outbox` is told the destinations that something was queued for, `on_context_wanted` what
    messages wait for; `on_groups_changed` is called when groups became customer groups, which it
    is told, or ceased to be."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        clock: Clock,
        *,
        album_quiet_s: float,
        on_outbox: Callable[[set[ChatId]], None],
        on_groups_changed: Callable[[list[KnownChat]], None],
        on_context_wanted: Callable[[Iterable[ContextWanted]], None],
    ) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._album_quiet_ms = int(album_quiet_s * 1000)
        self._on_outbox = on_outbox
        self._on_groups_changed = on_groups_changed
        self._on_context_wanted = on_context_wanted
        self._wake = asyncio.Event()
        self.turns = 0

    def wake(self) -> None:
        """Something new waits, or something held may go on."""
        self._wake.set()

    def nudge(self) -> None:
        """Turn once, though nothing came."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            self.turns += 1
            self._wake.clear()
            routed = await self._route_waiting()
            if not routed.more:
                await self._woken(routed.look_again_ms / 1000)

    async def _woken(self, within_s: float) -> None:
        """Wait for a call to wake, no longer than `within_s` seconds; 0 is without an end."""
        until: set[asyncio.Future[Any]] = {asyncio.ensure_future(self._wake.wait())}
        if within_s:
            until.add(asyncio.ensure_future(self._clock.sleep(within_s)))
        try:
            await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for future in until:
                future.cancel()

    async def _route_waiting(self) -> _Routed:
        """Route one lot."""
        routed = await self._store("route", self._route_in)
        for event, values in routed.lines:
            write = log.error if event == events.UPDATE_DEAD else log.info
            write(event, **values)
        for chat in routed.enrolled:
            log.info(events.GROUP_ADDED, chat=chat.chat_id, title=chat.title)
        if routed.enrolled or routed.removed_any:
            self._on_groups_changed(routed.enrolled)
        if routed.destinations:
            self._on_outbox(routed.destinations)
        self._on_context_wanted(routed.contexts)
        return routed

    def _route_in(self, tx: sqlite3.Connection) -> _Routed:
        routed = _Routed(until=restores.until(tx))
        behind: set[ChatId | None] = set()
        for chat_id in inbox.waiting_chats(tx):
            # What is missing comes first, and what was said before a group moved.
            if sync_state.has_gap(tx, sequence_of(chat_id)) or moves.former(tx, chat_id) in behind:
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

    def _route_rows(self, tx: sqlite3.Connection, rows: _Rows, routed: _Routed, held: Held) -> bool:
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
        self, tx: sqlite3.Connection, rows: _Rows, error: Exception, routed: _Routed
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
        self, tx: sqlite3.Connection, rows: _Rows, routed: _Routed, held: Held
    ) -> tuple[str, dict[str, Any]] | None:
        row = rows[0]
        parts = [part.inbound() for part in _not_routed(tx, rows)]
        rest = [part for part in row.rest_of_album() if links.get(tx, part.key) is None]
        inbound = album.completed(parts, rest, self._desk.bot)
        if restored.is_missed(inbound, routed.until):
            return restored.set_aside(tx, rows, inbound, self._desk, self._clock.now_ms())
        if (
            held.concerns(tx, inbound)
            or self._awaits_parts(rows, routed)
            or may_answer_an_unsettled(tx, inbound)
        ):
            held.add(tx, inbound)
            return None
        snapshot = snapshot_of(tx, self._desk, inbound, self._clock.now_ms())
        wants = _context_wanted(snapshot, inbound, row)
        if wants is not None:
            routed.contexts.append(wants)
            held.add(tx, inbound)
            return None
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

    def _awaits_parts(self, rows: _Rows, routed: _Routed) -> bool:
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
    return [row for row in rows if links.get(tx, row.key) is None] or rows
