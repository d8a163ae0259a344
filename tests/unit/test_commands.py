"""What in a message is meant for the bot."""

from __future__ import annotations

import pytest

from daemon.core.commands import (
    Command,
    Name,
    mentions,
    parse_command,
    ticket_and_text,
    without_mentions,
)
from daemon.core.model import Bot, ChatId
from daemon.core.text import Entity, Text
from tests.builders import BOT, said


def parsed(text: str) -> Command | None:
    return parse_command(Text(text), BOT)


@pytest.mark.parametrize(
    "text, name, arguments",
    [
        ("/close", "close", ""),
        ("/close thanks a lot", "close", "thanks a lot"),
        ("/close\nthanks", "close", "thanks"),
        ("/close  \n thanks ", "close", "thanks"),
        ("/CLOSE", "close", ""),
        ("/close@support_bot", "close", ""),
        ("/close@Support_BOT thanks", "close", "thanks"),
        ("/no_such1", "no_such1", ""),
        ("/1", "1", ""),
    ],
)
def test_a_command_at_the_start_is_one(text: str, name: str, arguments: str) -> None:
    assert parsed(text) == Command(name, Text(arguments), for_other_bot=False)


@pytest.mark.parametrize("text", ["/close@other_bot", "/close@support_bot2 x", "/x@the_bot"])
def test_a_command_to_another_bot_is_known_as_such(text: str) -> None:
    command = parsed(text)
    assert command is not None
    assert command.for_other_bot


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "close",
        "please /close",
        "\n/close",
        "/ close",
        "//close",
        "/close/it",
        "/close@",
        "/close@x",
        "/close@support_bot@x",
        "/closé",
        "/close谢谢",
        "/close<b>",
        "／close",
        "/" + "x" * 65,
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert parsed(text) is None


@pytest.mark.parametrize(
    "mark", [".", "!", ",", ":", "...", "?!", "。", "！", "，", "…", "、", ")", "\u200b", "\ufe0f"]
)
def test_a_known_command_is_one_with_a_punctuation_mark_behind_it(mark: str) -> None:
    assert parsed(f"/close{mark}") == Command("close", Text(), for_other_bot=False)
    assert parsed(f"/done@support_bot{mark} bye") == Command("done", Text("bye"), False)


@pytest.mark.parametrize(
    "text, name, arguments",
    [
        ("/close，谢谢", "close", "谢谢"),
        ("/close,thanks", "close", "thanks"),
        ("/close:done", "close", "done"),
        ("/close-it", "close", "it"),
        ("/close—thanks", "close", "thanks"),
        ("/close…谢谢", "close", "谢谢"),
        ("/done(solved)", "done", "(solved)"),
        ("/close😀", "close", "😀"),
        ("/close\u00a0thanks", "close", "thanks"),
        ("/close - thanks", "close", "- thanks"),
        ("/ask，订单在哪", "ask", "订单在哪"),
        ("/ask:where is it?", "ask", "where is it?"),
        ("/ask@support_bot,where", "ask", "where"),
        ("/t#5 x", "t", "#5 x"),
    ],
)
def test_what_is_glued_to_a_known_command_are_its_arguments(
    text: str, name: str, arguments: str
) -> None:
    assert parsed(text) == Command(name, Text(arguments), for_other_bot=False)


def test_a_command_to_another_bot_stays_one_with_something_glued_to_it() -> None:
    command = parsed("/ask@other_bot,where")
    assert command is not None
    assert command.for_other_bot


@pytest.mark.parametrize("text", ["/etc, /usr and /var are full", "/home:x", "/x😀", "/clsoe-it"])
def test_an_unknown_word_with_something_glued_to_it_is_no_command(text: str) -> None:
    assert parsed(text) is None


@pytest.mark.parametrize(
    "arguments, given, text",
    [
        ("2：中文", "2", "中文"),
        ("2, text", "2", "text"),
        ("#2,text", "#2", "text"),
        ("2. text", "2", "text"),
        ("2，12号", "2", "12号"),
        ("2中文", "2", "中文"),
        ("2 - text", "2", "- text"),
        ("2", "2", ""),
        ("12a text", "12a", "text"),
        ("12о4 text", "12о4", "text"),  # the letter is a Cyrillic one
        ("1.5 kg", "1.5", "kg"),
        ("1,737 text", "1,737", "text"),
        ("1_5 text", "1_5", "text"),
        ("2١ text", "2١", "text"),
        ("x text", "x", "text"),
        ("", "", ""),
    ],
)
def test_a_ticket_s_number_ends_with_its_digits(arguments: str, given: str, text: str) -> None:
    """Unless they go on in another way: a slip must not lead to another ticket."""
    assert ticket_and_text(Text(arguments)) == (given, Text(text))


def test_arguments_keep_their_entities() -> None:
    text = Text("/ask 😀 bold", (Entity("BotCommand", 0, 4), Entity("Bold", 8, 4)))
    command = parse_command(text, BOT)
    assert command is not None
    assert command.arguments == Text("😀 bold", (Entity("Bold", 3, 4),))


def test_the_names_are_those_that_people_type() -> None:
    assert {name.value for name in Name} >= {"ask", "close", "done", "reopen", "addgroup"}


@pytest.mark.parametrize("text", ["@support_bot help", "help @Support_BOT", "(@support_bot)"])
def test_a_mention_entity_of_the_bot_is_a_mention(text: str) -> None:
    assert mentions(said(text), BOT)


@pytest.mark.parametrize(
    "text",
    ["@support_bot2 help", "@support_bo help", "@my_support_bot help", "x@support_bot", "help"],
)
def test_the_name_within_another_is_no_mention(text: str) -> None:
    assert not mentions(said(text), BOT)


@pytest.mark.parametrize("kind", ["Code", "Pre", "Url", "Email", "TextUrl", "Bold"])
def test_the_bots_name_without_a_mention_entity_is_no_mention(kind: str) -> None:
    assert not mentions(Text("@support_bot help"), BOT)
    assert not mentions(Text("@support_bot help", (Entity(kind, 0, 12),)), BOT)


def test_a_mention_by_id_counts_whatever_it_shows() -> None:
    by_id = Entity("MentionName", 0, 3, user_id=BOT.id)
    of_another = Entity("MentionName", 0, 12, user_id=BOT.id + 1)
    assert mentions(Text("bot, help", (by_id,)), BOT)
    assert not mentions(Text("@support_bot", (of_another,)), BOT)


@pytest.mark.parametrize(
    "text, left",
    [
        ("@support_bot My order is late", "My order is late"),
        ("My order @support_bot is late", "My order is late"),
        ("My order is late @support_bot", "My order is late"),
        ("@support_bot\nMy order", "My order"),
        ("@support_bot @support_bot both", "both"),
        ("@support_bot @alice", "@alice"),
        ("@support_bot", ""),
        ("@support_bot, my order is late", "my order is late"),
        ("@support_bot：订单还没到", "订单还没到"),
        ("@support_bot @support_bot... both", "both"),
        ("@support_bot!", ""),
        ("Hello @support_bot, my order is late!", "Hello, my order is late!"),
        ("Thanks @support_bot!", "Thanks!"),
        ("Is that you,@support_bot?", "Is that you,?"),
        ("😀@support_bot😀", "😀@support_bot😀"),
    ],
)
def test_mentions_of_the_bot_are_taken_out_and_no_others(text: str, left: str) -> None:
    text_with_entities = said(text) if "😀" not in text else Text(text)
    assert without_mentions(text_with_entities, BOT).text == left


def test_marks_behind_a_mention_take_nothing_of_what_entities_cover() -> None:
    text = Text("😀 @support_bot, fat", (Entity("Mention", 3, 12), Entity("Bold", 17, 3)))
    assert without_mentions(text, BOT) == Text("😀, fat", (Entity("Bold", 4, 3),))


def test_what_other_entities_cover_stays_when_mentions_are_taken_out() -> None:
    text = Text("😀 @support_bot fat", (Entity("Mention", 3, 12), Entity("Bold", 16, 3)))
    assert without_mentions(text, BOT) == Text("😀 fat", (Entity("Bold", 3, 3),))


@pytest.mark.parametrize(
    "other",
    [
        Entity("MentionName", 0, 12, user_id=900),
        Entity("MentionName", 1, 5, user_id=900),
        Entity("Mention", 0, 12),
    ],
)
def test_mentions_that_overlap_take_out_nothing_else(other: Entity) -> None:
    text = Text("@support_bot My order is late", (Entity("Mention", 0, 12), other))
    assert without_mentions(text, BOT).text == "My order is late"


def test_the_words_under_a_mention_by_id_stay() -> None:
    text = Text("My order is late", (Entity("MentionName", 3, 5, user_id=BOT.id),))
    assert without_mentions(text, BOT) == text


def test_the_bots_name_is_compared_without_regard_to_case() -> None:
    bot = Bot(ChatId(1), "Support_Bot")
    assert mentions(said("@support_bot"), bot)
    command = parse_command(Text("/ask@SUPPORT_BOT x"), bot)
    assert command is not None
    assert not command.for_other_bot
