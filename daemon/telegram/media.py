"""Media of messages on the way in: which kind it is, and what people would call it by.

https://core.telegram.org/type/MessageMedia
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from telethon.tl import types

from daemon.core.model import Media, MediaKind, MessageKey

_NO_MEDIA = (type(None), types.MessageMediaEmpty, types.MessageMediaWebPage)
"""A link preview is made by the server again from the copied text."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a medium tells of itself."""

    kind: MediaKind
    title: str = ""
    file_name: str = ""
    size_bytes: int = 0
    duration_s: int = 0


def to_media(media: Any, source: MessageKey) -> Media | None:
    """What a message carries beside its text; None where that is nothing."""
    if isinstance(media, _NO_MEDIA):
        return None
    facts = _facts(media)
    return Media(
        kind=facts.kind,
        source=source,
        blob=bytes(media),
        title=facts.title,
        file_name=facts.file_name,
        size_bytes=facts.size_bytes,
        duration_s=facts.duration_s,
        file_id=_file_id(media),
    )


def _file_id(media: Any) -> int:
    file = getattr(media, "photo", None) or getattr(media, "document", None)
    return int(getattr(file, "id", 0))


def _facts(media: Any) -> _Facts:
    if getattr(media, "ttl_seconds", None):
        return _Facts(MediaKind.SELF_DESTRUCTING)
    tell = _TELL.get(type(media))
    facts = tell(media) if tell else None
    return facts or _Facts(MediaKind.UNSUPPORTED, title=_name(media))


def _name(media: Any) -> str:
    """The constructor, which says more than nothing of a kind that is not known."""
    return type(media).__name__.removeprefix("MessageMedia").replace("Unsupported", "")


def _photo(media: Any) -> _Facts | None:
    return _Facts(MediaKind.PHOTO) if isinstance(media.photo, types.Photo) else None


def _document(media: Any) -> _Facts | None:
    """https://core.telegram.org/api/files: the attributes tell what a document is."""
    document = media.document
    if not isinstance(document, types.Document):
        return None
    attributes = {type(attribute): attribute for attribute in document.attributes}
    name = attributes.get(types.DocumentAttributeFilename)
    sticker = attributes.get(types.DocumentAttributeSticker)
    video = attributes.get(types.DocumentAttributeVideo)
    audio = attributes.get(types.DocumentAttributeAudio)
    kind, title = MediaKind.DOCUMENT, ""
    if sticker is not None:
        return _Facts(MediaKind.STICKER, title=sticker.alt)
    if types.DocumentAttributeAnimated in attributes:
        kind = MediaKind.ANIMATION
    elif video is not None:
        kind = MediaKind.VIDEO_NOTE if video.round_message else MediaKind.VIDEO
    elif audio is not None:
        kind = MediaKind.VOICE if audio.voice else MediaKind.AUDIO
        title = " – ".join(filter(None, (audio.performer, audio.title)))
    plays = video or audio
    return _Facts(
        kind,
        title=title,
        file_name="" if name is None else name.file_name,
        size_bytes=max(0, document.size),
        duration_s=max(0, round(plays.duration)) if plays else 0,
    )


def _contact(media: Any) -> _Facts:
    name = f"{media.first_name} {media.last_name}".strip()
    return _Facts(MediaKind.CONTACT, title=", ".join(filter(None, (name, media.phone_number))))


def _geo(kind: MediaKind) -> Callable[[Any], _Facts | None]:
    def facts(media: Any) -> _Facts | None:
        if not isinstance(media.geo, types.GeoPoint):
            return None
        return _Facts(kind, title=getattr(media, "title", ""))

    return facts


def _poll(media: Any) -> _Facts:
    kind = MediaKind.POLL
    if media.poll.quiz and not right_answers(media):
        kind = MediaKind.QUIZ
    return _Facts(kind, title=media.poll.question.text)


def right_answers(media: Any) -> list[int]:
    """Places of the right answers of a quiz, as far as the bot is told: those of a closed one.

    https://core.telegram.org/constructor/pollAnswerVoters"""
    right = {voters.option for voters in media.results.results or () if voters.correct}
    return [place for place, answer in enumerate(media.poll.answers) if answer.option in right]


_TELL: dict[type, Callable[[Any], _Facts | None]] = {
    types.MessageMediaPhoto: _photo,
    types.MessageMediaDocument: _document,
    types.MessageMediaContact: _contact,
    types.MessageMediaGeo: _geo(MediaKind.LOCATION),
    types.MessageMediaGeoLive: _geo(MediaKind.LIVE_LOCATION),
    types.MessageMediaVenue: _geo(MediaKind.VENUE),
    types.MessageMediaPoll: _poll,
    types.MessageMediaDice: lambda m: _Facts(MediaKind.DICE, title=f"{m.emoticon} {m.value}"),
    types.MessageMediaGame: lambda m: _Facts(MediaKind.GAME, title=m.game.title),
    types.MessageMediaStory: lambda _: _Facts(MediaKind.STORY),
    types.MessageMediaInvoice: lambda m: _Facts(MediaKind.INVOICE, title=m.title),
    types.MessageMediaPaidMedia: lambda _: _Facts(MediaKind.PAID_MEDIA),
    types.MessageMediaGiveaway: lambda _: _Facts(MediaKind.GIVEAWAY),
    types.MessageMediaGiveawayResults: lambda _: _Facts(MediaKind.GIVEAWAY),
    types.MessageMediaToDo: lambda m: _Facts(MediaKind.CHECKLIST, title=m.todo.title.text),
}
