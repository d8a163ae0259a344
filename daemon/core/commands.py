"""Commands and mentions: what in a message is meant for the bot.

https://core.telegram.org/api/bots/commands
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from daemon.core.model import Bot
from daemon.core.text import Entity, Text, utf16_len

_COMMAND = re.compile(
    r"/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{3,32}))?([.,:;!?…。，：；！？]*)(?=\s|$)"
)


class Name(StrEnum):
    """The commands that the relay knows."""

    ASK = "ask"
    CLOSE = "close"
    DONE = "done"
    REOPEN = "reopen"
    ADDGROUP = "addgroup"


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


def mentions(text: Text, bot: Bot) -> bool:
    """Whether an entity of the text mentions the bot, by username or by id."""
    return any(_is_mention_of(entity, text, bot) for entity in text.entities)


def without_mentions(text: Text, bot: Bot) -> Text:
    """The text with the bot's @username taken out wherever it mentions the bot. A mention by id
    stays: it can be over any words."""
    for entity in sorted(text.entities, key=lambda e: e.offset, reverse=True):
        if _is_username_of(entity, text, bot):
            text = text.without(entity.offset, entity.end)
    return text.strip()


def _is_mention_of(entity: Entity, text: Text, bot: Bot) -> bool:
    by_id = entity.type == "MentionName" and entity.user_id == bot.id
    return by_id or _is_username_of(entity, text, bot)


def _is_username_of(entity: Entity, text: Text, bot: Bot) -> bool:
    if entity.type != "Mention":
        return False
    mentioned = text.cut(entity.offset, entity.end).text
    return mentioned.lower() == f"@{bot.username}".lower()
