"""Text entities, Telegram's and ours.

https://core.telegram.org/api/entities
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from telethon.tl import types

from daemon.core.text import Entity, Text

_PREFIX = "MessageEntity"


def to_text(text: str | None, entities: Iterable[Any] | None) -> Text:
    return Text(text or "", tuple(_to_entity(entity) for entity in entities or ()))


def _to_entity(entity: Any) -> Entity:
    return Entity(
        type=type(entity).__name__.removeprefix(_PREFIX),
        offset=entity.offset,
        length=entity.length,
        url=getattr(entity, "url", None),
        user_id=getattr(entity, "user_id", None),
        language=getattr(entity, "language", None),
        document_id=getattr(entity, "document_id", None),
        collapsed=bool(getattr(entity, "collapsed", None)),
    )


def to_tl(text: Text) -> list[Any]:
    """The entities to send with a text; kinds that cannot be sent are left out."""
    return [tl for entity in text.entities if (tl := _entity_to_tl(entity)) is not None]


_PLAIN = frozenset({"Bold", "Italic", "Code", "Underline", "Strike", "Spoiler"})


def _entity_to_tl(entity: Entity) -> Any | None:
    place = (entity.offset, entity.length)
    if entity.type in _PLAIN:
        return getattr(types, _PREFIX + entity.type)(*place)
    tl = None  # mentions, links, hashtags: the server finds these in any text by itself
    match entity.type:
        case "MentionName" if entity.user_id is not None:
            # A bot may name a user by id alone; the mention must hold an InputUser, not a peer.
            user = types.InputUser(entity.user_id, 0)
            tl = types.InputMessageEntityMentionName(*place, user)
        case "TextUrl":
            tl = types.MessageEntityTextUrl(*place, url=entity.url or "")
        case "Pre":
            tl = types.MessageEntityPre(*place, language=entity.language or "")
        case "CustomEmoji":
            tl = types.MessageEntityCustomEmoji(*place, document_id=entity.document_id or 0)
        case "Blockquote":
            tl = types.MessageEntityBlockquote(*place, collapsed=entity.collapsed or None)
    return tl
