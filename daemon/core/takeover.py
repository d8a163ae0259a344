"""The tickets of the aiogram bot that this relay takes the place of, as they go on here.

That bot kept one row for each wrapper. Its ticket numbers are times in milliseconds and nothing
kept them apart: two questions of one millisecond have one number. Rows of one number are one
ticket where group and asker are the same; otherwise they are different customers' tickets, which
must never be mixed up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from daemon.core.model import (
    ChatId,
    Link,
    LinkRole,
    MessageKey,
    Ticket,
    TicketId,
    TicketStatus,
)


@dataclass(frozen=True, slots=True)
class OldTicket:
    """A row of that bot's `tickets`."""

    ticket_id: int
    staff_msg_id: int
    """The wrapper, in the staff group."""
    question: MessageKey
    user_id: ChatId
    username: str | None
    user_name: str
    """A name that is no username; empty where none is known."""
    anchor: int | None
    """The newest answer in the customer group; None where there was none yet."""
    status: TicketStatus
    closed_at: int | None
    """ms"""


@dataclass(frozen=True, slots=True)
class Conversation:
    """The rows that are one ticket, by the age of their wrappers; at least one."""

    rows: tuple[OldTicket, ...]

    @property
    def first(self) -> OldTicket:
        return self.rows[0]

    @property
    def status(self) -> TicketStatus:
        """Closed where every row is: a customer who may go on there may go on here."""
        closed = all(row.status is TicketStatus.CLOSED for row in self.rows)
        return TicketStatus.CLOSED if closed else TicketStatus.OPEN

    @property
    def closed_at(self) -> int | None:
        """ms; None while it is open, and where nobody knows."""
        if self.status is TicketStatus.OPEN:
            return None
        return max((row.closed_at for row in self.rows if row.closed_at is not None), default=None)

    @property
    def anchor(self) -> int | None:
        """The newest answer in the customer group."""
        return max((row.anchor for row in self.rows if row.anchor is not None), default=None)

    def ticket(self, number: TicketId) -> Ticket:
        """The ticket as it goes on here, under a number that may be another than it had."""
        return Ticket(
            ticket_id=number,
            question=self.first.question,
            user_id=self.first.user_id,
            username=self.first.username,
            user_name=self.first.user_name,
            status=self.status,
        )

    def links(self, number: TicketId, staff_group: ChatId) -> list[Link]:
        """The messages that people may reply to, or that belong to the ticket otherwise.

        The wrapper of a further question is a continuation here: answers to it go under that
        question."""
        links = []
        for row in self.rows:
            is_first = row.question == self.first.question
            wrapper = MessageKey(staff_group, row.staff_msg_id)
            role = LinkRole.WRAPPER if is_first else LinkRole.CONTINUATION
            links.append(Link(wrapper, number, role, row.question))
            own = LinkRole.QUESTION if is_first else LinkRole.FOLLOW_UP
            links.append(Link(row.question, number, own))
            if row.anchor is not None and row.anchor != row.question.msg_id:
                answer = MessageKey(row.question.chat_id, row.anchor)
                links.append(Link(answer, number, LinkRole.ANSWER))
        return links


def conversations(rows_of_one_number: Iterable[OldTicket]) -> list[Conversation]:
    """The tickets behind the rows of one number, the oldest first."""
    by_asker: dict[tuple[ChatId, ChatId], list[OldTicket]] = {}
    for row in sorted(rows_of_one_number, key=lambda row: row.staff_msg_id):
        by_asker.setdefault((row.question.chat_id, row.user_id), []).append(row)
    return [Conversation(tuple(rows)) for rows in by_asker.values()]


def as_username(stored: str | None) -> tuple[str | None, str]:
    """Username and name of the asker from the one column that held either.

    https://core.telegram.org/method/account.checkUsername"""
    name = (stored or "").strip()
    bare = name.removeprefix("@")
    return (bare, "") if _USERNAME.fullmatch(bare) else (None, name)


_USERNAME = re.compile(r"[a-z][a-z0-9_]{2,31}", re.ASCII | re.IGNORECASE)
