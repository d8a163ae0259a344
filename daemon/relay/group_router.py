"""Routes what happened to groups, in the order in which it was told or found."""

from __future__ import annotations

import asyncio
import sqlite3
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from daemon.core import wrapper
from daemon.core.membership import GroupSeen, Membership, MemberStatus
from daemon.core.model import ChatId, ChatRole, LinkRole, MessageKey
from daemon.core.routing import Action, GroupSnapshot, Remember, route_membership, route_seen
from daemon.relay import effects, events
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.relay.roles import role_of
from daemon.relay.store import Store
from daemon.storage import group_events, members, moves, outbox
from daemon.storage.group_events import EventRow, GroupEvent

log = structlog.get_logger()

_MOST_AT_ONCE = 50
"""Events that are routed in one transaction."""

_NO_USE = (MemberStatus.LEFT, MemberStatus.MUTED)


@dataclass(slots=True)
class _Line:
    """A log line, written once the transaction is committed."""

    event: str
    values: dict[str, Any]
    is_error: bool = False


@dataclass(slots=True)
class _Routed:
    """The outcome of one transaction."""

    destinations: set[ChatId] = field(default_factory=set)
    lines: list[_Line] = field(default_factory=list)
    looks_asked: bool = False


class GroupRouter:
    """`on_outbox` is told the destinations that something was queued for; `on_looks` is called
    when groups are to be looked at."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        clock: Clock,
        *,
        on_outbox: Callable[[set[ChatId]], None],
        on_looks: Callable[[], None],
    ) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._on_outbox = on_outbox
        self._on_looks = on_looks
        self._wake = asyncio.Event()
        self._wake.set()  # an earlier process may have left something

    def wake(self) -> None:
        """Something new waits."""
        self._wake.set()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while await self._route_waiting():
                pass

    async def _route_waiting(self) -> bool:
        """Route one lot; whether there was any."""
        routed = await self._store("route_groups", self._route_in)
        for line in routed.lines:
            write = log.error if line.is_error else log.info
            write(line.event, **line.values)
        if routed.destinations:
            self._on_outbox(routed.destinations)
        if routed.looks_asked:
            self._on_looks()
        return bool(routed.lines)

    def _route_in(self, tx: sqlite3.Connection) -> _Routed:
        routed = _Routed()
        for row in group_events.waiting(tx, _MOST_AT_ONCE):
            tx.execute("SAVEPOINT event")
            try:
                line = self._route_one(tx, row, routed)
            except sqlite3.OperationalError:
                raise  # the disk, not the event
            except Exception as error:  # noqa: BLE001 an event that cannot be routed must not stop the others
                tx.execute("ROLLBACK TO event")
                line = self._bury(tx, row, error, routed)
            tx.execute("RELEASE event")
            routed.lines.append(line)
        return routed

    def _route_one(self, tx: sqlite3.Connection, row: EventRow, routed: _Routed) -> _Line:
        event = row.event()
        snapshot = self._snapshot(tx, event)
        actions: list[Action] = []
        if moves.current(tx, event.chat_id) != event.chat_id:
            pass  # a group that became a supergroup, and is no more
        elif isinstance(event, Membership):
            actions = route_membership(snapshot, event)
        else:
            actions = route_seen(snapshot, event)
        done = effects.apply(tx, actions, self._desk, self._clock)
        group_events.take(tx, row)
        routed.destinations |= done.destinations
        routed.looks_asked |= done.looks_asked
        return _Line(
            events.GROUP_EVENT,
            {
                **_told(event),
                "role": snapshot.role.value,
                "actions": [type(action).__name__ for action in actions],
                "waited_ms": max(0, self._clock.now_ms() - row.received_at),
            },
            is_error=self._cannot_work(snapshot, actions),
        )

    def _snapshot(self, tx: sqlite3.Connection, event: GroupEvent) -> GroupSnapshot:
        chat_id, bot = event.chat_id, self._desk.bot
        role, former = role_of(tx, self._desk, chat_id), moves.former(tx, chat_id)
        origin = former
        if origin is None and isinstance(event, GroupSeen):
            origin = event.migrated_from
        before_move = {} if origin is None else members.of_chat(tx, origin)
        if role is ChatRole.OTHER and origin is not None:
            role = role_of(tx, self._desk, origin)
        look = members.last_look(tx, chat_id)
        return GroupSnapshot(
            bot=bot,
            texts=self._desk.texts,
            role=role,
            known=before_move | members.of_chat(tx, chat_id),
            last_look=look if look or origin is None else members.last_look(tx, origin),
            has_moved=former is not None,
        )

    def _cannot_work(self, snapshot: GroupSnapshot, actions: list[Action]) -> bool:
        """Whether the bot cannot write to the staff group any more, so that nothing works."""
        return snapshot.role is ChatRole.STAFF and any(
            isinstance(action, Remember)
            and action.person_id == self._desk.bot.id
            and action.known.status in _NO_USE
            for action in actions
        )

    def _bury(
        self, tx: sqlite3.Connection, row: EventRow, error: Exception, routed: _Routed
    ) -> _Line:
        """Set an event aside that cannot be routed, and tell the staff."""
        now = self._clock.now_ms()
        number = group_events.bury(tx, row, "".join(traceback.format_exception(error)), now)
        staff_group = self._desk.staff_group
        text = wrapper.dead_letter_notice(self._desk.texts, number, MessageKey(row.chat_id, 0))
        notice = outbox.Draft(staff_group, None, LinkRole.NOTICE, text)
        outbox.put(tx, notice, self._clock.random_id, now)
        routed.destinations.add(staff_group)
        values = {"chat": row.chat_id, "dead_letter": number, "error": repr(error)}
        return _Line(events.UPDATE_DEAD, values, is_error=True)


def _told(event: GroupEvent) -> dict[str, Any]:
    values: dict[str, Any] = {
        "chat": event.chat_id,
        "title": event.chat_title,
        "actor": event.actor.id if event.actor else None,
    }
    if isinstance(event, Membership):
        return values | {
            "kind": "membership",
            "person": event.person.id,
            "before": event.before.value if event.before else None,
            "after": event.after.value,
            "date": event.date,
        }
    return values | {
        "kind": "seen",
        "bot": event.status.value,
        "username": event.username,
        "linked_channel": event.linked_channel,
        "members": None if event.members is None else len(event.members),
    }
