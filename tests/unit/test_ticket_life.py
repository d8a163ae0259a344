"""The life cycle of a ticket."""

from __future__ import annotations

import pytest

from daemon.core.model import TicketStatus
from daemon.core.ticket_life import Event, after


@pytest.mark.parametrize(
    "status, event, next_status",
    [
        (TicketStatus.OPEN, Event.CLOSE, TicketStatus.CLOSED),
        (TicketStatus.CLOSED, Event.REOPEN, TicketStatus.OPEN),
        (TicketStatus.CLOSED, Event.CLOSE, None),
        (TicketStatus.OPEN, Event.REOPEN, None),
    ],
)
def test_each_event_in_each_status(
    status: TicketStatus, event: Event, next_status: TicketStatus | None
) -> None:
    assert after(status, event) is next_status


def test_every_pair_of_status_and_event_is_among_those_tested() -> None:
    assert len(TicketStatus) * len(Event) == 4


def test_the_words_of_the_database_are_those_that_operators_query() -> None:
    assert [status.value for status in TicketStatus] == ["open", "closed"]
