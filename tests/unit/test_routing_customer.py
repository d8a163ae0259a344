"""Routing what is written in a customer group."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from daemon.core.model import (
    ChatId,
    InboundKind,
    Link,
    LinkRole,
    MessageKey,
    Sender,
)
from daemon.core.routing import (
    AddLink,
    OpenTicket,
    Send,
    Target,
    UnderWrapper,
    context_wanted,
    route,
)
from daemon.core.text import Entity, Text, utf16_len
from tests.builders import (
    ACME,
    ANSWER,
    NICK,
    QUESTION,
    STAFF,
    TEXTS,
    TICKET,
    a_photo,
    a_snapshot,
    a_target,
    a_ticket,
    an_edit,
    an_inbound,
    an_uncopyable,
)
from tests.unit.customers import (
    BY_BOT,
    BY_PEOPLE,
    CLOSED,
    CONTINUED,
    HEADER,
    OPEN,
    OPENED,
    hint,
    notice,
    wrapped,
)


@pytest.mark.parametrize(
    "text",
    [
        "@support_bot How do I reset my password?",
        "How do I reset my password? @SUPPORT_BOT",
        "/ask How do I reset my password?",
        "/ask@support_bot How do I reset my password?",
        "/ASK\nHow do I reset my password?",
    ],
)
def test_a_question_opens_a_ticket_and_goes_to_the_staff(text: str) -> None:
    actions = route(a_snapshot(), an_inbound(text))
    assert actions == [*OPENED, wrapped("How do I reset my password?")]


def test_the_ticket_keeps_who_asked() -> None:
    actions = route(a_snapshot(), an_inbound("/ask Help", sender=NICK))
    assert actions[0] == OpenTicket(
        a_ticket(user_id=NICK.id, username=None, user_name="Nick Nameless")
    )


@pytest.mark.parametrize(
    "text",
    ["hello", "", "support_bot help", "@support_bot2 help", "@alice look", "a /ask b", "ask me"],
)
def test_talk_among_customers_is_left_alone(text: str) -> None:
    assert route(a_snapshot(), an_inbound(text)) == []


def test_the_bots_name_without_a_mention_entity_is_talk() -> None:
    assert route(a_snapshot(), an_inbound(Text("@support_bot help"))) == []


@pytest.mark.parametrize("text", ["/ask", "/ask@support_bot  ", "@support_bot", " @support_bot \n"])
def test_a_question_without_words_gets_the_usage(text: str) -> None:
    assert route(a_snapshot(), an_inbound(text)) == [hint(TEXTS.ask_usage)]


@pytest.mark.parametrize(
    "text", ["It is late", "@support_bot It is late", "/close It is late", "/ask It is late"]
)
def test_a_reply_to_the_usage_is_a_question(text: str) -> None:
    asked = a_snapshot(answers_hint=True)
    reply = an_inbound(text, reply_to=ANSWER)
    assert route(asked, reply) == [*OPENED, wrapped("It is late")]
    assert context_wanted(asked, reply) is None


@pytest.mark.parametrize("text", ["@support_bot", "/ask"])
def test_a_reply_to_the_usage_without_words_gets_it_again(text: str) -> None:
    asked = a_snapshot(answers_hint=True)
    assert route(asked, an_inbound(text, reply_to=ANSWER)) == [hint(TEXTS.ask_usage)]


@pytest.mark.parametrize(
    "text, more",
    [("/close", {}), ("/ask@other_bot x", {}), ("It is late", {"kind": InboundKind.EDIT})],
)
def test_some_replies_to_the_usage_ask_nothing(text: str, more: dict[str, Any]) -> None:
    asked = a_snapshot(answers_hint=True)
    assert route(asked, an_inbound(text, reply_to=ANSWER, **more)) == []


def test_a_brace_written_twice_is_one_in_texts_with_nothing_to_fill_in() -> None:
    texts = replace(TEXTS, ask_usage="{{?}}", closed_for_customer="{{!}}")
    asked = a_snapshot(texts=texts)
    assert route(asked, an_inbound("/ask")) == [hint("{?}")]
    gone_on = a_snapshot(texts=texts, target=CLOSED)
    assert route(gone_on, an_inbound(reply_to=ANSWER)) == [notice("{!}", ticket=True)]


def test_a_question_may_be_media_alone() -> None:
    actions = route(a_snapshot(), an_inbound("@support_bot", media=(a_photo(),)))
    assert actions[2:] == [
        wrapped("📷 Photo"),
        Send(
            STAFF,
            LinkRole.MEDIA_COPY,
            TICKET,
            Text(),
            UnderWrapper(),
            media=(a_photo(),),
            source=QUESTION,
        ),
    ]


@pytest.mark.parametrize("caption", ["/ask What is this?", "@support_bot What is this?"])
def test_a_caption_asks_like_a_text(caption: str) -> None:
    wrapper, copy = route(a_snapshot(), an_inbound(caption, media=(a_photo(),)))[2:]
    assert wrapper == wrapped("📷 Photo\nWhat is this?")
    assert isinstance(copy, Send)
    assert (copy.role, copy.media, copy.text) == (LinkRole.MEDIA_COPY, (a_photo(),), Text())


def test_media_that_cannot_be_copied_is_linked_to_in_the_wrapper() -> None:
    actions = route(a_snapshot(), an_inbound("/ask Vote", media=(an_uncopyable(),)))
    assert actions[2:] == [
        wrapped(
            "📊 Quiz: How many?\n⚠️ This cannot be copied. "
            "See the original message: https://t.me/c/2000000001/100\nVote"
        )
    ]


def test_formatting_and_mentions_of_others_travel_as_entities() -> None:
    text = Text("@support_bot see this", (Entity("Mention", 0, 12), Entity("Bold", 13, 3)))
    wrapper = route(a_snapshot(), an_inbound(text))[2]
    assert isinstance(wrapper, Send)
    assert wrapper.text.entities == (Entity("Bold", utf16_len(HEADER), 3),)


def test_a_long_question_goes_in_parts_under_its_wrapper() -> None:
    question = "word " * 2000
    wrapper, *rest = (
        a for a in route(a_snapshot(), an_inbound(f"/ask {question}")) if isinstance(a, Send)
    )
    assert wrapper.role is LinkRole.WRAPPER
    assert all(send.role is LinkRole.CONTINUATION for send in rest)
    assert all(send.reply_to == UnderWrapper() for send in rest)
    assert all(utf16_len(send.text.text) <= 4096 for send in (wrapper, *rest))
    joined = "".join(send.text.text for send in (wrapper, *rest))
    assert joined == HEADER + question.strip()


@pytest.mark.parametrize("role", BY_BOT)
def test_a_reply_to_any_message_of_the_bot_continues_the_ticket(role: LinkRole) -> None:
    target = a_target(role)
    actions = route(a_snapshot(target=target), an_inbound("And now?", reply_to=ANSWER))
    assert actions == [
        AddLink(Link(QUESTION, TICKET, LinkRole.FOLLOW_UP, target.link.key)),
        Send(
            STAFF,
            LinkRole.CONTINUATION,
            TICKET,
            Text(CONTINUED + "And now?"),
            UnderWrapper(),
            source=QUESTION,
        ),
    ]


def test_anybody_in_the_group_may_continue_and_is_named() -> None:
    actions = route(a_snapshot(target=OPEN), an_inbound("Me too", sender=NICK, reply_to=ANSWER))
    send = actions[1]
    assert isinstance(send, Send)
    assert "\n👤 Nick Nameless\n" in send.text.text


def test_a_mention_in_a_reply_continues_the_ticket_and_opens_none() -> None:
    actions = route(a_snapshot(target=OPEN), an_inbound("@support_bot And?", reply_to=ANSWER))
    assert [type(action) for action in actions] == [AddLink, Send]
    assert isinstance(actions[1], Send)
    assert actions[1].text.text == f"{CONTINUED}And?"


def test_a_continuation_carries_its_media_with_the_text_as_caption() -> None:
    photo = a_photo()
    actions = route(a_snapshot(target=OPEN), an_inbound("Look", media=(photo,), reply_to=ANSWER))
    (send,) = (action for action in actions if isinstance(action, Send))
    assert (send.text.text, send.media) == (f"{CONTINUED}Look", (photo,))


def test_a_long_caption_goes_on_in_further_messages() -> None:
    text = "word " * 300
    inbound = an_inbound(text.strip(), media=(a_photo(),), reply_to=ANSWER)
    first, second = (a for a in route(a_snapshot(target=OPEN), inbound) if isinstance(a, Send))
    assert utf16_len(first.text.text) <= 1024
    assert (first.media, second.media) == ((a_photo(),), ())
    assert first.text.text + second.text.text == CONTINUED + text.strip()


@pytest.mark.parametrize("role", BY_PEOPLE)
def test_a_reply_to_a_persons_message_is_talk(role: LinkRole) -> None:
    target = a_target(role)
    assert route(a_snapshot(target=target), an_inbound("Same here", reply_to=QUESTION)) == []


@pytest.mark.parametrize("role", BY_PEOPLE)
def test_a_mention_in_a_reply_to_a_person_asks_anew(role: LinkRole) -> None:
    snapshot = a_snapshot(target=a_target(role))
    actions = route(snapshot, an_inbound("@support_bot Me too", reply_to=QUESTION))
    assert actions == [*OPENED, wrapped("Me too")]


def test_a_reply_in_a_closed_ticket_is_told_to_ask_anew_and_goes_nowhere() -> None:
    actions = route(a_snapshot(target=CLOSED), an_inbound("One more", reply_to=ANSWER))
    assert actions == [notice(TEXTS.closed_for_customer, ticket=True)]


def test_a_mention_in_a_reply_to_a_closed_ticket_opens_a_new_one() -> None:
    snapshot = a_snapshot(target=CLOSED)
    actions = route(snapshot, an_inbound("@support_bot One more", reply_to=ANSWER))
    assert actions == [*OPENED, wrapped("One more")]


@pytest.mark.parametrize("target", [None, OPEN, CLOSED])
def test_ask_in_a_reply_always_opens_a_new_ticket(target: Target | None) -> None:
    actions = route(a_snapshot(target=target), an_inbound("/ask Else", reply_to=ANSWER))
    assert actions == [*OPENED, wrapped("Else")]


@pytest.mark.parametrize("text", ["@support_bot Help", "/ask Help"])
def test_an_edit_into_a_question_opens_a_ticket(text: str) -> None:
    assert route(a_snapshot(), an_edit(text)) == [*OPENED, wrapped("Help")]


@pytest.mark.parametrize("kind", list(InboundKind))
@pytest.mark.parametrize("text", ["@support_bot Help", "/ask Help", "/addgroup", "hm"])
def test_a_message_that_is_in_a_ticket_opens_no_second_one(kind: InboundKind, text: str) -> None:
    snapshot = a_snapshot(in_a_ticket=True, sender_is_admin=True, target=OPEN)
    assert route(snapshot, an_inbound(text, kind=kind, reply_to=ANSWER)) == []


def test_an_edit_without_words_gets_no_usage() -> None:
    assert route(a_snapshot(), an_edit("/ask")) == []


@pytest.mark.parametrize("target", [OPEN, CLOSED])
def test_an_edit_of_a_reply_neither_continues_nor_complains(target: Target | None) -> None:
    assert route(a_snapshot(target=target), an_edit("And now?", reply_to=ANSWER)) == []


@pytest.mark.parametrize("text", ["@support_bot Help", "/ask Help", "/ask", "Hm"])
def test_other_bots_are_ignored(text: str) -> None:
    bot = Sender(ChatId(44), "Robo", "robo_bot", is_bot=True)
    snapshot = a_snapshot(target=OPEN, sender_is_admin=True)
    assert route(snapshot, an_inbound(text, sender=bot, reply_to=ANSWER)) == []


def test_an_anonymous_admin_asks_in_the_groups_name() -> None:
    anonymous = Sender(ACME, "Customer Support", None)
    wrapper = route(a_snapshot(), an_inbound("/ask Help", sender=anonymous))[2]
    assert isinstance(wrapper, Send)
    assert "\n👤 User: Customer Support\n" in wrapper.text.text
    assert wrapper.text.entities == ()


def test_a_forwarded_message_continues_but_does_not_ask() -> None:
    forwarded = an_inbound("@support_bot Help", forwarded=True, reply_to=ANSWER)
    assert route(a_snapshot(), forwarded) == []
    assert [type(a) for a in route(a_snapshot(target=OPEN), forwarded)] == [AddLink, Send]


def test_the_question_keeps_its_number_and_place() -> None:
    key = MessageKey(ChatId(-1002000000009), 7)
    actions = route(a_snapshot(new_ticket_id=TICKET), an_inbound("/ask Help", key=key))
    assert actions[0] == OpenTicket(a_ticket(question=key))
