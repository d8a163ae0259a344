"""`/t <ticket_id> <text>` and `/ticket`: going on with a ticket by its number."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.core.model import (
    ChatRole,
    InboundKind,
    Link,
    LinkRole,
    MessageKey,
    Ticket,
    TicketId,
    TicketStatus,
)
from daemon.core.routing import Action, AddLink, Send, UnderWrapper, Wanted, route, wanted
from daemon.core.text import Entity, Text, utf16_len
from tests.builders import (
    ACME,
    ANSWER_HEADER,
    BOT,
    GLOBEX,
    QUESTION,
    STAFF,
    TEXTS,
    TICKET,
    a_photo,
    a_snapshot,
    a_staff_message,
    a_target,
    a_ticket,
    an_inbound,
    an_uncopyable,
)

LATER = MessageKey(ACME, 140)
COMMAND = MessageKey(STAFF, 600)
CONTINUED = "💬 Continued message (Ticket #1737456789000)\n👤 @alice\n────────────────────\n"
CLOSED = a_ticket(TicketStatus.CLOSED)
OF_ANOTHER_GROUP = a_ticket(question=MessageKey(GLOBEX, 7))
WORDS = [
    "/t 1737456789000 And now?",
    "/ticket 1737456789000 And now?",
    "/t@support_bot #1737456789000\nAnd now?",
    "/TICKET@Support_Bot  1737456789000   And now?",
]


def by_customer(
    text: str | Text, named: Ticket | None = None, role: ChatRole = ChatRole.CUSTOMER, **more: Any
) -> list[Action]:
    values = {"key": LATER}
    return route(a_snapshot(role, named=named), an_inbound(text, **values | more))


def by_staff(text: str, named: Ticket | None = None, **more: Any) -> list[Action]:
    values = {"reply_to": None}
    return route(a_snapshot(ChatRole.STAFF, named=named), a_staff_message(text, **values | more))


def notice(key: MessageKey, text: str, *entities: Entity, ticket: TicketId | None = None) -> Send:
    return Send(key.chat_id, LinkRole.NOTICE, ticket, Text(text, entities), key, source=key)


@pytest.mark.parametrize("text", WORDS)
def test_a_customer_goes_on_with_a_ticket_of_the_group(text: str) -> None:
    assert by_customer(text, a_ticket()) == [
        AddLink(Link(LATER, TICKET, LinkRole.FOLLOW_UP)),
        Send(
            STAFF,
            LinkRole.CONTINUATION,
            TICKET,
            Text(f"{CONTINUED}And now?"),
            UnderWrapper(),
            source=LATER,
        ),
    ]


@pytest.mark.parametrize("text", WORDS)
def test_the_staff_answers_a_ticket_of_any_group(text: str) -> None:
    assert by_staff(text, OF_ANOTHER_GROUP) == [
        AddLink(Link(COMMAND, TICKET, LinkRole.STAFF_REPLY)),
        Send(
            GLOBEX,
            LinkRole.ANSWER,
            TICKET,
            ANSWER_HEADER + Text("And now?"),
            OF_ANOTHER_GROUP.question,
            source=COMMAND,
            confirm=True,
        ),
    ]


@pytest.mark.parametrize("caption", ["/t 1737456789000", "/t 1737456789000 Look"])
def test_media_travels_with_the_command_in_its_caption(caption: str) -> None:
    for actions, header in (
        (by_customer(caption, a_ticket(), media=(a_photo(),)), CONTINUED),
        (by_staff(caption, a_ticket(), media=(a_photo(),)), ANSWER_HEADER.text),
    ):
        send = actions[1]
        assert isinstance(send, Send)
        assert send.media == (a_photo(),)
        assert send.text.text == header + caption.removeprefix("/t 1737456789000").strip()


def test_media_that_no_bot_can_send_is_not_sent_to_a_customer() -> None:
    actions = by_staff("/t 1737456789000 Vote", a_ticket(), media=(an_uncopyable(COMMAND),))
    assert actions == [
        notice(COMMAND, TEXTS.media_not_sent.format(kind="📊 Quiz: How many?"), ticket=TICKET)
    ]


def test_formatting_stays_where_it_was() -> None:
    text = Text("/t 1737456789000 very bold", (Entity("Bold", 22, 4),))
    send = by_customer(text, a_ticket())[1]
    assert isinstance(send, Send)
    assert send.text.entities == (Entity("Bold", utf16_len(CONTINUED) + 5, 4),)


def test_the_number_counts_and_not_what_is_replied_to() -> None:
    other = a_target(LinkRole.ANSWER, ticket_id=TicketId(5))
    snapshot = a_snapshot(named=a_ticket(), target=other)
    link = route(snapshot, an_inbound("/t 1737456789000 x", key=LATER, reply_to=QUESTION))[0]
    assert link == AddLink(Link(LATER, TICKET, LinkRole.FOLLOW_UP))


# --- what is wrong with it ---


@pytest.mark.parametrize("text", ["/t", "/t@support_bot", "/t  \n"])
def test_without_a_number_the_usage_is_told(text: str) -> None:
    usage = TEXTS.ticket_usage.format(command="/t")
    assert by_customer(text) == [notice(LATER, usage)]
    assert by_staff(text) == [notice(COMMAND, usage)]


@pytest.mark.parametrize("number", ["1737456789000", "#1737456789000"])
def test_without_a_text_the_usage_is_told(number: str) -> None:
    usage = TEXTS.ticket_usage.format(command="/ticket")
    assert by_customer(f"/ticket {number}", a_ticket()) == [notice(LATER, usage, ticket=TICKET)]
    assert by_staff(f"/ticket {number}", a_ticket()) == [notice(COMMAND, usage, ticket=TICKET)]


@pytest.mark.parametrize("given", ["abc", "12a", "-5", "1.5", "١٢", "²", "#", "##5", "9" * 19])
def test_what_is_no_number_is_told_to_be_none(given: str) -> None:
    text = TEXTS.not_a_ticket_number.format(given=given, command="/t")
    code = Entity("Code", utf16_len("⚠️ "), len(given))
    assert by_customer(f"/t {given} And now?") == [notice(LATER, text, code)]
    assert by_staff(f"/t {given} And now?") == [notice(COMMAND, text, code)]


def test_what_is_said_of_a_wrong_number_is_one_line() -> None:
    (told,) = by_customer(f"/t {'x' * 5000} And now?")
    assert isinstance(told, Send)
    assert len(told.text.text) < 300
    (told,) = by_customer("/t \u202eabc And now?")
    assert isinstance(told, Send)
    assert "\u202e" not in told.text.text
    (told,) = by_customer("/t \u202e And now?")
    assert isinstance(told, Send)
    assert told.text == Text(TEXTS.not_a_ticket_number.format(given="—", command="/t"))


def test_of_another_groups_ticket_no_more_is_said_than_of_none() -> None:
    for text in ("/t 1737456789000 And now?", "/t 1737456789000"):
        for status in TicketStatus:
            other = a_ticket(status, question=OF_ANOTHER_GROUP.question)
            assert by_customer(text, other) == by_customer(text, None)
    expected = TEXTS.no_such_ticket.format(ticket=TICKET)
    assert by_customer("/t 1737456789000 And now?", None) == [notice(LATER, expected)]


def test_the_staff_are_told_of_a_number_that_no_ticket_has() -> None:
    expected = TEXTS.no_such_ticket.format(ticket=42)
    assert by_staff("/t #42 And now?") == [notice(COMMAND, expected)]


def test_a_closed_ticket_is_not_gone_on_with() -> None:
    text = "/t 1737456789000 And now?"
    expected = notice(LATER, TEXTS.closed_for_customer, ticket=TICKET)
    assert by_customer(text, CLOSED, media=(a_photo(),)) == [expected]
    told = TEXTS.closed_for_staff.format(ticket=TICKET)
    assert by_staff(text, CLOSED, media=(a_photo(),)) == [notice(COMMAND, told, ticket=TICKET)]


@pytest.mark.parametrize(
    "how", [{"forwarded": True}, {"via_bot": True}, {"kind": InboundKind.EDIT}], ids=str
)
def test_it_runs_only_from_what_was_just_written(how: dict[str, Any]) -> None:
    assert by_customer(WORDS[0], a_ticket(), **how) == []
    assert by_staff(WORDS[0], a_ticket(), **how) == []
    assert by_customer(WORDS[0], a_ticket(), ChatRole.OTHER, **how) == []


# --- in a group that was removed ---


def test_an_open_ticket_of_a_removed_group_goes_on() -> None:
    link, send = by_customer(WORDS[0], a_ticket(), ChatRole.OTHER)
    assert link == AddLink(Link(LATER, TICKET, LinkRole.FOLLOW_UP))
    assert isinstance(send, Send)
    assert (send.destination, send.role) == (STAFF, LinkRole.CONTINUATION)


@pytest.mark.parametrize("named", [None, CLOSED, OF_ANOTHER_GROUP])
def test_of_other_tickets_nothing_is_said_there(named: Ticket | None) -> None:
    assert by_customer(WORDS[0], named, ChatRole.OTHER) == []
    assert by_customer("/t", named, ChatRole.OTHER) == []


@pytest.mark.parametrize(
    "text, number",
    [
        ("/t 5 x", 5),
        ("/ticket@support_bot #1737456789000", TICKET),
        ("/t x", None),
        ("/t", None),
        ("/t@other_bot 5 x", None),
        ("/close 5", None),
        ("t 5", None),
    ],
)
def test_the_ticket_that_is_looked_up(text: str, number: int | None) -> None:
    assert wanted(an_inbound(text), BOT) == Wanted(ticket=TicketId(number) if number else None)
