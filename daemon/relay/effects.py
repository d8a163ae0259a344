"""Writes what routing decided: tickets, links, groups and outbox rows, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from daemon.core.model import ChatId, MessageKey, OutboxId, TicketId
from daemon.core.routing import (
    Action,
    AddLink,
    EnrolGroup,
    OpenTicket,
    Refusal,
    Refuse,
    RemoveGroup,
    Send,
    SetStatus,
    UnderWrapper,
)
from daemon.core.sync import KnownChat
from daemon.relay.clock import Clock
from daemon.storage import groups, links, moves, outbox, sync_state, tickets


@dataclass(slots=True)
class Effects:
    """What the rest of the relay must know once the transaction is committed."""

    destinations: set[ChatId] = field(default_factory=set)
    enrolled: list[KnownChat] = field(default_factory=list)
    """The groups that became customer groups."""
    removed: list[ChatId] = field(default_factory=list)
    """Those that are none any more."""
    refused: Refusal | None = None


def apply(
    tx: sqlite3.Connection, actions: Iterable[Action], staff_group: ChatId, clock: Clock
) -> Effects:
    effects = Effects()
    now = clock.now_ms()
    for action in actions:
        match action:
            case Send():
                outbox.put(tx, _draft(tx, action), clock.random_id, now)
                effects.destinations.add(action.destination)
            case OpenTicket(ticket):
                tickets.open_ticket(tx, ticket, staff_group, now)
            case SetStatus(ticket_id, status):
                tickets.set_status(tx, ticket_id, status, now)
            case AddLink(link):
                links.add(tx, link.key, link.ticket_id, link.role, link.counterpart)
            case EnrolGroup() | RemoveGroup():
                _change_group(tx, action, effects, now)
            case Refuse(reason):
                effects.refused = reason
    return effects


def _change_group(
    tx: sqlite3.Connection, action: EnrolGroup | RemoveGroup, effects: Effects, now: int
) -> None:
    now_at = moves.current(tx, action.chat_id)
    match action:
        case EnrolGroup(_, title):
            if groups.add(tx, now_at, now):
                known = sync_state.chat(tx, now_at) or KnownChat(now_at, title, None)
                effects.enrolled.append(known)
        case RemoveGroup():
            if groups.remove(tx, now_at):
                effects.removed.append(now_at)


def _draft(tx: sqlite3.Connection, send: Send) -> outbox.Draft:
    reply_to: MessageKey | OutboxId | None
    if isinstance(send.reply_to, UnderWrapper):
        reply_to = _wrapper(tx, send.ticket_id) if send.ticket_id is not None else None
    else:
        reply_to = send.reply_to
    return outbox.Draft(
        destination=send.destination,
        ticket_id=send.ticket_id,
        role=send.role,
        text=send.text,
        media=send.media,
        reply_to=reply_to,
        source=send.source,
        confirm=send.confirm,
    )


def _wrapper(tx: sqlite3.Connection, ticket_id: TicketId) -> MessageKey | OutboxId | None:
    return tickets.wrapper_of(tx, ticket_id) or outbox.waiting_wrapper(tx, ticket_id)
