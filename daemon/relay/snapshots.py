"""Looks up what routing has to know of a message."""

from __future__ import annotations

import sqlite3

from daemon.core.model import Inbound, Ticket
from daemon.core.routing import Snapshot, wanted
from daemon.relay.desk import Desk
from daemon.relay.roles import role_of
from daemon.relay.targets import answers_hint, sibling_of, target_of, undelivered_of
from daemon.storage import groups, links, moves, tickets


def snapshot_of(tx: sqlite3.Connection, desk: Desk, inbound: Inbound, now: int) -> Snapshot:
    """`now` in ms."""
    sender = inbound.sender.id
    more = wanted(inbound, desk.bot)
    return Snapshot(
        bot=desk.bot,
        texts=desk.texts,
        staff_group=desk.staff_group,
        role=role_of(tx, desk, inbound.key.chat_id),
        former_chat=moves.former(tx, inbound.key.chat_id),
        sender_is_admin=sender in desk.admins,
        sender_may_answer=not desk.staff_allowlist or sender in desk.staff_allowlist,
        target=target_of(tx, inbound),
        sibling=sibling_of(tx, inbound),
        answers_hint=answers_hint(tx, inbound),
        in_a_ticket=links.get(tx, inbound.key) is not None,
        new_ticket_id=tickets.new_id(tx, desk.ticket_numbers, now),
        just_asked=_just_asked(tx, desk, inbound),
        named=tickets.get(tx, more.ticket) if more.ticket is not None else None,
        groups=groups.overview(tx) if more.groups else (),
        undelivered=undelivered_of(tx, inbound) if more.fate else None,
    )


def _just_asked(tx: sqlite3.Connection, desk: Desk, inbound: Inbound) -> Ticket | None:
    """By the dates that Telegram gave both messages, however late they arrive."""
    follow_up_s, date = desk.follow_up_s, inbound.date
    if follow_up_s == 0:
        return None
    chat_id, sender = inbound.key.chat_id, inbound.sender.id
    return tickets.last_of(tx, chat_id, sender, max(1, date - follow_up_s), date)
