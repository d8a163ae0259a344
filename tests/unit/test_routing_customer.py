"""Routing what is written in a customer group."""

from __future__ import annotations

from dataclasses import replace
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
    Target,
    UnderWrapper,
    concerns,
    context_wanted,
    route,
)
from daemon.core.text import Entity, Text, utf16_len
from tests.builders import (
    ACME,
    ANSWER,
    BOT,
    GLOBEX,
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

HEADER = (
    "🎫 Ticket #1737456789000\n"
    "📍 From group: Customer Support\n"
    "👤 User: @alice\n"
    "──────────────────────────────\n"
)
CONTINUED = "💬 Continued message (Ticket #1737456789000)\n👤 @alice\n────────────────────\n"
BY_BOT = [role for role in LinkRole if role.by_bot]
BY_PEOPLE = [role for role in LinkRole if not role.by_bot]
OPEN = a_target(LinkRole.ANSWER)
CLOSED = a_target(LinkRole.ANSWER, TicketStatus.CLOSED)


def wrapped(question: str) -> Send:
    return Send(STAFF, LinkRole.WRAPPER, TICKET, Text(HEADER + question), None, source=QUESTION)


def notice(text: str, ticket: bool = False) -> Send:
    number = TICKET if ticket else None
    return Send(ACME, LinkRole.NOTICE, number, Text(text), QUESTION, source=QUESTION)


OPENED = [OpenTicket(a_ticket()), AddLink(Link(QUESTION, TICKET, LinkRole.QUESTION))]


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
    assert route(a_snapshot(), an_inbound(text)) == [notice(TEXTS.ask_usage)]


def test_a_brace_written_twice_is_one_in_texts_with_nothing_to_fill_in() -> None:
    texts = replace(TEXTS, ask_usage="{{?}}", closed_for_customer="{{!}}")
    asked = a_snapshot(texts=texts)
    assert route(asked, an_inbound("/ask")) == [notice("{?}")]
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


# --- questions that reply to an earlier message ---

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
    assert in_context("/ask", context=None) == [notice(TEXTS.ask_usage)]


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


# --- what follows a question ---

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
    [{}, {"reply_to": QUESTION, "target": a_target(LinkRole.QUESTION)}, {"forwarded": True}],
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
