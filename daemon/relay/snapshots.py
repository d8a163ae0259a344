"""Looks up what routing has to know of a message."""

from __future__ import annotations

import sqlite3

from daemon.core.model import Inbound, LinkRole, Ticket
from daemon.core.routing import Snapshot, Target, wanted
from daemon.relay.desk import Desk
from daemon.relay.roles import role
from daemon.relay.targets import sibling_of, undelivered_of
from daemon.storage import groups, tickets
from daemon.storage.surroundings import around


def snapshot_of(tx: sqlite3.Connection, desk: Desk, inbound: Inbound, now: int) -> Snapshot:
    """`now` in ms."""
    sender = inbound.sender.id
    more = wanted(inbound, desk.bot)
    key, numbers = inbound.key, desk.ticket_numbers
    known = around(tx, key, inbound.reply_to, desk.staff_group, numbers, now)
    return Snapshot(
        bot=desk.bot,
        texts=desk.texts,
        staff_group=desk.staff_group,
        role=role(known.chat_now, known.staff_group_now, is_customer=known.is_customer_group),
        former_chat=known.former_chat,
        sender_is_admin=sender in desk.admins,
        sender_may_answer=not desk.staff_allowlist or sender in desk.staff_allowlist,
        target=Target(*known.reply_target) if known.reply_target else None,
        sibling=sibling_of(tx, inbound),
        answers_hint=known.reply_role is LinkRole.HINT,
        in_a_ticket=known.in_a_ticket,
        new_ticket_id=known.new_ticket_id,
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
