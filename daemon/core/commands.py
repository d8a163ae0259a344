"""Commands and mentions: what in a message is meant for the bot.

https://core.telegram.org/api/bots/commands
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from daemon.core.model import Bot, TicketId
from daemon.core.text import Entity, Text, utf16_len

_COMMAND = re.compile(
    r"/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{3,32}))?([.,:;!?…。，：；！？]*)(?=\s|$)"
)


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
    """The command that a message begins with; None if it begins with none. `/close.` is one as
    well, since Telegram shows it as one; `/etc, /usr` is none."""
    match = _COMMAND.match(text.text)
    if match is None:
        return None
    name, suffix, marks = match.groups()
    name = name.lower()
    if marks and name not in _KNOWN:
        return None
    return Command(
        name=name,
        arguments=text.cut(utf16_len(match.group()), utf16_len(text.text)).strip(),
        for_other_bot=suffix is not None and suffix.lower() != bot.username.lower(),
    )


def is_known(command: Command) -> bool:
    """Whether it is one of the relay's own."""
    return command.name in _KNOWN


def ticket_and_text(arguments: Text) -> tuple[str, Text]:
    """What stands behind `/t`: the word that should be a ticket's number, and the rest."""
    word = arguments.text.split(maxsplit=1)[:1]
    given = word[0] if word else ""
    return given, arguments.cut(utf16_len(given), utf16_len(arguments.text)).strip()


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
