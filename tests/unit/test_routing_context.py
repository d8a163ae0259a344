"""Routing questions that reply to an earlier message."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.core.model import (
    ChatId,
    ChatRole,
    InboundKind,
    LinkRole,
    Media,
    MessageKey,
    Sender,
)
from daemon.core.routing import (
    Action,
    Send,
    Target,
    UnderWrapper,
    context_wanted,
    route,
)
from daemon.core.text import Entity, Text, utf16_len
from tests.builders import (
    ACME,
    GLOBEX,
    NICK,
    QUESTION,
    STAFF,
    TEXTS,
    TICKET,
    a_photo,
    a_snapshot,
    a_target,
    an_inbound,
)
from tests.unit.customers import (
    BY_PEOPLE,
    CLOSED,
    OPEN,
    OPENED,
    hint,
    wrapped,
)

EARLIER = MessageKey(ACME, 90)
CONTEXT = an_inbound("It says error 5", key=EARLIER, sender=NICK)
REPLIED = "↩️ In reply to Nick Nameless:\n"


def in_context(text: str, **more: Any) -> list[Action]:
    snapshot = a_snapshot(context=more.pop("context", CONTEXT))
    return route(snapshot, an_inbound(text, reply_to=EARLIER, **more))


def copy_of_context(text: str, media: tuple[Media, ...] = ()) -> Send:
    mention = Entity("MentionName", utf16_len("↩️ In reply to "), 13, user_id=NICK.id)
    body = Text(REPLIED + text, (mention,))
    return Send(STAFF, LinkRole.CONTEXT, TICKET, body, UnderWrapper(), media=media, source=QUESTION)


def test_what_a_question_replies_to_is_copied_under_the_wrapper() -> None:
    actions = in_context("/ask What is this?")
    assert actions == [*OPENED, wrapped("What is this?"), copy_of_context("It says error 5")]


@pytest.mark.parametrize("text", ["/ask", "@support_bot"])
def test_what_is_replied_to_can_be_the_whole_question(text: str) -> None:
    assert in_context(text) == [*OPENED, wrapped(""), copy_of_context("It says error 5")]


def test_it_comes_with_its_media_and_before_those_of_the_question() -> None:
    photo = a_photo(EARLIER)
    context = an_inbound("", key=EARLIER, sender=NICK, media=(photo,))
    *_, wrapper, copy, own = in_context("/ask This?", media=(a_photo(),), context=context)
    assert isinstance(wrapper, Send)
    assert wrapper.role is LinkRole.WRAPPER
    assert copy == copy_of_context("", (photo,))
    assert isinstance(own, Send)
    assert (own.role, own.media) == (LinkRole.MEDIA_COPY, (a_photo(),))


def test_without_it_a_question_goes_alone() -> None:
    assert in_context("/ask What is this?", context=None) == [*OPENED, wrapped("What is this?")]
    assert in_context("/ask", context=None) == [hint(TEXTS.ask_usage)]


@pytest.mark.parametrize("text", ["/ask", "/ask What?", "@support_bot", "What? @support_bot"])
@pytest.mark.parametrize("kind", list(InboundKind))
@pytest.mark.parametrize("target", [None, *(a_target(role) for role in BY_PEOPLE)])
def test_what_a_question_replies_to_is_wanted(
    text: str, kind: InboundKind, target: Target | None
) -> None:
    question = an_inbound(text, kind=kind, reply_to=EARLIER)
    assert context_wanted(a_snapshot(target=target), question) == EARLIER


@pytest.mark.parametrize(
    "snapshot, inbound",
    [
        ({}, {"text": "me too"}),
        ({}, {"text": "/t 5 me too"}),
        ({}, {"text": "/close"}),
        ({}, {"text": "/ask@other_bot me too"}),
        ({}, {"text": "/ask", "forwarded": True}),
        ({}, {"text": "@support_bot", "forwarded": True}),
        ({}, {"text": "/ask", "via_bot": True}),
        ({}, {"text": "/ask", "reply_to": None}),
        ({}, {"text": "/ask", "reply_to": MessageKey(GLOBEX, 90)}),
        ({}, {"text": "/ask", "sender": Sender(ChatId(44), "Robo", "robo_bot", is_bot=True)}),
        ({"target": OPEN}, {"text": "/ask"}),
        ({"target": OPEN}, {"text": "@support_bot"}),
        ({"target": CLOSED}, {"text": "@support_bot"}),
        ({"in_a_ticket": True}, {"text": "/ask"}),
        ({"role": ChatRole.STAFF}, {"text": "/ask"}),
        ({"role": ChatRole.OTHER}, {"text": "/ask"}),
        ({"role": ChatRole.PRIVATE}, {"text": "/ask"}),
    ],
)
def test_otherwise_nothing_is_wanted(snapshot: dict[str, Any], inbound: dict[str, Any]) -> None:
    message = an_inbound(**{"reply_to": EARLIER} | inbound)
    assert context_wanted(a_snapshot(**snapshot), message) is None
