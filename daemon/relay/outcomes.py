"""Writes what became of a message, and what the staff are told of it, in one transaction."""

from __future__ import annotations

import sqlite3

import structlog

from daemon.core.model import LinkRole, MessageKey
from daemon.core.notices import in_place_of_private
from daemon.core.pacing import Limits
from daemon.core.text import Text, fill, joined
from daemon.core.wrapper import dead_letter_notice, linked, media_lines
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.delivery import Failed, Moved, Outcome, Postponed, Sent
from daemon.relay.desk import Desk
from daemon.storage import backlog, merging, outbox, undelivered, waits
from daemon.storage.outbox_row import OutboxRow, RowUnreadable

log = structlog.get_logger()

_ARRIVED = "👍"
"""One of the emoji that are allowed wherever reactions are."""


class Outcomes:
    def __init__(self, desk: Desk, clock: Clock, limits: Limits) -> None:
        self._desk = desk
        self._clock = clock
        self._limits = limits

    def note(self, tx: sqlite3.Connection, row: OutboxRow, outcome: Outcome) -> bool:
        """Note the outcome of a claimed row; one that cannot be noted costs only that row. False
        where nothing has come of it yet: what was merged goes out message by message."""
        is_refused = isinstance(outcome, Failed)
        if is_refused and merging.take_apart(tx, row, self._clock.random_id):
            return False
        tx.execute("SAVEPOINT outcome")
        try:
            self._note(tx, row, outcome)
        except sqlite3.IntegrityError as error:  # such as a ticket that somebody deleted
            tx.execute("ROLLBACK TO outcome")
            self._bury(tx, row, outcome, error)
        tx.execute("RELEASE outcome")
        return True

    def set_aside(self, tx: sqlite3.Connection, row: RowUnreadable) -> None:
        """Keep a row that cannot be read, and tell the staff."""
        outbox.set_aside(tx, row.row_id, str(row))
        self._tell_staff(tx, row, fill(self._desk.texts.send_failed, reason=str(row)))

    def _note(self, tx: sqlite3.Connection, row: OutboxRow, outcome: Outcome) -> None:
        match outcome:
            case Sent(msg_ids):
                outbox.settle(tx, row, msg_ids)
                waits.end(tx, row.destination)
                if row.left_out or (row.confirm and not self._are_staff_behind(tx)):
                    self._tell_staff(tx, row, self._confirmation(row))
                elif row.confirm:
                    self._confirm_by_reaction(tx, row)
                if not msg_ids and row.ticket_id is not None:
                    number = str(row.ticket_id)
                    self._tell_staff(tx, row, fill(self._desk.texts.id_unknown, ticket=number))
            case Failed():
                self._give_up(tx, row, outcome)
            case Postponed(wait_s):
                outbox.release(tx, row)
                wait_ms = int(wait_s * 1000)
                waits.note(tx, row.destination, wait_ms, self._clock.now_ms())
            case Moved():
                outbox.redirect(tx, row, self._clock.random_id)

    def _are_staff_behind(self, tx: sqlite3.Connection) -> bool:
        now = self._clock.now_ms()
        return backlog.is_behind(tx, self._desk.staff_group, now, self._limits)

    def _confirm_by_reaction(self, tx: sqlite3.Connection, row: OutboxRow) -> None:
        """Tell that an answer has arrived without a message, which would wait for long and keep
        others waiting."""
        reaction = outbox.Draft(
            destination=self._desk.staff_group,
            ticket_id=None,
            role=LinkRole.REACTION,
            text=Text(_ARRIVED),
            reply_to=row.source,
            urgent=True,
        )
        outbox.put(tx, reaction, self._clock.random_id, self._clock.now_ms())

    def _confirmation(self, row: OutboxRow) -> Text:
        texts = self._desk.texts
        sent = fill(texts.reply_sent) if row.confirm else Text()
        missing = fill(texts.parts_left_out, count=str(row.left_out)) if row.left_out else Text()
        return joined((sent, missing))

    def _bury(
        self, tx: sqlite3.Connection, row: OutboxRow, outcome: Outcome, error: Exception
    ) -> None:
        """Set a row aside whose outcome cannot be noted: it must not be sent again."""
        msg_id = outcome.msg_ids[0] if isinstance(outcome, Sent) and outcome.msg_ids else 0
        key = MessageKey(row.destination, msg_id)
        number = outbox.bury(tx, row, key, f"{outcome}: {error!r}", self._clock.now_ms())
        text = dead_letter_notice(self._desk.texts, number, key)
        notice = outbox.Draft(self._desk.staff_group, None, LinkRole.NOTICE, text)
        outbox.put(tx, notice, self._clock.random_id, self._clock.now_ms())
        values = {"outbox": row.id, "chat": row.destination, "ticket": row.ticket_id}
        log.error(events.SEND_NOT_NOTED, dead_letter=number, error=str(error), **values)

    def _give_up(self, tx: sqlite3.Connection, row: OutboxRow, failed: Failed) -> None:
        """What can never be sent is kept, but for a notice to an admin: the staff group gets it."""
        if row.role is not LinkRole.ADMIN_NOTICE:
            outbox.fail(tx, row, failed.reason)
            self._report(tx, row, failed)
            if _is_below_its_text(row) and not failed.is_forbidden:
                self._tell_customer(tx, row)
            elif row.role is LinkRole.ANSWER:
                undelivered.hold_back(tx, row, failed.reason)
        elif outbox.withdraw_copy(tx, row):
            texts, bot = self._desk.texts, self._desk.bot
            self._tell_staff(tx, row, in_place_of_private(texts, row.text, bot))

    def _report(self, tx: sqlite3.Connection, row: OutboxRow, failed: Failed) -> None:
        """Tell the staff of a message that could not be sent, once for all its parts: under it,
        where it is their own, else with a link to it."""
        if row.role.is_notice or row.source is None or undelivered.is_told(tx, row):
            return
        texts = self._desk.texts
        text = fill(texts.send_failed, reason=failed.reason)
        if not self._desk.is_staff(row.source.chat_id):
            templates = (texts.not_shown, texts.not_shown_unlinked)
            text = linked(*templates, row.source, reason=failed.reason)
        if _is_below_its_text(row) and not failed.is_forbidden:
            text = joined((text, fill(texts.customer_has_text)))
        if not failed.is_lost:
            text = joined((text, fill(texts.how_to_retry)))
        self._tell_staff(tx, row, text)

    def _tell_customer(self, tx: sqlite3.Connection, row: OutboxRow) -> None:
        """The text above the media named them, and the customer looks for them."""
        texts = self._desk.texts
        notice = outbox.Draft(
            destination=row.destination,
            ticket_id=row.ticket_id,
            role=LinkRole.NOTICE,
            text=fill(texts.not_shown_to_customer, kind=media_lines(texts, row.media)),
            reply_to=row.reply_to,
        )
        outbox.put(tx, notice, self._clock.random_id, self._clock.now_ms())

    def _tell_staff(
        self, tx: sqlite3.Connection, row: OutboxRow | RowUnreadable, text: Text
    ) -> None:
        notice = outbox.Draft(
            destination=self._desk.staff_group,
            ticket_id=row.ticket_id,
            role=LinkRole.NOTICE,
            text=text,
            reply_to=row.source,
            source=row.source,
        )
        outbox.put(tx, notice, self._clock.random_id, self._clock.now_ms())


def _is_below_its_text(row: OutboxRow) -> bool:
    """Whether these are media of an answer whose text has arrived before them."""
    return row.role is LinkRole.ANSWER and bool(row.media) and not row.text
