"""Albums routed: as one message, and parts that come late."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.core.album import merged
from daemon.core.model import ChatRole, Inbound, Link, LinkRole, MediaKind, MessageKey, TicketStatus
from daemon.core.routing import AddLink, OpenTicket, Send, Target, UnderWrapper, concerns, route
from daemon.core.text import Text
from tests.builders import (
    ACME,
    ANSWER,
    BOT,
    QUESTION,
    STAFF,
    TICKET,
    WRAPPER,
    a_media,
    a_photo,
    a_snapshot,
    a_staff_message,
    a_target,
    a_ticket,
    an_edit,
    an_inbound,
)
from tests.unit.customers import CONTINUED

NUMBER = 77
"""The album's."""


def an_album(*captions: str, **more: Any) -> Inbound:
    """An album of Alice, with these captions under its parts."""
    parts = []
    for place, caption in enumerate(captions):
        key = MessageKey(ACME, 100 + place)
        more = {"grouped_id": NUMBER, "media": (a_photo(key),)} | more
        parts.append(an_inbound(caption, key=key, **more))
    return merged(parts, BOT)


def sends(actions: list[Any]) -> list[Send]:
    return [action for action in actions if isinstance(action, Send)]


def links(actions: list[Any]) -> list[Link]:
    return [action.link for action in actions if isinstance(action, AddLink)]


def test_every_part_concerns_the_relay_and_an_edit_of_one_does_not() -> None:
    assert concerns(an_inbound("", grouped_id=NUMBER), BOT)
    assert not concerns(an_edit("", grouped_id=NUMBER), BOT)
    assert not concerns(an_inbound(""), BOT)


def test_a_question_is_one_wrapper_and_one_album() -> None:
    actions = route(a_snapshot(), an_album("", "/ask which one?", ""))
    wrapper, copy = sends(actions)
    assert wrapper.text.text.endswith("─\n📷 Photo × 3\nwhich one?")
    assert len(copy.media) == 3
    assert (copy.role, copy.text, copy.reply_to) == (LinkRole.MEDIA_COPY, Text(), UnderWrapper())
    assert links(actions) == [
        Link(MessageKey(ACME, 100 + n), TICKET, LinkRole.QUESTION, None, NUMBER) for n in range(3)
    ]


@pytest.mark.parametrize("text", ["", "which one?"])
def test_talk_in_albums_is_left_alone(text: str) -> None:
    assert route(a_snapshot(), an_album(text, "")) == []


def test_every_part_of_an_answer_is_linked() -> None:
    parts = (MessageKey(STAFF, 600), MessageKey(STAFF, 601))
    media = tuple(map(a_photo, parts))
    message = a_staff_message("these", media=media, parts=parts, grouped_id=NUMBER)
    actions = route(a_snapshot(ChatRole.STAFF, target=a_target()), message)
    assert [link.key for link in links(actions)] == list(parts)
    (send,) = sends(actions)
    assert send.media == media
    assert send.confirm


LATE = MessageKey(ACME, 105)


def a_late_photo(text: str = "") -> Inbound:
    """Of a customer's album whose other parts are routed."""
    return an_inbound(text, key=LATE, grouped_id=NUMBER, media=(a_photo(LATE),))


def sibling(role: LinkRole, status: TicketStatus, replied_to: MessageKey | None) -> Target:
    link = Link(QUESTION, TICKET, role, replied_to, NUMBER)
    return Target(link, a_ticket(status))


either_status = pytest.mark.parametrize("status", TicketStatus)


@either_status
def test_a_late_part_of_a_question_goes_under_its_wrapper(status: TicketStatus) -> None:
    snapshot = a_snapshot(sibling=sibling(LinkRole.QUESTION, status, None))
    actions = route(snapshot, a_late_photo())
    assert links(actions) == [Link(LATE, TICKET, LinkRole.QUESTION, None, NUMBER)]
    (send,) = sends(actions)
    assert (send.role, send.text) == (LinkRole.MEDIA_COPY, Text())
    assert (send.reply_to, send.media) == (UnderWrapper(), (a_photo(LATE),))

    (send,) = sends(route(snapshot, a_late_photo("the third")))
    assert send.text == Text("the third")


@either_status
def test_a_late_part_of_a_continuation_continues(status: TicketStatus) -> None:
    snapshot = a_snapshot(sibling=sibling(LinkRole.FOLLOW_UP, status, ANSWER))
    actions = route(snapshot, a_late_photo())
    assert links(actions) == [Link(LATE, TICKET, LinkRole.FOLLOW_UP, ANSWER, NUMBER)]
    (send,) = sends(actions)
    assert (send.role, send.media) == (LinkRole.CONTINUATION, (a_photo(LATE),))


@either_status
def test_a_late_part_of_an_answer_goes_to_the_customer(status: TicketStatus) -> None:
    target = a_target(status=status)
    snapshot = a_snapshot(
        ChatRole.STAFF, target=target, sibling=sibling(LinkRole.STAFF_REPLY, status, WRAPPER)
    )
    key = MessageKey(STAFF, 605)
    late = a_staff_message("", key=key, grouped_id=NUMBER, media=(a_photo(key),))
    (send,) = sends(route(snapshot, late))
    assert (send.destination, send.role, send.media) == (ACME, LinkRole.ANSWER, late.media)
    assert send.reply_to == QUESTION


def test_a_late_part_that_no_bot_can_copy_is_refused() -> None:
    """It must not become a link into the staff group."""
    snapshot = a_snapshot(
        ChatRole.STAFF,
        target=a_target(),
        sibling=sibling(LinkRole.STAFF_REPLY, TicketStatus.OPEN, WRAPPER),
    )
    key = MessageKey(STAFF, 605)
    quiz = (a_media(MediaKind.QUIZ, key),)
    (send,) = sends(route(snapshot, a_staff_message("", key=key, grouped_id=NUMBER, media=quiz)))
    assert (send.destination, send.role) == (STAFF, LinkRole.NOTICE)


def test_a_command_on_a_late_part_is_a_command() -> None:
    snapshot = a_snapshot(
        ChatRole.STAFF,
        target=a_target(),
        sibling=sibling(LinkRole.STAFF_REPLY, TicketStatus.OPEN, WRAPPER),
    )
    key = MessageKey(STAFF, 605)
    late = a_staff_message("/close", key=key, grouped_id=NUMBER, media=(a_photo(key),))
    answer, notice = sends(route(snapshot, late))
    assert "/close" not in answer.text.text
    assert notice.text.text.endswith("closed")


def late_part(text: str, role: LinkRole, chat: ChatRole = ChatRole.CUSTOMER) -> list[Any]:
    snapshot = a_snapshot(chat, sibling=sibling(role, TicketStatus.OPEN, ANSWER))
    return route(snapshot, a_late_photo(text))


@pytest.mark.parametrize(
    "text, words",
    [
        ("/done with this one", "with this one"),
        ("/close", ""),
        ("/addgroup x", "/addgroup x"),
        ("/help", "/help"),
        ("/foo bar", "/foo bar"),
        ("/ask@other_bot x", "/ask@other_bot x"),
    ],
)
@pytest.mark.parametrize("role", [LinkRole.QUESTION, LinkRole.FOLLOW_UP])
@pytest.mark.parametrize("chat", [ChatRole.CUSTOMER, ChatRole.OTHER])
def test_a_command_that_does_nothing_keeps_no_late_part_back(
    text: str, words: str, role: LinkRole, chat: ChatRole
) -> None:
    assert links(late_part(text, role, chat)) == [
        Link(LATE, TICKET, role, ANSWER if role is LinkRole.FOLLOW_UP else None, NUMBER)
    ]
    (send,) = sends(late_part(text, role, chat))
    assert send.media == (a_photo(LATE),)
    assert send.text.text.removeprefix(CONTINUED) == words


def test_ask_on_a_late_part_asks_where_questions_are_taken() -> None:
    asked = late_part("/ask and this?", LinkRole.QUESTION)
    assert isinstance(asked[0], OpenTicket)
    (send,) = sends(late_part("/ask and this?", LinkRole.QUESTION, ChatRole.OTHER))
    assert send.role is LinkRole.MEDIA_COPY


def test_a_late_part_of_an_answer_that_is_kept_back_is_told_of() -> None:
    """Also where the answer is no reply but names its ticket."""
    given = sibling(LinkRole.STAFF_REPLY, TicketStatus.OPEN, None)
    key = MessageKey(STAFF, 605)
    late = a_staff_message("/foo", key=key, reply_to=None, grouped_id=NUMBER, media=(a_photo(key),))
    (send,) = sends(route(a_snapshot(ChatRole.STAFF, sibling=given), late))
    assert (send.destination, send.ticket_id) == (STAFF, TICKET)
    assert send.text.text.startswith("⚠️ Not sent: /foo")
