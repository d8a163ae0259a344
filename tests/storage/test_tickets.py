"""Tickets, links and groups."""

from __future__ import annotations

import sqlite3

import pytest

from daemon.core.model import (
    ChatId,
    CustomerGroup,
    Link,
    LinkRole,
    MessageKey,
    TicketId,
    TicketNumbers,
    TicketStatus,
)
from daemon.core.sync import KnownChat
from daemon.storage import groups, links, sync_state, tickets
from tests.builders import (
    ACME,
    ALICE,
    ANSWER,
    GLOBEX,
    NICK,
    QUESTION,
    STAFF,
    TICKET,
    WRAPPER,
    a_ticket,
)

Tx = sqlite3.Connection
BY_TIME, IN_ORDER = TicketNumbers.TIMESTAMP, TicketNumbers.SEQUENTIAL


def opened(tx: Tx, now: int, numbers: TicketNumbers = BY_TIME) -> TicketId:
    """A new ticket's number."""
    number = tickets.new_id(tx, numbers, now)
    tickets.open_ticket(tx, a_ticket(ticket_id=number), STAFF, now)
    return number


def test_a_ticket_is_numbered_by_the_time(tx: Tx) -> None:
    assert tickets.new_id(tx, BY_TIME, 1737456789000) == 1737456789000


def test_numbers_within_one_millisecond_differ(tx: Tx) -> None:
    assert [opened(tx, 1000) for _ in range(3)] == [1000, 1001, 1002]
    assert opened(tx, 1001) == 1003
    assert opened(tx, 5000) == 5000


def test_numbers_grow_though_the_clock_goes_back(tx: Tx) -> None:
    assert [opened(tx, now) for now in (9000, 1000, 8999, 9001)] == [9000, 9001, 9002, 9003]


def test_sequential_numbers_are_short(tx: Tx) -> None:
    times = (1737456789000, 1737456789000, 0, 1737456789001)
    assert [opened(tx, now, IN_ORDER) for now in times] == [1, 2, 3, 4]


def test_the_way_of_numbering_may_change_at_any_time(tx: Tx) -> None:
    now = 1737456789000
    ways = [BY_TIME, IN_ORDER, BY_TIME, IN_ORDER, IN_ORDER, BY_TIME]
    assert [opened(tx, now, way) for way in ways] == [now, 1, now + 1, 2, 3, now + 2]


@pytest.mark.parametrize("status", list(TicketStatus))
@pytest.mark.parametrize("username", ["alice", None])
def test_a_ticket_comes_out_as_it_went_in(
    tx: Tx, status: TicketStatus, username: str | None
) -> None:
    ticket = a_ticket(status, username=username, user_name="Zoë\n\u202e😀")
    tickets.open_ticket(tx, ticket, STAFF, 5)
    assert tickets.get(tx, TICKET) == ticket
    assert tickets.get(tx, TicketId(TICKET + 1)) is None


def test_a_number_is_given_once(tx: Tx) -> None:
    tickets.open_ticket(tx, a_ticket(), STAFF, 0)
    with pytest.raises(sqlite3.IntegrityError):
        tickets.open_ticket(tx, a_ticket(), STAFF, 0)


def test_closing_notes_when_and_reopening_forgets_it(tx: Tx) -> None:
    opened(tx, 1000)
    tickets.set_status(tx, TicketId(1000), TicketStatus.CLOSED, 1_737_456_999_123)
    row = "SELECT status, closed_at FROM tickets"
    assert tx.execute(row).fetchone() == ("closed", 1_737_456_999_123)
    tickets.set_status(tx, TicketId(1000), TicketStatus.OPEN, 5)
    assert tx.execute(row).fetchone() == ("open", None)


def test_a_status_changes_one_ticket_alone(tx: Tx) -> None:
    first, second = opened(tx, 1), opened(tx, 2)
    tickets.set_status(tx, first, TicketStatus.CLOSED, 9)
    ticket = tickets.get(tx, second)
    assert ticket is not None
    assert ticket.status is TicketStatus.OPEN


def test_the_wrapper_is_known_once_it_is_sent(tx: Tx) -> None:
    number = opened(tx, 1)
    assert tickets.wrapper_of(tx, number) is None
    tickets.set_wrapper(tx, number, WRAPPER)
    assert tickets.wrapper_of(tx, number) == WRAPPER
    assert tx.execute("SELECT staff_msg_id FROM tickets").fetchone() == (WRAPPER.msg_id,)


def test_the_anchor_is_the_newest_answer(tx: Tx) -> None:
    number = opened(tx, 1)
    for msg_id in (7, 9):
        tickets.set_anchor(tx, number, MessageKey(ACME, msg_id))
    assert tx.execute("SELECT customer_anchor_msg_id FROM tickets").fetchone() == (9,)


def test_the_last_question_of_somebody_in_a_chat_is_found_by_its_time(tx: Tx) -> None:
    def asked(number: int, at: int, chat: ChatId = ACME, who: ChatId = ALICE.id) -> None:
        question = MessageKey(chat, number)
        ticket = a_ticket(ticket_id=TicketId(number), question=question, user_id=who, asked_at=at)
        tickets.open_ticket(tx, ticket, STAFF, 0)

    def last(first: int, last: int) -> int | None:
        found = tickets.last_of(tx, ACME, ALICE.id, first, last)
        return found.ticket_id if found else None

    asked(1, 100)
    asked(2, 110)
    asked(3, 110)
    asked(4, 111, chat=GLOBEX)
    asked(5, 112, who=NICK.id)
    assert [last(90, now) for now in (99, 100, 109, 110, 200)] == [None, 1, 1, 3, 3]
    assert [last(first, 200) for first in (110, 111)] == [3, None]
    found = tickets.last_of(tx, ACME, ALICE.id, 110, 110)
    assert found is not None
    assert found.asked_at == 110


# --- links ---


def test_a_link_comes_out_as_it_went_in(tx: Tx) -> None:
    opened(tx, TICKET)
    links.add(tx, ANSWER, TICKET, LinkRole.ANSWER, WRAPPER)
    links.add(tx, QUESTION, TICKET, LinkRole.QUESTION, None)
    assert links.get(tx, ANSWER) == Link(ANSWER, TICKET, LinkRole.ANSWER, WRAPPER)
    assert links.get(tx, QUESTION) == Link(QUESTION, TICKET, LinkRole.QUESTION)


def test_the_same_id_in_another_chat_is_another_message(tx: Tx) -> None:
    """Supergroups count their messages each for itself: to mix them up is to answer a stranger."""
    first, second = opened(tx, 1), opened(tx, 2)
    links.add(tx, MessageKey(ACME, 7), first, LinkRole.QUESTION, None)
    links.add(tx, MessageKey(GLOBEX, 7), second, LinkRole.QUESTION, None)
    found = [links.get(tx, MessageKey(chat, 7)) for chat in (ACME, GLOBEX, STAFF)]
    assert [link.ticket_id if link else None for link in found] == [first, second, None]


def test_a_message_stays_what_it_was_first_taken_for(tx: Tx) -> None:
    first, second = opened(tx, 1), opened(tx, 2)
    links.add(tx, QUESTION, first, LinkRole.QUESTION, None)
    links.add(tx, QUESTION, second, LinkRole.FOLLOW_UP, None)
    assert links.get(tx, QUESTION) == Link(QUESTION, first, LinkRole.QUESTION)


def test_a_notice_of_no_ticket_is_known_and_is_no_target(tx: Tx) -> None:
    links.add(tx, ANSWER, None, LinkRole.NOTICE, QUESTION)
    assert links.get(tx, ANSWER) is None
    assert links.linked_among(tx, ANSWER, ANSWER.msg_id) == {ANSWER.msg_id}


def test_a_link_needs_its_ticket(tx: Tx) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        links.add(tx, QUESTION, TicketId(404), LinkRole.QUESTION, None)


def test_what_is_linked_is_told_for_one_chat_and_a_range_with_both_ends(tx: Tx) -> None:
    for chat, msg_id in ((ACME, 4), (ACME, 5), (ACME, 7), (ACME, 8), (GLOBEX, 6)):
        links.add(tx, MessageKey(chat, msg_id), None, LinkRole.NOTICE, None)
    assert links.linked_among(tx, MessageKey(ACME, 5), 7) == {5, 7}
    assert links.linked_among(tx, MessageKey(ChatId(-1), 5), 7) == set()


# --- groups ---


def test_a_group_is_enrolled_once(tx: Tx) -> None:
    assert not groups.is_customer(tx, ACME)
    assert groups.add(tx, ACME, 5)
    assert not groups.add(tx, ACME, 6)
    assert groups.is_customer(tx, ACME)
    assert not groups.is_customer(tx, GLOBEX)
    assert tx.execute("SELECT group_id, added_at FROM customer_groups").fetchall() == [(ACME, 5)]


def test_groups_are_listed_in_the_order_of_their_enrolment(tx: Tx) -> None:
    for group, now in ((GLOBEX, 1), (STAFF, 2), (ACME, 3)):
        groups.add(tx, group, now)
    assert groups.all_groups(tx) == [GLOBEX, STAFF, ACME]


def test_the_overview_tells_titles_and_open_tickets(tx: Tx) -> None:
    groups.add(tx, GLOBEX, 1)
    groups.add(tx, ACME, 2)
    sync_state.put_chat(tx, KnownChat(ACME, "Acme", 42))
    for number, status in ((1, "open"), (2, "closed"), (3, "open")):
        ticket = a_ticket(TicketStatus(status), ticket_id=TicketId(number))
        tickets.open_ticket(tx, ticket, STAFF, 5)
    assert groups.overview(tx) == (CustomerGroup(GLOBEX, "", 0), CustomerGroup(ACME, "Acme", 2))


def test_a_removed_group_is_no_customer_and_its_tickets_stay(tx: Tx) -> None:
    groups.add(tx, ACME, 5)
    tickets.open_ticket(tx, a_ticket(), STAFF, 5)
    assert groups.remove(tx, ACME)
    assert not groups.remove(tx, ACME)
    assert not groups.is_customer(tx, ACME)
    assert tickets.get(tx, TICKET) is not None


@pytest.mark.parametrize("status", list(TicketStatus))
def test_groups_with_open_tickets_are_told_customers_or_not(tx: Tx, status: TicketStatus) -> None:
    tickets.open_ticket(tx, a_ticket(status), STAFF, 5)
    assert tickets.groups_of_open(tx) == ([ACME] if status is TicketStatus.OPEN else [])
