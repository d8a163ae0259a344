"""Text as Telegram takes it in: trimmed, its entities checked, and those it finds itself added.

Offsets and lengths count UTF-16 code units (https://core.telegram.org/api/entities).
Not found here, though Telegram does: phone numbers, cashtags, card numbers, bare domains
outside a short list.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.refusals import refusal


@dataclass(frozen=True, slots=True)
class FormattedText:
    text: str
    entities: list[TlObject]


_FOUND: list[tuple[Callable[[int, int], TlObject], re.Pattern[str]]] = [
    (types.MessageEntityUrl, re.compile(r"\bhttps?://[^\s<>\"]*[^\s<>\".,:;!?')]")),
    (types.MessageEntityEmail, re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b", re.ASCII)),
    (
        types.MessageEntityUrl,
        re.compile(r"(?<![\w@./])(?:[\w-]+\.)+(?:com|org|net|io|me|dev|example)\b(?:/[^\s<>\"]*)?"),
    ),
    (types.MessageEntityMention, re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{2,32}\b(?!@)")),
    (
        types.MessageEntityBotCommand,
        re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?\b(?![/<>])"),
    ),
    (types.MessageEntityHashtag, re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
]
_OPAQUE = (
    types.MessageEntityCode,
    types.MessageEntityPre,
    types.MessageEntityTextUrl,
    types.MessageEntityMentionName,
)
"""Nothing is looked for inside of these."""


def units(text: str) -> int:
    """The length of a text in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def piece(text: str, entity: TlObject) -> str:
    """The part of the text that an entity covers."""
    encoded = text.encode("utf-16-le")
    start = 2 * entity.offset
    return encoded[start : start + 2 * entity.length].decode("utf-16-le", errors="replace")


def take_in(
    text: str, entities: Iterable[TlObject], overflow: Literal["refuse", "clip"]
) -> FormattedText:
    """Check and complete what somebody sends. Raises ENTITY_BOUNDS_INVALID for an entity that
    begins outside of the text, is empty, splits a surrogate pair, or ends beyond the text if
    `overflow` is "refuse"."""
    given = list(_checked(text, entities, overflow))
    lead = len(text) - len(text.lstrip())
    trimmed = text.strip()
    given = list(_moved(given, units(text[:lead]), units(trimmed)))
    if trimmed:
        given.extend(_found(trimmed, given))
    given.sort(key=lambda entity: (entity.offset, -entity.length))
    return FormattedText(trimmed, given)


def _checked(
    text: str, entities: Iterable[TlObject], overflow: Literal["refuse", "clip"]
) -> Iterator[TlObject]:
    encoded = text.encode("utf-16-le")
    size = len(encoded) // 2

    def splits_a_pair(position: int) -> bool:
        return position < size and 0xDC <= encoded[2 * position + 1] <= 0xDF

    for given in entities:
        entity = copy.copy(given)
        if entity.offset < 0 or entity.length <= 0 or entity.offset >= size:
            raise refusal("ENTITY_BOUNDS_INVALID")
        if entity.offset + entity.length > size:
            if overflow == "refuse":
                raise refusal("ENTITY_BOUNDS_INVALID")
            entity.length = size - entity.offset
        if splits_a_pair(entity.offset) or splits_a_pair(entity.offset + entity.length):
            raise refusal("ENTITY_BOUNDS_INVALID")
        yield entity


def _moved(entities: Iterable[TlObject], lead: int, size: int) -> Iterator[TlObject]:
    """The entities of a text of which `lead` units were cut in front and `size` are left."""
    for entity in entities:
        start = max(entity.offset - lead, 0)
        end = min(entity.offset + entity.length - lead, size)
        if end > start:
            entity.offset, entity.length = start, end - start
            yield entity


def _found(text: str, given: list[TlObject]) -> Iterator[TlObject]:
    taken = [
        (entity.offset, entity.offset + entity.length)
        for entity in given
        if isinstance(entity, _OPAQUE)
    ]
    same = {(type(entity), entity.offset) for entity in given}
    for make, pattern in _FOUND:
        for match in pattern.finditer(text):
            start = units(text[: match.start()])
            end = start + units(match.group())
            if any(start < other_end and end > other for other, other_end in taken):
                continue
            entity = make(start, end - start)
            if (type(entity), start) not in same:
                taken.append((start, end))
                yield entity
