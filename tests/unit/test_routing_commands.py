"""Commands in the staff group, and who may run which command where."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.core.model import (
    ChatRole,
    InboundKind,
    Link,
    LinkRole,
    Media,
    MessageKey,
    TicketId,
)
from daemon.core.model import TicketStatus as Status
from daemon.core.routing import (
    Action,
    AddLink,
    EnrolGroup,
    OpenTicket,
    Refusal,
    Refuse,
    Send,
    SetStatus,
    Target,
    route,
)
from daemon.core.text import Text
from tests.builders import (
    ACME,
    ADMIN,
    ANSWER_HEADER,
    QUESTION,
    STAFF,
    TEXTS,
    TICKET,
    a_photo,
    a_snapshot,
    a_staff_message,
    a_target,
    an_inbound,
    an_uncopyable,
)

COMMAND = MessageKey(STAFF, 600)
CLOSE_WORDS = ["/close", "/done", "/close@support_bot", "/DONE@Support_Bot", "/close."]
NOT_JUST_WRITTEN = [{"forwarded": True}, {"via_bot": True}, {"kind": InboundKind.EDIT}]


def from_staff(
    target: Target | None, text: str, admin: bool = False, **more: object
) -> list[Action]:
    snapshot = a_snapshot(ChatRole.STAFF, target=target, sender_is_admin=admin)
    return route(snapshot, a_staff_message(text, **more))


def notice(text: str, ticket: TicketId | None = TICKET) -> Send:
    return Send(STAFF, LinkRole.NOTICE, ticket, Text(text), COMMAND, source=COMMAND)


def taken_up(target: Target) -> AddLink:
    return AddLink(Link(COMMAND, TICKET, LinkRole.STAFF_REPLY, target.link.key))


# --- /close and /done ---


@pytest.mark.parametrize("text", CLOSE_WORDS)
@pytest.mark.parametrize("role", list(LinkRole))
def test_close_under_any_message_of_the_ticket_closes_it(text: str, role: LinkRole) -> None:
    """Under a colleague's own message as well."""
    target = a_target(role)
    assert from_staff(target, text) == [
        taken_up(target),
        SetStatus(TICKET, Status.CLOSED),
        notice("✅ Ticket #1737456789000 closed"),
    ]


@pytest.mark.parametrize("role", list(LinkRole))
def test_close_with_words_sends_them_and_then_closes(role: LinkRole) -> None:
    target = a_target(role)
    assert from_staff(target, "/close Thanks, bye") == [
        taken_up(target),
        Send(
            ACME,
            LinkRole.ANSWER,
            TICKET,
            ANSWER_HEADER + Text("Thanks, bye"),
            QUESTION,
            source=COMMAND,
            confirm=True,
        ),
        SetStatus(TICKET, Status.CLOSED),
        notice("✅ Ticket #1737456789000 closed"),
    ]


def test_close_as_a_caption_sends_the_media_and_then_closes() -> None:
    photo = a_photo(COMMAND)
    link, answer, status, told = from_staff(a_target(), "/close", media=(photo,))
    assert isinstance(link, AddLink)
    assert isinstance(answer, Send)
    assert (answer.text, answer.media) == (ANSWER_HEADER, (photo,))
    assert status == SetStatus(TICKET, Status.CLOSED)
    assert told == notice("✅ Ticket #1737456789000 closed")


def test_close_with_media_that_cannot_be_sent_does_not_close() -> None:
    actions = from_staff(a_target(), "/close see", media=(an_uncopyable(COMMAND),))
    assert actions == [
        notice(
            "⚠️ Not sent, this cannot be copied: 📊 Quiz: How many?\n"
            "Send it as a text, a photo or a file."
        )
    ]


@pytest.mark.parametrize("text", CLOSE_WORDS)
def test_a_closed_ticket_is_not_closed_again(text: str) -> None:
    actions = from_staff(a_target(status=Status.CLOSED), text)
    assert actions == [notice("⚠️ Ticket #1737456789000 is closed already.")]


@pytest.mark.parametrize("text, media", [("/close bye", ()), ("/done", (a_photo(COMMAND),))])
def test_close_on_a_closed_ticket_tells_that_nothing_was_sent(
    text: str, media: tuple[Media, ...]
) -> None:
    actions = from_staff(a_target(status=Status.CLOSED), text, media=media)
    assert actions == [
        notice(
            "⚠️ Not sent: ticket #1737456789000 is closed. Reply /reopen here, then send it again."
        )
    ]


# --- /reopen ---


@pytest.mark.parametrize("text", ["/reopen", "/reopen@support_bot", "/Reopen"])
@pytest.mark.parametrize("role", list(LinkRole))
def test_reopen_opens_a_closed_ticket_again(text: str, role: LinkRole) -> None:
    target = a_target(role, Status.CLOSED)
    assert from_staff(target, text) == [
        taken_up(target),
        SetStatus(TICKET, Status.OPEN),
        notice("✅ Ticket #1737456789000 reopened"),
    ]


def test_an_open_ticket_is_not_opened_again() -> None:
    assert from_staff(a_target(), "/reopen") == [notice("⚠️ Ticket #1737456789000 is open already.")]


def test_reopen_with_words_opens_and_then_sends_them() -> None:
    target = a_target(status=Status.CLOSED)
    assert from_staff(target, "/reopen Found it") == [
        SetStatus(TICKET, Status.OPEN),
        notice("✅ Ticket #1737456789000 reopened"),
        taken_up(target),
        Send(
            ACME,
            LinkRole.ANSWER,
            TICKET,
            ANSWER_HEADER + Text("Found it"),
            QUESTION,
            source=COMMAND,
            confirm=True,
        ),
    ]


def test_reopen_with_media_that_cannot_be_sent_does_not_open() -> None:
    target = a_target(status=Status.CLOSED)
    (told,) = from_staff(target, "/reopen see", media=(an_uncopyable(COMMAND),))
    assert isinstance(told, Send)
    assert told.text.text.startswith("⚠️ Not sent, this cannot be copied")


# --- what commands never do ---


@pytest.mark.parametrize("command", ["/close", "/done", "/reopen"])
@pytest.mark.parametrize("suffix", ["", "@support_bot", " words"])
def test_a_command_of_a_ticket_outside_of_one_says_how(command: str, suffix: str) -> None:
    told = notice(f"⚠️ Reply to a message of the ticket with {command}.", ticket=None)
    assert from_staff(None, command + suffix) == [told]


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("command", ["/ask", "/unknown", "/clsoe"])
def test_no_other_command_reaches_the_customer(command: str, status: Status) -> None:
    actions = from_staff(a_target(status=status), f"{command} words")
    assert actions == [
        notice(f"⚠️ Not sent: {command} is not a command here, and commands never go to a customer.")
    ]


@pytest.mark.parametrize("role", [role for role in LinkRole if not role.by_bot])
def test_other_commands_among_colleagues_are_left_alone(role: LinkRole) -> None:
    assert from_staff(a_target(role), "/unknown") == []
    assert from_staff(None, "/unknown") == []


@pytest.mark.parametrize("text", ["/close@other_bot", "/close@support_bot2 bye", "/x@other_bot"])
@pytest.mark.parametrize("status", list(Status))
def test_a_command_to_another_bot_is_left_to_it(text: str, status: Status) -> None:
    assert from_staff(a_target(status=status), text) == []
    assert from_staff(None, text) == []


@pytest.mark.parametrize("how", NOT_JUST_WRITTEN)
@pytest.mark.parametrize("text", ["/close", "/done bye", "/unknown words", "/addgroup"])
def test_commands_not_just_written_neither_run_nor_go_out(text: str, how: dict[str, Any]) -> None:
    assert from_staff(a_target(), text, admin=True, **how) == []
    assert from_staff(a_target(status=Status.CLOSED), "/reopen", **how) == []


def test_a_command_behind_other_words_is_text() -> None:
    answer = from_staff(a_target(), "Just type /close then")[1]
    assert isinstance(answer, Send)
    assert answer.destination == ACME


# --- /addgroup ---


def in_group(role: ChatRole, text: str, admin: bool, **more: object) -> list[Action]:
    snapshot = a_snapshot(role, sender_is_admin=admin)
    return route(snapshot, an_inbound(text, sender=ADMIN, chat_title="Acme & Co", **more))


@pytest.mark.parametrize("text", ["/addgroup", "/addgroup@support_bot", "/ADDGROUP please"])
@pytest.mark.parametrize("role", [ChatRole.OTHER, ChatRole.CUSTOMER])
def test_addgroup_of_an_admin_enrols_in_silence(text: str, role: ChatRole) -> None:
    assert in_group(role, text, admin=True) == [EnrolGroup(ACME, "Acme & Co")]


@pytest.mark.parametrize("role", [ChatRole.OTHER, ChatRole.CUSTOMER, ChatRole.STAFF])
def test_addgroup_of_others_does_nothing_in_silence(role: ChatRole) -> None:
    assert in_group(role, "/addgroup", admin=False) == [Refuse(Refusal.NOT_AN_ADMIN)]


@pytest.mark.parametrize("how", NOT_JUST_WRITTEN)
@pytest.mark.parametrize("role", [ChatRole.OTHER, ChatRole.CUSTOMER])
def test_addgroup_not_just_written_does_nothing(role: ChatRole, how: dict[str, Any]) -> None:
    assert in_group(role, "/addgroup", admin=True, **how) == []


def test_addgroup_to_another_bot_does_nothing() -> None:
    assert in_group(ChatRole.OTHER, "/addgroup@other_bot", admin=True) == []


def test_the_staff_group_cannot_become_a_customer_group() -> None:
    told = notice(TEXTS.staff_group_is_not_a_customer, ticket=None)
    assert from_staff(None, "/addgroup", admin=True) == [told]
    assert from_staff(None, "/addgroup", admin=False) == [Refuse(Refusal.NOT_AN_ADMIN)]


# --- groups that are no customers ---


@pytest.mark.parametrize("text", ["@support_bot Help", "/ask Help", "/ask", "/close", "Hello"])
@pytest.mark.parametrize("admin", [False, True])
def test_a_group_that_is_no_customer_is_not_served(text: str, admin: bool) -> None:
    assert in_group(ChatRole.OTHER, text, admin) == []


OF_THE_STAFF = pytest.mark.parametrize("command", ["/close", "/done", "/reopen", "/retry"])


@OF_THE_STAFF
@pytest.mark.parametrize("target", [None, a_target(LinkRole.ANSWER)])
@pytest.mark.parametrize("role", [ChatRole.CUSTOMER, ChatRole.OTHER])
def test_customers_run_no_commands_of_the_staff(
    command: str, target: Target | None, role: ChatRole
) -> None:
    snapshot = a_snapshot(role, target=target, sender_is_admin=True)
    assert route(snapshot, an_inbound(command)) == []
    assert route(a_snapshot(role), an_inbound(f"{command} words")) == []


@OF_THE_STAFF
@pytest.mark.parametrize("role", [ChatRole.CUSTOMER, ChatRole.OTHER])
@pytest.mark.parametrize("words, media", [("when?", ()), ("", (a_photo(),))])
def test_a_customers_words_behind_a_command_of_the_staff_are_not_lost(
    command: str, role: ChatRole, words: str, media: tuple[Media, ...]
) -> None:
    snapshot = a_snapshot(role, target=a_target(LinkRole.ANSWER))
    said = an_inbound(f"{command} {words}", media=media)
    assert route(snapshot, said) == route(snapshot, an_inbound(words, media=media)) != []


@OF_THE_STAFF
def test_words_behind_it_may_be_for_a_closed_ticket_or_a_new_one(command: str) -> None:
    closed = a_snapshot(target=a_target(LinkRole.ANSWER, Status.CLOSED))
    (told,) = route(closed, an_inbound(f"{command} when?"))
    assert isinstance(told, Send)
    assert told.text.text == TEXTS.closed_for_customer
    opened = route(a_snapshot(), an_inbound(f"{command} it, @support_bot"))
    assert isinstance(opened[0], OpenTicket)
    open_one = a_snapshot(target=a_target(LinkRole.ANSWER))
    assert route(open_one, an_inbound(f"{command}@other_bot when?")) == []


@pytest.mark.parametrize("how", [{"forwarded": True}, {"via_bot": True}])
def test_ask_not_written_by_a_person_does_not_ask(how: dict[str, Any]) -> None:
    assert route(a_snapshot(), an_inbound("/ask Help", **how)) == []


def test_an_unknown_command_of_a_customer_is_talk_as_any_other() -> None:
    told = route(a_snapshot(target=a_target(LinkRole.ANSWER)), an_inbound("/home is not found"))[1]
    assert isinstance(told, Send)
    assert (told.destination, told.role) == (STAFF, LinkRole.CONTINUATION)
    assert told.text.text.endswith("\n/home is not found")
    assert route(a_snapshot(), an_inbound("/home is not found")) == []
