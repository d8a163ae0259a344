"""The aiogram bot's rows as tickets of this relay."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.core.model import ChatId, Link, LinkRole, MessageKey, TicketId, TicketStatus
from daemon.core.takeover import OldTicket, as_username, conversations
from tests.builders import ACME, ALICE, ANSWER, GLOBEX, NICK, QUESTION, STAFF, TICKET, WRAPPER

OPEN, CLOSED = TicketStatus.OPEN, TicketStatus.CLOSED


def a_row(**more: Any) -> OldTicket:
    values: dict[str, Any] = {
        "ticket_id": TICKET,
        "staff_msg_id": WRAPPER.msg_id,
        "question": QUESTION,
        "user_id": ALICE.id,
        "username": "alice",
        "user_name": "",
        "anchor": ANSWER.msg_id,
        "status": OPEN,
        "closed_at": None,
    }
    return OldTicket(**values | more)


def test_wrapper_question_and_newest_answer_take_replies() -> None:
    (conversation,) = conversations([a_row()])
    assert conversation.links(TICKET, STAFF) == [
        Link(WRAPPER, TICKET, LinkRole.WRAPPER, QUESTION),
        Link(QUESTION, TICKET, LinkRole.QUESTION),
        Link(ANSWER, TICKET, LinkRole.ANSWER),
    ]
    ticket = conversation.ticket(TICKET)
    assert (ticket.question, ticket.user_id, ticket.username) == (QUESTION, ALICE.id, "alice")


@pytest.mark.parametrize("anchor", [None, QUESTION.msg_id])
def test_before_the_first_answer_there_is_none_to_reply_to(anchor: int | None) -> None:
    (conversation,) = conversations([a_row(anchor=anchor)])
    roles = [link.role for link in conversation.links(TICKET, STAFF)]
    assert roles == [LinkRole.WRAPPER, LinkRole.QUESTION]


def test_two_questions_of_one_asker_under_one_number_are_one_ticket() -> None:
    second = MessageKey(ACME, 102)
    (conversation,) = conversations(
        [a_row(staff_msg_id=502, question=second, anchor=103), a_row(anchor=101)]
    )
    assert conversation.ticket(TICKET).question == QUESTION
    assert conversation.anchor == 103
    links = conversation.links(TICKET, STAFF)
    # An answer to the second wrapper goes under the second question.
    assert Link(MessageKey(STAFF, 502), TICKET, LinkRole.CONTINUATION, second) in links
    assert Link(second, TICKET, LinkRole.FOLLOW_UP) in links
    assert {link.key.msg_id for link in links if link.role is LinkRole.ANSWER} == {101, 103}


@pytest.mark.parametrize(
    "other",
    [{"user_id": NICK.id}, {"question": MessageKey(GLOBEX, 100)}],
    ids=["another asker", "another group"],
)
def test_two_customers_under_one_number_are_never_mixed_up(other: dict[str, Any]) -> None:
    later = a_row(staff_msg_id=502, **other)
    first, second = conversations([later, a_row()])
    assert (first.rows, second.rows) == ((a_row(),), (later,))
    assert all(link.ticket_id == 7 for link in second.links(TicketId(7), STAFF))


@pytest.mark.parametrize(
    "rows,status,closed_at",
    [
        ([(OPEN, None)], OPEN, None),
        ([(CLOSED, 5)], CLOSED, 5),
        ([(CLOSED, None)], CLOSED, None),
        ([(CLOSED, 5), (CLOSED, 9)], CLOSED, 9),
        ([(CLOSED, 5), (OPEN, None)], OPEN, None),
        ([(OPEN, 5)], OPEN, None),
    ],
)
def test_a_ticket_is_closed_where_each_row_of_it_is(
    rows: list[tuple[TicketStatus, int | None]], status: TicketStatus, closed_at: int | None
) -> None:
    (conversation,) = conversations(
        a_row(staff_msg_id=500 + number, status=of_row, closed_at=at)
        for number, (of_row, at) in enumerate(rows)
    )
    assert (conversation.status, conversation.closed_at) == (status, closed_at)


@pytest.mark.parametrize(
    "stored,username,name",
    [
        ("alice", "alice", ""),
        ("@alice", "alice", ""),
        (" alice_1 ", "alice_1", ""),
        ("Alice Doe", None, "Alice Doe"),
        ("Алиса", None, "Алиса"),
        ("@", None, "@"),
        ("", None, ""),
        (None, None, ""),
    ],
)
def test_a_column_that_held_usernames_and_names(
    stored: str | None, username: str | None, name: str
) -> None:
    assert as_username(stored) == (username, name)


def test_without_a_username_the_asker_is_known_by_id() -> None:
    (conversation,) = conversations([a_row(username=None, user_id=ChatId(12))])
    ticket = conversation.ticket(TICKET)
    assert (ticket.user_id, ticket.username, ticket.user_name) == (12, None, "")
