"""Routing what a customer sends right after a question."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.core.model import (
    ChatId,
    ChatRole,
    InboundKind,
    Link,
    LinkRole,
    Media,
    MessageKey,
    Sender,
    TicketId,
    TicketStatus,
)
from daemon.core.routing import (
    Action,
    AddLink,
    OpenTicket,
    Send,
    UnderWrapper,
    concerns,
    route,
)
from daemon.core.text import Text
from tests.builders import (
    ACME,
    BOT,
    GLOBEX,
    QUESTION,
    STAFF,
    TICKET,
    a_photo,
    a_snapshot,
    a_target,
    a_ticket,
    an_edit,
    an_inbound,
)
from tests.unit.customers import (
    CONTINUED,
)

LATER = MessageKey(ACME, 104)


def after_asking(text: str = "And this", **more: Any) -> list[Action]:
    """From who asked a moment ago."""
    snapshot = a_snapshot(
        more.pop("role", ChatRole.CUSTOMER),
        just_asked=more.pop("just_asked", a_ticket()),
        new_ticket_id=TicketId(TICKET + 1),
        target=more.pop("target", None),
    )
    return route(snapshot, an_inbound(text, **{"key": LATER} | more))


def joined_in(text: str, media: tuple[Media, ...] = ()) -> list[Action]:
    link = AddLink(Link(LATER, TICKET, LinkRole.FOLLOW_UP))
    body = Text(CONTINUED + text)
    return [
        link,
        Send(STAFF, LinkRole.CONTINUATION, TICKET, body, UnderWrapper(), media, source=LATER),
    ]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"reply_to": QUESTION, "target": a_target(LinkRole.QUESTION)},
        {"reply_to": MessageKey(ACME, 101), "target": a_target(LinkRole.QUESTION)},
        {"reply_to": MessageKey(ACME, 102), "target": a_target(LinkRole.FOLLOW_UP)},
        {"text": "/close And this"},
        {"forwarded": True},
    ],
    ids=str,
)
def test_what_follows_a_question_at_once_joins_its_ticket(more: dict[str, Any]) -> None:
    assert after_asking(**more) == joined_in("And this")


def test_a_screenshot_alone_follows_as_well() -> None:
    assert after_asking("", media=(a_photo(),)) == joined_in("", (a_photo(),))


@pytest.mark.parametrize("text", ["@support_bot And this", "/ask And this"])
def test_another_question_is_another_ticket(text: str) -> None:
    opened = after_asking(text)[0]
    assert isinstance(opened, OpenTicket)
    assert opened.ticket.ticket_id == TICKET + 1


@pytest.mark.parametrize(
    "more",
    [
        {"reply_to": MessageKey(ACME, 90)},
        {"reply_to": MessageKey(GLOBEX, 100)},
        {
            "reply_to": MessageKey(ACME, 90),
            "target": a_target(LinkRole.QUESTION, ticket_id=TicketId(5)),
        },
        {"kind": InboundKind.EDIT},
        {"key": MessageKey(ACME, 99)},
        {"just_asked": a_ticket(TicketStatus.CLOSED)},
        {"just_asked": None},
        {"role": ChatRole.OTHER},
        {"role": ChatRole.STAFF, "key": MessageKey(STAFF, 104)},
        {"text": "/close"},
        {"text": "/ask@other_bot x"},
    ],
    ids=str,
)
def test_what_is_about_something_else_does_not_join(more: dict[str, Any]) -> None:
    assert after_asking(**more) == []


def test_talk_concerns_the_relay_only_where_it_may_follow_a_question() -> None:
    talk = an_inbound("And this")
    assert not concerns(talk, BOT)
    assert concerns(talk, BOT, follow_ups=True)
    assert not concerns(an_edit("And this"), BOT, follow_ups=True)
    robo = Sender(ChatId(44), "Robo", "robo_bot", is_bot=True)
    assert not concerns(an_inbound("And this", sender=robo), BOT, follow_ups=True)


def test_a_ticket_keeps_when_it_was_asked() -> None:
    opened = route(a_snapshot(), an_inbound("/ask Help", date=1_800_000_000))[0]
    assert opened == OpenTicket(a_ticket(asked_at=1_800_000_000))
