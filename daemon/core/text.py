"""Text with entities, as Telegram counts it: offsets and lengths in UTF-16 units.

https://core.telegram.org/api/entities
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from string import Formatter

MESSAGE_LIMIT = 4096
"""Longest text of a message, in UTF-16 units (Telegram counts characters: never fewer)."""

CAPTION_LIMIT = 1024
"""Longest caption of a media message, in UTF-16 units."""

_HEADER_VALUE_LIMIT = 128
"""Longest name or title shown in a header, in characters; Telegram's own limit for both."""

_ENDING = 24
"""Characters kept at the end of a file name that is too long."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A formatted stretch of a text. `type` is the entity's constructor without its prefix
    `MessageEntity`, for example `Bold`, `Pre`, `MentionName`."""

    type: str
    offset: int
    length: int
    url: str | None = None
    user_id: int | None = None
    language: str | None = None
    document_id: int | None = None
    collapsed: bool = False

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class Text:
    """A text and its formatting. Never parsed as markup, on no way."""

    text: str = ""
    entities: tuple[Entity, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text)

    def __add__(self, other: Text) -> Text:
        if not other.entities:
            return Text(self.text + other.text, self.entities)
        shift = utf16_len(self.text)
        shifted = tuple(replace(e, offset=e.offset + shift) for e in other.entities)
        return Text(self.text + other.text, self.entities + shifted)

    def cut(self, start: int, end: int) -> Text:
        """The stretch from `start` to `end` (UTF-16 units), entities clipped to it."""
        units = self.text.encode("utf-16-le", "surrogatepass")
        text = units[start * 2 : end * 2].decode("utf-16-le", "surrogatepass")
        entities = []
        for entity in self.entities:
            first, last = max(entity.offset, start), min(entity.end, end)
            if first < last:
                entities.append(replace(entity, offset=first - start, length=last - first))
        return Text(text, tuple(entities))

    def strip(self) -> Text:
        """Without the white space at both ends."""
        start = utf16_len(self.text) - utf16_len(self.text.lstrip())
        return self.cut(start, utf16_len(self.text.rstrip()))

    def without(self, start: int, end: int) -> Text:
        """The text with a stretch (UTF-16 units) taken out, and one of the spaces around it."""
        before, after = self.cut(0, start), self.cut(end, utf16_len(self.text))
        if after.text.startswith(" ") and (not before.text or before.text[-1].isspace()):
            after = after.cut(1, utf16_len(after.text))
        return before + after


def utf16_len(text: str) -> int:
    """Length in UTF-16 units, the unit of every offset in Telegram's entities."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def joined(texts: Iterable[Text], separator: str = "\n") -> Text:
    """The texts that are not empty, with the separator between them."""
    result = Text()
    for text in texts:
        if text:
            result = result + Text(separator) + text if result else text
    return result


def split(text: Text, first_limit: int, limit: int = MESSAGE_LIMIT) -> Iterator[Text]:
    """Parts no longer than `first_limit`, then `limit` UTF-16 units, cut at a line break or a
    space where one is near; never inside a surrogate pair, nor inside an entity that fits into
    `limit`: the first part is empty where only that keeps one whole. An entity that does not fit,
    or that ends within what is seen as one character, goes on in the next part."""
    rest, room = text, first_limit
    while utf16_len(rest.text) > max(0, room):
        at = _cutting_point(rest, room, limit)
        yield rest.cut(0, at)
        rest, room = rest.cut(at, utf16_len(rest.text)), limit
    yield rest


def _cutting_point(text: Text, room: int, limit: int) -> int:
    """Where to cut, in UTF-16 units; 0 where there is no room, or only a part of `limit` has room
    for the entities that the text begins with."""
    candidates = _good_places(text, room)
    for each in candidates:
        if at := _in_front_of_entities(text.entities, each, limit):
            return at
    if room < limit and any(
        _in_front_of_entities(text.entities, each, limit) for each in _good_places(text, limit)
    ):
        return 0
    return candidates[0]


def _good_places(text: Text, room: int) -> list[int]:
    """Ends of what fits in, the best first, whatever the entities are."""
    head = _fitting(text.text, room)
    softly = (head[: head.rfind(mark) + 1] for mark in ("\n", " "))
    near = [soft for soft in softly if len(soft) > len(head) // 2]
    # A place that is not near serves an entity that begins the text: it may end in time.
    return [utf16_len(each) for each in (*near, head)]


def _fitting(text: str, room: int) -> str:
    """The characters that fit in, without those whose marks and joined emoji would not."""
    units = 0
    for index, character in enumerate(text):
        units += 2 if ord(character) > 0xFFFF else 1
        if units > room:
            end = index
            while end and _belong_together(text[end - 1], text[end]):
                end -= 1
            return text[: end or index]
    return text


def _belong_together(character: str, following: str) -> bool:
    return (
        _ZERO_WIDTH_JOINER in (character, following)
        or unicodedata.category(following) in {"Mn", "Mc", "Me"}
        or following in _SKIN_TONES
    )


def _in_front_of_entities(entities: Iterable[Entity], at: int, limit: int) -> int:
    """The last place up to `at` that is inside no entity, but those too long for any part."""
    whole = [entity for entity in entities if entity.length <= limit]
    while inside := [entity.offset for entity in whole if entity.offset < at < entity.end]:
        at = min(inside)
    return at


def clean(value: str) -> str:
    """A name or title made fit for one line of a header: line breaks become spaces; control
    and format characters, which could turn the text around or hide in it, are taken out. Empty
    where nothing is left to be seen."""
    return _line(_line(value)[:_HEADER_VALUE_LIMIT])


def without_at(name: str) -> str:
    """A person's name like `clean`, without the signs that would make a username of it."""
    return clean(name.translate(_AT_SIGNS))


_AT_SIGNS = str.maketrans("", "", "@＠﹫")


def one_line(value: str) -> str:
    """A text like `clean`, however long."""
    return _line(value)


def quoted(value: str) -> Text:
    """A word that somebody wrote, fit for a line and as a monospaced stretch: so Telegram makes no
    link, mention or command of it. Empty where nothing of it can be seen."""
    line = clean(value)
    return Text(line, (Entity("Code", 0, utf16_len(line)),) if line else ())


def clean_file_name(name: str) -> str:
    """A file name made fit for one line, like `clean`. A long one loses its middle: people go by
    how it begins and by its ending. Empty where nothing is left to be seen."""
    line = _line(name)
    if len(line) <= _HEADER_VALUE_LIMIT:
        return line
    return f"{line[: _HEADER_VALUE_LIMIT - _ENDING - 1].rstrip()}…{line[-_ENDING:].lstrip()}"


def _line(value: str) -> str:
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    line = " ".join("".join(_in_line(character) for character in value).split())
    return line if any(map(_is_seen, line)) else ""


def _in_line(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in _JOINERS:
        return ""
    return character


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CMZ" and character not in _FILLERS


_JOINERS = frozenset({"\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))})
"""Format characters that scripts and emoji are written with."""

_ZERO_WIDTH_JOINER = "\u200d"

_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))

_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that show nothing."""


def fill(template: str, **values: Text | str) -> Text:
    """A template's `{name}` places filled in; a value's entities move along with it."""
    result = Text()
    for literal, name, _spec, _conversion in Formatter().parse(template):
        result += Text(literal)
        if name is not None:
            value = values[name]
            result += value if isinstance(value, Text) else Text(value)
    return result
