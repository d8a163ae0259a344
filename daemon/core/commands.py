"""Commands and mentions: what in a message is meant for the bot.

https://core.telegram.org/api/bots/commands
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from daemon.core.model import Bot, TicketId
from daemon.core.text import Entity, Text, utf16_len

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{3,32}))?(?![\w/<>@])")
"""Ends where Telegram's own entity for a command ends; see `parse_command`."""

_GLUE = re.compile(
    r"[.,:;!?…。，：；！？、·~～)）–—\-\u200b\u200c\u200d\u200e\u200f\u2060\ufe0f\ufeff]*"
)
"""Marks that people write right behind a command or a number, and signs that nobody sees."""


class Name(StrEnum):
    """The commands that the relay knows."""

    ASK = "ask"
    T = "t"
    TICKET = "ticket"
    CLOSE = "close"
    DONE = "done"
    REOPEN = "reopen"
    RETRY = "retry"
    ADDGROUP = "addgroup"
    REMOVEGROUP = "removegroup"
    LISTGROUPS = "listgroups"
    START = "start"
    HELP = "help"


_KNOWN = frozenset(Name)


@dataclass(frozen=True, slots=True)
class Command:
    """A command at the start of a message."""

    name: str
    """Lower case, without slash and suffix; not always one that the relay knows."""
    arguments: Text
    for_other_bot: bool


def parse_command(text: Text, bot: Bot) -> Command | None:
    """The command that a message begins with; None if it begins with none.

    It ends where Telegram ends what it shows as a command: behind the name and an optional
    @botname, where no letter, no digit and none of `_/<>@` follows. So `/close,thanks` and
    `/close-it` are commands with the arguments "thanks" and "it"; the marks in between go.
    `/close/it`, `/close@` and `/closé` are none. A name that the relay does not know is a command
    only with white space behind it, or nothing: `/etc, /usr` is none.
    https://core.telegram.org/api/bots/commands
    """
    match = _COMMAND.match(text.text)
    if match is None:
        return None
    name, suffix = match.groups()
    name = name.lower()
    behind = text.cut(utf16_len(match.group()), utf16_len(text.text))
    if name not in _KNOWN and behind.text[:1].strip():
        return None
    return Command(
        name=name,
        arguments=_unglued(behind),
        for_other_bot=suffix is not None and suffix.lower() != bot.username.lower(),
    )


def _unglued(behind: Text) -> Text:
    """What stands behind a command or a number, without the marks that are glued to that."""
    glue = _GLUE.match(behind.text)
    length = utf16_len(glue.group()) if glue else 0
    return behind.cut(length, utf16_len(behind.text)).strip()


def is_known(command: Command) -> bool:
    """Whether it is one of the relay's own."""
    return command.name in _KNOWN


def ticket_and_text(arguments: Text) -> tuple[str, Text]:
    """What stands behind `/t`: what should be a ticket's number, and the rest. The number ends with
    its digits: `2: text`, `2, text`. In `12o4`, `1.5` or `1,737` it does not end where they seem
    to, and a slip must not lead to another ticket: there, and where no digits are, it is the whole
    word."""
    number = _NUMBER.match(arguments.text)
    if number and not _goes_on(arguments.text[number.end() :]):
        given = number.group()
    else:
        given = next(iter(arguments.text.split(maxsplit=1)), "")
    return given, _unglued(arguments.cut(utf16_len(given), utf16_len(arguments.text)))


_NUMBER = re.compile(r"#?[0-9]+")

_MORE_DIGITS = re.compile(r"[.,'’/_-]?\d")


def _goes_on(behind: str) -> bool:
    """Whether what begins like a number does not end there. Letters without case, such as Chinese
    ones, are those that people write right behind a number."""
    is_cased = behind[:1].isalpha() and unicodedata.category(behind[0]) != "Lo"
    return is_cased or behind[:1] == "_" or _MORE_DIGITS.match(behind) is not None


def words_behind(command: Command) -> Text:
    """The arguments without what is there for the command alone: a ticket's number."""
    if command.name in (Name.T, Name.TICKET):
        return ticket_and_text(command.arguments)[1]
    return command.arguments


def ticket_number(given: str) -> TicketId | None:
    """The number that somebody wrote, with or without the # it is shown with; None where it is
    none."""
    digits = given.removeprefix("#")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
        return None
    return TicketId(int(digits))


_MOST_DIGITS = 18
"""What fits into the database's numbers, whatever the digits."""


def mentions(text: Text, bot: Bot) -> bool:
    """Whether an entity of the text mentions the bot, by username or by id."""
    return any(_is_mention_of(entity, text, bot) for entity in text.entities)


def without_mentions(text: Text, bot: Bot) -> Text:
    """The text with the bot's @username taken out wherever it mentions the bot, and at the start
    with the marks behind it: "@bot, where is it?". A mention by id stays: it can be over any
    words."""
    for entity in sorted(text.entities, key=lambda e: e.offset, reverse=True):
        if _is_username_of(entity, text, bot):
            start, end = entity.offset, entity.end
            before = text.cut(0, start).text
            if marks := _MARKS.match(text.cut(end, utf16_len(text.text)).text):
                if not before.strip():
                    end += utf16_len(marks.group())
                elif before.endswith(" "):
                    start -= 1
            text = text.without(start, end)
    return text.strip()


_MARKS = re.compile(r"[.,:;!?…。，：；！？、]+")


def _is_mention_of(entity: Entity, text: Text, bot: Bot) -> bool:
    by_id = entity.type == "MentionName" and entity.user_id == bot.id
    return by_id or _is_username_of(entity, text, bot)


def _is_username_of(entity: Entity, text: Text, bot: Bot) -> bool:
    if entity.type != "Mention":
        return False
    mentioned = text.cut(entity.offset, entity.end).text
    return mentioned.lower() == f"@{bot.username}".lower()
