"""Writes what routing decided: tickets, links, groups and outbox rows, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from daemon.core.model import ChatId, LinkRole, MessageKey, OutboxId, TicketId
from daemon.core.routing import (
    Action,
    AddLink,
    EnrolGroup,
    LookAt,
    NoteLook,
    OpenTicket,
    Refusal,
    Refuse,
    Remember,
    RemoveGroup,
    Retry,
    Send,
    SetStatus,
    TellAdmins,
    UnderWrapper,
)
from daemon.core.sync import KnownChat
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.storage import groups, links, members, moves, outbox, sync_state, tickets, undelivered


@dataclass(slots=True)
class Effects:
    """What the rest of the relay must know once the transaction is committed."""

    destinations: set[ChatId] = field(default_factory=set)
    enrolled: list[KnownChat] = field(default_factory=list)
    """The groups that became customer groups."""
    removed: list[ChatId] = field(default_factory=list)
    """Those that are none any more."""
    refused: Refusal | None = None
    looks_asked: bool = False
    """Groups are to be looked at."""


def apply(tx: sqlite3.Connection, actions: Iterable[Action], desk: Desk, clock: Clock) -> Effects:
    effects = Effects()
    now = clock.now_ms()
    for action in actions:
        match action:
            case Send():
                outbox.put(tx, _draft(tx, action), clock.random_id, now)
                effects.destinations.add(action.destination)
            case Retry(source):
                again = undelivered.requeue(tx, source, clock.random_id, now)
                effects.destinations |= again
            case OpenTicket(ticket):
                tickets.open_ticket(tx, ticket, desk.staff_group, now)
            case SetStatus() | AddLink():
                _change_ticket(tx, action, now)
            case EnrolGroup() | RemoveGroup():
                _change_group(tx, action, effects, now)
            case Refuse(reason):
                effects.refused = reason
            case TellAdmins(text):
                admins = sorted(desk.admins)
                copies = [outbox.Draft(a, None, LinkRole.ADMIN_NOTICE, text) for a in admins]
                outbox.put_notice(tx, copies, clock.random_id, now)
                effects.destinations |= desk.admins
            case Remember() | NoteLook() | LookAt():
                _note(tx, action, effects)
    return effects


def _change_ticket(tx: sqlite3.Connection, action: SetStatus | AddLink, now: int) -> None:
    match action:
        case SetStatus(ticket_id, status):
            tickets.set_status(tx, ticket_id, status, now)
        case AddLink(link):
            links.add(tx, link.key, link.ticket_id, link.role, link.counterpart, link.grouped_id)


def _change_group(
    tx: sqlite3.Connection, action: EnrolGroup | RemoveGroup, effects: Effects, now: int
) -> None:
    now_at = moves.current(tx, action.chat_id)
    match action:
        case EnrolGroup(_, title):
            if groups.add(tx, now_at, now):
                members.ask_for_look(tx, [now_at])
                known = sync_state.chat(tx, now_at) or KnownChat(now_at, title, None)
                effects.enrolled.append(known)
        case RemoveGroup():
            if groups.remove(tx, now_at):
                effects.removed.append(now_at)


def _note(tx: sqlite3.Connection, action: Remember | NoteLook | LookAt, effects: Effects) -> None:
    """What is known of groups and of the people in them."""
    match action:
        case Remember(chat_id, person_id, known):
            members.put(tx, chat_id, person_id, known)
        case NoteLook(chat_id, look):
            members.put_look(tx, chat_id, look)
        case LookAt(chat_id, actor):
            members.ask_for_look(tx, [chat_id], actor)
            effects.looks_asked = True


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
