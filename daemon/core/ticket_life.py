"""The life cycle of a ticket: one table, from status and event to the next status."""

from __future__ import annotations

from enum import StrEnum

from daemon.core.model import TicketStatus


class Event(StrEnum):
    CLOSE = "close"
    REOPEN = "reopen"


_NEXT = {
    (TicketStatus.OPEN, Event.CLOSE): TicketStatus.CLOSED,
    (TicketStatus.CLOSED, Event.REOPEN): TicketStatus.OPEN,
}


def after(status: TicketStatus, event: Event) -> TicketStatus | None:
    """The status that follows; None where the event means nothing in this status."""
    return _NEXT.get((status, event))
