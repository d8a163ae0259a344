"""Groups and messages as one person's client received them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from telethon import utils
from telethon.tl import types

from tests.loopback.transcript import describe


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a message, as its reader's client knows."""

    id: int
    name: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A part of a text that means somebody: by username, or by id."""

    start: int
    end: int
    user_id: int | None
    """None where the text itself, a username, says who it is."""


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """`id` and `reply_to` are those of the reader."""

    id: int
    chat_id: int
    author: Author
    text: str
    mentions: tuple[Mention, ...]
    reply_to: int | None
    media: Any
    """As Telethon gives it; None if there is none."""

    @property
    def media_shown(self) -> str | None:
        """The media in brackets: [photo 12 KB]."""
        return None if self.media is None else describe(self.media)

    @property
    def summary(self) -> str:
        """All of it on one line."""
        return " ".join(part for part in (self.media_shown, self.text) if part)


@dataclass(frozen=True, slots=True)
class GroupSeen:
    """A group as it stands in somebody's list of chats."""

    chat_id: int
    title: str
    watcher: str
    """Who it is that sees it."""


def seen_message(message: Any, known: Mapping[int, Any]) -> SeenMessage:
    """From a Telethon message and the users and chats that its reader knows, by marked id."""
    chat_id = utils.get_peer_id(message.peer_id)
    return SeenMessage(
        id=message.id,
        chat_id=chat_id,
        author=_author(chat_id if message.from_id is None else message.from_id, known),
        text=message.message,
        mentions=tuple(_mentions(message.message, message.entities or ())),
        reply_to=None if message.reply_to is None else message.reply_to.reply_to_msg_id,
        media=message.media,
    )


def _author(peer: Any, known: Mapping[int, Any]) -> Author:
    author_id = utils.get_peer_id(peer)
    entity = known.get(author_id)
    if entity is None:
        return Author(author_id, str(author_id))
    return Author(author_id, utils.get_display_name(entity), bool(getattr(entity, "bot", False)))


def _mentions(text: str, entities: Iterable[Any]) -> Iterable[Mention]:
    for entity in entities:
        if isinstance(entity, types.MessageEntityMentionName):
            user_id = entity.user_id
        elif isinstance(entity, types.MessageEntityMention):
            user_id = None
        else:
            continue
        start = _position(text, entity.offset)
        yield Mention(start, _position(text, entity.offset + entity.length), user_id)


def _position(text: str, units: int) -> int:
    """Where in a Python string so many UTF-16 code units end."""
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", errors="ignore"))
