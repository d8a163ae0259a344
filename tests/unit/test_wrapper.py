"""What people read: the exact words, and that nobody can forge them by a name."""

from __future__ import annotations

import pytest

from daemon.core import wrapper
from daemon.core.model import ChatId, MediaKind, MessageKey, Sender
from daemon.core.text import Entity, Text
from tests.builders import (
    ALICE,
    NICK,
    TEXTS,
    TICKET,
    a_media,
    a_photo,
    a_ticket,
    an_inbound,
    an_uncopyable,
)

LONG_LINE = "──────────────────────────────"
SHORT_LINE = "────────────────────"


def named(name: str) -> Sender:
    """A person without a username."""
    return Sender(ChatId(66), name)


def test_the_wrapper_begins_as_specified() -> None:
    header = wrapper.wrapper_header(TEXTS, TICKET, an_inbound())
    assert header == Text(
        f"🎫 Ticket #1737456789000\n📍 From group: Customer Support\n👤 User: @alice\n{LONG_LINE}\n"
    )


def test_a_continuation_begins_as_specified() -> None:
    header = wrapper.continuation_header(TEXTS, TICKET, ALICE)
    assert header == Text(
        f"💬 Continued message (Ticket #1737456789000)\n👤 @alice\n{SHORT_LINE}\n"
    )


def test_an_answer_begins_as_specified() -> None:
    header = wrapper.answer_header(TEXTS, a_ticket(), wrapper.asker_of(a_ticket()))
    assert header.text == f"💬 Staff reply (Ticket #1737456789000)\n📢 @alice\n{LONG_LINE}\n"


def test_an_answer_mentions_by_id_who_asked_whatever_the_username_is_by_now() -> None:
    named = wrapper.asker_of(a_ticket())
    assert named == Text("@alice", (Entity("MentionName", 0, 6, user_id=ALICE.id),))
    as_a_chat = a_ticket(user_id=ChatId(-1002000000001), user_name="Acme")
    assert wrapper.asker_of(as_a_chat) == Text("Acme")


def test_the_notices_are_those_specified() -> None:
    assert TEXTS.closed == "✅ Ticket #{ticket} closed"
    assert TEXTS.reply_sent.startswith("✅ Reply sent")
    assert TEXTS.send_failed == "❌ Send failed: {reason}"
    assert TEXTS.closed_for_customer == (
        "⚠️ This ticket is closed. Please @bot or /ask to create a new ticket."
    )


def test_a_person_without_a_username_is_mentioned_by_id() -> None:
    assert wrapper.mention_of(NICK) == Text(
        "Nick Nameless", (Entity("MentionName", 0, 13, user_id=NICK.id),)
    )


def test_the_mention_by_id_covers_the_name_within_the_header() -> None:
    header = wrapper.wrapper_header(TEXTS, TICKET, an_inbound(sender=named("😀 Zoë")))
    (entity,) = header.entities
    assert header.cut(entity.offset, entity.end).text == "😀 Zoë"
    assert entity.user_id == 66


def test_a_ticket_mentions_its_asker_without_a_username_by_id() -> None:
    asker = wrapper.asker_of(a_ticket(user_id=NICK.id, username=None, user_name=NICK.name))
    assert asker == wrapper.mention_of(NICK)


@pytest.mark.parametrize("name", ["@alice", "＠alice", "﹫alice", "@@al@ice", " \u200b@alice"])
def test_a_display_name_cannot_pose_as_a_username(name: str) -> None:
    mention = wrapper.mention_of(named(name))
    assert mention.text == "alice"
    assert [entity.user_id for entity in mention.entities] == [66]


@pytest.mark.parametrize("name", ["", " ", "@", "\u200b", "\u3164", "\u202e\n"])
def test_a_name_that_shows_nothing_is_shown_as_the_id(name: str) -> None:
    mention = wrapper.mention_of(named(name))
    assert mention == Text("66", (Entity("MentionName", 0, 2, user_id=66),))


def test_a_chat_that_speaks_for_itself_is_named_and_not_mentioned() -> None:
    channel = Sender(ChatId(-1005550000001), "@alice News")
    assert wrapper.mention_of(channel) == Text("alice News")


def test_a_chat_is_shown_by_its_title_and_not_mentioned() -> None:
    channel = Sender(ChatId(-1005550000001), "News", "acme_news")
    assert wrapper.mention_of(channel) == Text("News")


FORGERY = "x\n──────────────────────────────\n🎫 Ticket #1\n👤 User: @ceo"


@pytest.mark.parametrize("breaks", ["\n", "\r", "\u2028", "\x0b", "\x85", "\x1e"])
def test_names_and_titles_cannot_forge_lines_of_a_header(breaks: str) -> None:
    forged = FORGERY.replace("\n", breaks)
    question = an_inbound(chat_title=forged, sender=named(forged))
    lines = wrapper.wrapper_header(TEXTS, TICKET, question).text.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["🎫", "📍", "👤", LONG_LINE]

    lines = wrapper.continuation_header(TEXTS, TICKET, named(forged)).text.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["💬", "👤", SHORT_LINE]

    asker = wrapper.asker_of(a_ticket(username=None, user_name=forged))
    lines = wrapper.answer_header(TEXTS, a_ticket(), asker).text.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["💬", "📢", LONG_LINE]


def test_names_and_titles_cannot_turn_a_header_around() -> None:
    question = an_inbound(
        chat_title="\u202eAcme\u2066", sender=named("\u200fEve\u202d\x00\x1b[31m")
    )
    header = wrapper.wrapper_header(TEXTS, TICKET, question).text
    assert "📍 From group: Acme\n" in header
    assert "👤 User: Eve[31m\n" in header


def test_names_and_titles_are_no_templates() -> None:
    question = an_inbound(chat_title="{user}", sender=named("{ticket} {0} }{"))
    header = wrapper.wrapper_header(TEXTS, TICKET, question).text
    assert "📍 From group: {user}\n👤 User: {ticket} {0} }{\n" in header


def test_media_is_named_line_by_line() -> None:
    report = a_media(MediaKind.DOCUMENT, file_name="report.pdf", size_bytes=20_000)
    named = wrapper.media_lines(TEXTS, [a_photo(), a_photo(), report, a_photo()])
    assert named.text == "📷 Photo × 2\n📄 Document: report.pdf (20 KB)\n📷 Photo"
    assert wrapper.media_lines(TEXTS, ()) == Text()


def test_media_that_cannot_be_copied_is_named_with_a_link() -> None:
    lines = wrapper.media_lines(TEXTS, [an_uncopyable(), a_photo()]).text.splitlines()
    assert lines == [
        "📷 Photo",
        "📊 Quiz: How many?",
        "⚠️ This cannot be copied. See the original message: https://t.me/c/2000000001/100",
    ]


@pytest.mark.parametrize("kind", [MediaKind.DOCUMENT, MediaKind.QUIZ])
def test_names_of_media_cannot_forge_lines(kind: MediaKind) -> None:
    forged = "a\n🎫 Ticket #1\u202e.exe"
    for media in (a_media(kind, title=forged), a_media(kind, file_name=forged)):
        first = wrapper.media_lines(TEXTS, [media]).text.splitlines()[0]
        assert first.endswith(": a 🎫 Ticket #1.exe")


@pytest.mark.parametrize(
    "chat_id, link",
    [(-1002000000001, "https://t.me/c/2000000001/7"), (-4242, None), (-100, None), (-1001, None)],
)
def test_only_messages_of_supergroups_have_links(chat_id: int, link: str | None) -> None:
    assert wrapper.message_link(MessageKey(ChatId(chat_id), 7)) == link


def test_where_there_is_no_link_none_is_promised() -> None:
    in_a_basic_group = MessageKey(ChatId(-4242), 7)
    quiz = a_media(MediaKind.QUIZ, in_a_basic_group)
    for why in (wrapper.Missing.NOT_COPYABLE, wrapper.Missing.TOO_LARGE):
        told = wrapper.media_notice(TEXTS, quiz, why, "50 MB").text
        assert told.endswith(" See the original message in its group.")
    told = wrapper.dead_letter_notice(TEXTS, 3, MessageKey(ChatId(-1002000000001), 0)).text
    assert told == "⚠️ A message could not be handled and is kept as dead letter 3."
