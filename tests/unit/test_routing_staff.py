"""Routing what is written in the staff group, commands aside."""

from __future__ import annotations

import pytest

from daemon.core.model import (
    ChatId,
    ChatRole,
    InboundKind,
    Link,
    LinkRole,
    MessageKey,
    Sender,
    TicketId,
)
from daemon.core.model import TicketStatus as Status
from daemon.core.routing import Action, AddLink, Refusal, Refuse, Send, Target, route
from daemon.core.text import Entity, Text, utf16_len
from tests.builders import (
    ACME,
    ANSWER,
    ANSWER_HEADER,
    QUESTION,
    STAFF,
    TEXTS,
    TICKET,
    WRAPPER,
    a_photo,
    a_snapshot,
    a_staff_message,
    a_target,
    an_uncopyable,
)

HEADER = ANSWER_HEADER.text
BY_BOT = [role for role in LinkRole if role.by_bot]
BY_PEOPLE = [role for role in LinkRole if not role.by_bot]
REPLY = MessageKey(STAFF, 600)


def from_staff(target: Target | None, text: str | Text = "Hello", **more: object) -> list[Action]:
    """What follows from a message of the staff, a reply to the target where there is one."""
    return route(a_snapshot(ChatRole.STAFF, target=target), a_staff_message(text, **more))


def answer(text: str, under: MessageKey = QUESTION) -> Send:
    return Send(
        ACME, LinkRole.ANSWER, TICKET, ANSWER_HEADER + Text(text), under, source=REPLY, confirm=True
    )


def notice(text: str, ticket: TicketId | None = TICKET) -> Send:
    return Send(STAFF, LinkRole.NOTICE, ticket, Text(text), REPLY, source=REPLY)


@pytest.mark.parametrize("role", BY_BOT)
def test_a_reply_to_any_message_of_the_bot_is_an_answer(role: LinkRole) -> None:
    target = a_target(role)
    assert from_staff(target, "It is on its way") == [
        AddLink(Link(REPLY, TICKET, LinkRole.STAFF_REPLY, target.link.key)),
        answer("It is on its way"),
    ]


@pytest.mark.parametrize("role", BY_PEOPLE)
def test_a_reply_to_a_colleague_stays_inside(role: LinkRole) -> None:
    assert from_staff(a_target(role), "I doubt that") == []


@pytest.mark.parametrize("text", ["Hello", "@support_bot Hello", "@alice Hello", ""])
def test_talk_among_colleagues_stays_inside(text: str) -> None:
    assert from_staff(None, text) == []
    assert from_staff(None, text, reply_to=None) == []


def test_an_answer_to_a_continuation_goes_under_the_customers_message() -> None:
    follow_up = MessageKey(ACME, 105)
    target = a_target(LinkRole.CONTINUATION, counterpart=follow_up)
    assert from_staff(target, "Yes")[1] == answer("Yes", under=follow_up)


@pytest.mark.parametrize("role", [LinkRole.ANSWER, LinkRole.NOTICE, LinkRole.MEDIA_COPY])
def test_an_answer_to_anything_else_goes_under_the_question(role: LinkRole) -> None:
    target = a_target(role, counterpart=MessageKey(STAFF, 601))
    assert from_staff(target, "Yes")[1] == answer("Yes")


def test_a_continuation_without_a_counterpart_is_answered_under_the_question() -> None:
    target = a_target(LinkRole.CONTINUATION, counterpart=None)
    assert from_staff(target, "Yes")[1] == answer("Yes")


def test_the_answer_goes_to_the_tickets_group_and_mentions_who_asked() -> None:
    group = ChatId(-1002000000009)
    question = MessageKey(group, 7)
    target = a_target(question=question, username=None, user_id=12, user_name="Nick")
    send = from_staff(target)[1]
    assert isinstance(send, Send)
    assert (send.destination, send.reply_to) == (group, question)
    (mention,) = send.text.entities
    assert mention.user_id == 12
    assert send.text.cut(mention.offset, mention.end).text == "Nick"


def test_an_answer_keeps_its_formatting() -> None:
    text = Text("😀 bold", (Entity("Bold", 3, 4),))
    send = from_staff(a_target(), text)[1]
    assert isinstance(send, Send)
    assert send.text.entities[1:] == (Entity("Bold", utf16_len(HEADER) + 3, 4),)


def test_an_answer_may_mention_the_bot() -> None:
    send = from_staff(a_target(), "Ask @support_bot again")[1]
    assert isinstance(send, Send)
    assert send.text.text == f"{HEADER}Ask @support_bot again"


def test_media_is_answered_with_the_text_as_caption() -> None:
    photo = a_photo(REPLY)
    actions = from_staff(a_target(), "Like this", media=(photo,))
    (send,) = (action for action in actions if isinstance(action, Send))
    assert (send.text.text, send.media) == (f"{HEADER}Like this", (photo,))
    assert send.confirm


def test_a_long_answer_goes_in_parts_and_is_confirmed_once_with_the_last() -> None:
    text = ("word " * 2000).strip()
    sends = [a for a in from_staff(a_target(), text) if isinstance(a, Send)]
    assert len(sends) > 2
    assert [send.confirm for send in sends] == [False] * (len(sends) - 1) + [True]
    assert all(send.destination == ACME and send.reply_to == QUESTION for send in sends)
    assert all(utf16_len(send.text.text) <= 4096 for send in sends)
    assert "".join(send.text.text for send in sends) == HEADER + text


def test_a_long_caption_goes_on_in_further_messages() -> None:
    text = ("word " * 300).strip()
    first, second = (
        a for a in from_staff(a_target(), text, media=(a_photo(),)) if isinstance(a, Send)
    )
    assert utf16_len(first.text.text) <= 1024
    assert (first.media, second.media) == ((a_photo(),), ())
    assert (first.confirm, second.confirm) == (False, True)


@pytest.mark.parametrize("text", ["", "Look here"])
def test_media_that_cannot_be_copied_sends_nothing_and_the_staff_are_told(text: str) -> None:
    """A customer must not see a link into the staff group, which nobody there can follow."""
    actions = from_staff(a_target(), text, media=(an_uncopyable(REPLY),))
    assert actions == [
        notice(
            "⚠️ Not sent, this cannot be copied: 📊 Quiz: How many?\n"
            "Send it as a text, a photo or a file."
        )
    ]


@pytest.mark.parametrize("role", BY_BOT)
@pytest.mark.parametrize("text", ["One more thing", ""])
def test_a_closed_ticket_takes_no_answer_and_the_staff_are_told(role: LinkRole, text: str) -> None:
    actions = from_staff(a_target(role, Status.CLOSED), text, media=(a_photo(),))
    assert actions == [
        notice(
            "⚠️ Not sent: ticket #1737456789000 is closed. Reply /reopen here, then send it again."
        )
    ]


@pytest.mark.parametrize("status", list(Status))
def test_an_edit_sends_nothing(status: Status) -> None:
    assert from_staff(a_target(status=status), "Sorry, tomorrow", kind=InboundKind.EDIT) == []


def test_a_message_that_was_answered_with_is_not_sent_twice() -> None:
    snapshot = a_snapshot(ChatRole.STAFF, target=a_target(), in_a_ticket=True)
    assert route(snapshot, a_staff_message("Hello")) == []


def test_other_bots_in_the_staff_group_are_ignored() -> None:
    bot = Sender(ChatId(44), "Robo", "robo_bot", is_bot=True)
    assert from_staff(a_target(), "I am a bot", sender=bot) == []
    assert from_staff(a_target(), "/close", sender=bot) == []


@pytest.mark.parametrize("sender", [Sender(STAFF, "Staff"), Sender(ChatId(-1005), "Channel")])
def test_anonymous_admins_and_channels_answer_like_anybody(sender: Sender) -> None:
    assert from_staff(a_target(), "Yes", sender=sender)[1] == answer("Yes")


@pytest.mark.parametrize("how", ["forwarded", "via_bot"])
def test_forwarded_and_inline_messages_are_answers_too(how: str) -> None:
    assert from_staff(a_target(), "Yes", **{how: True})[1] == answer("Yes")


def test_the_targets_of_these_tests_are_what_they_say() -> None:
    assert a_target().link.key == WRAPPER
    assert a_target(LinkRole.ANSWER).link.key == ANSWER


# --- a list of those who may answer ---


def from_stranger(text: str, target: Target | None, **more: object) -> list[Action]:
    """From somebody in the staff group who is not on the list."""
    snapshot = a_snapshot(ChatRole.STAFF, target=target, sender_may_answer=False)
    return route(snapshot, a_staff_message(text, **more))


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("role", BY_BOT)
def test_who_is_not_on_the_list_is_told_that_an_answer_is_not_sent(
    role: LinkRole, status: Status
) -> None:
    assert from_stranger("Hello", a_target(role, status)) == [notice(TEXTS.not_on_staff_list)]


@pytest.mark.parametrize("text", ["/close", "/reopen", "/unknown"])
@pytest.mark.parametrize("target", [None, a_target()])
def test_commands_of_who_is_not_on_the_list_do_nothing_in_silence(
    text: str, target: Target | None
) -> None:
    assert from_stranger(text, target) == [Refuse(Refusal.NOT_ON_STAFF_LIST)]


@pytest.mark.parametrize("text", ["/t 1737456789000 Hello", "/ticket 1737456789000", "/t Hello"])
@pytest.mark.parametrize("target", [None, a_target()])
def test_who_is_not_on_the_list_is_told_so_of_an_answer_by_number(
    text: str, target: Target | None
) -> None:
    assert from_stranger(text, target) == [notice(TEXTS.not_on_staff_list, ticket=None)]
    assert from_stranger(text, target, forwarded=True) == [Refuse(Refusal.NOT_ON_STAFF_LIST)]


def test_talk_of_who_is_not_on_the_list_is_talk() -> None:
    assert from_stranger("Hello", None) == []
    assert from_stranger("Hello", a_target(LinkRole.STAFF_REPLY)) == []
    assert from_stranger("Hello", a_target(), kind=InboundKind.EDIT) == []
