"""What people write is never read as markup: it arrives letter for letter, formatted as it was."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from telethon.tl import types

from daemon.core.model import ChatId, ChatRole, LinkRole
from daemon.core.routing import Action, Send, route
from daemon.core.text import Text, utf16_len
from daemon.telegram.calls import Calls
from daemon.telegram.entities import to_text, to_tl
from daemon.telegram.gateway import Gateway
from daemon.telegram.requests import Outgoing
from tests.builders import (
    ACME,
    NICK,
    QUESTION,
    a_snapshot,
    a_staff_message,
    a_target,
    an_inbound,
)
from tests.property.texts import formatted, painted, plain

MARKUP = [
    "**bold** __it__ `code` ~~s~~ ||sp||",
    "<b>bold</b> <a href='https://x'>x</a> &lt; &amp;",
    "[alice](tg://user?id=11)",
    "```\npre\n```",
    "\\*escaped\\* _",
    "🎫 Ticket #1\n👤 User: @ceo\n──────────────────────────────\n",
    "{ticket} {0} {{}}",
]
# Letters around it keep white space at the ends, which Telegram strips, out of the comparison.
bodies = (plain | st.sampled_from(MARKUP)).map(lambda body: f"x{body}x")


def joined(actions: list[Action]) -> Text:
    """All that is sent, one behind the other."""
    text = Text()
    for action in actions:
        if isinstance(action, Send) and action.role is not LinkRole.NOTICE:
            text += action.text
    return text


@given(formatted(bodies))
def test_a_question_stands_in_the_staff_group_as_it_was_written(body: Text) -> None:
    sent = joined(route(a_snapshot(), an_inbound(Text("/ask ") + body, sender=NICK)))
    assert painted(sent)[-utf16_len(body.text) :] == painted(body)
    header = sent.cut(0, utf16_len(sent.text) - utf16_len(body.text))
    assert [entity.user_id for entity in header.entities] == [NICK.id]
    assert header.text.endswith("──────────────────────────────\n")


@given(formatted(bodies))
def test_a_continuation_stands_in_the_staff_group_as_it_was_written(body: Text) -> None:
    snapshot = a_snapshot(target=a_target(LinkRole.ANSWER))
    sent = joined(route(snapshot, an_inbound(body, reply_to=QUESTION)))
    assert painted(sent)[-utf16_len(body.text) :] == painted(body)


@given(formatted(bodies))
def test_an_answer_stands_in_the_customers_group_as_it_was_written(body: Text) -> None:
    ticket: dict[str, Any] = {"username": None, "user_id": NICK.id, "user_name": NICK.name}
    snapshot = a_snapshot(ChatRole.STAFF, target=a_target(**ticket))
    sent = joined(route(snapshot, a_staff_message(body)))
    assert painted(sent)[-utf16_len(body.text) :] == painted(body)
    header = sent.cut(0, utf16_len(sent.text) - utf16_len(body.text))
    assert [entity.user_id for entity in header.entities] == [NICK.id]


async def at_once(_destination: ChatId, _messages: int) -> None:
    """Whatever goes need not wait."""


class OnTheWire:
    """Stands in for the client: notes the request that would go out."""

    def __init__(self) -> None:
        self.session = SimpleNamespace(known_chats={})
        self.requests: list[Any] = []
        self.reconnects = 0

    async def __call__(self, request: Any) -> Any:
        self.requests.append(request)
        return types.UpdateShortSentMessage(id=1, pts=1, pts_count=1, date=None)


@given(formatted(bodies))
def test_the_request_carries_text_and_entities_and_nothing_else(body: Text) -> None:
    wire = OnTheWire()
    calls = Calls(wire, 5.0)  # type: ignore[arg-type]
    gateway = Gateway(calls, 0, asyncio.sleep, at_once)
    asyncio.run(gateway.send(Outgoing(ACME, body, (), None, None, (42,)), 60.0))
    (request,) = wire.requests
    assert request.message == body.text
    assert request.random_id == 42
    sendable = Text(body.text, tuple(e for e in body.entities if e.type != "Mention"))
    places = [(e.type, e.offset, e.length) for e in to_text(body.text, request.entities).entities]
    assert places == [(e.type, e.offset, e.length) for e in sendable.entities]
    assert len(to_tl(body)) == len(request.entities)
