"""Media on the way out, sent again without a download: files by their id and file reference,
what is no file rebuilt from what it says.

https://core.telegram.org/type/InputMedia
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from telethon.extensions import BinaryReader
from telethon.tl import types

from daemon.core.model import Media
from daemon.telegram.media import right_answers


def to_input_media(media: Media) -> Any:
    """Raises `TypeError` for what can neither be sent again nor rebuilt."""
    return rebuilt(message_media_of(media))


def rebuilt(message_media: Any) -> Any:
    """The same for media as Telegram sent them."""
    build = _BUILD.get(type(message_media))
    if build is None:
        raise TypeError(f"{type(message_media).__name__} cannot be sent again")
    return build(message_media)


def message_media_of(media: Media) -> Any:
    """The media as Telegram sent it."""
    with BinaryReader(media.blob) as reader:
        return reader.tgread_object()


def _photo(media: Any) -> Any:
    moving = isinstance(media.video, types.Document)
    return types.InputMediaPhoto(
        _photo_reference(media.photo),
        spoiler=media.spoiler,
        live_photo=media.live_photo if moving else None,
        video=_document_reference(media.video) if moving else None,
    )


def _document(media: Any) -> Any:
    cover = media.video_cover
    return types.InputMediaDocument(
        _document_reference(media.document),
        spoiler=media.spoiler,
        video_cover=_photo_reference(cover) if isinstance(cover, types.Photo) else None,
        video_timestamp=media.video_timestamp,
    )


def _photo_reference(photo: Any) -> Any:
    return types.InputPhoto(photo.id, photo.access_hash, photo.file_reference)


def _document_reference(document: Any) -> Any:
    return types.InputDocument(document.id, document.access_hash, document.file_reference)


def _contact(media: Any) -> Any:
    return types.InputMediaContact(
        media.phone_number, media.first_name, media.last_name, media.vcard
    )


def _location(media: Any) -> Any:
    """A live location becomes the place where it was when it was copied."""
    return types.InputMediaGeoPoint(_point(media.geo))


def _venue(media: Any) -> Any:
    return types.InputMediaVenue(
        _point(media.geo),
        media.title,
        media.address,
        media.provider,
        media.venue_id,
        media.venue_type,
    )


def _point(geo: Any) -> Any:
    return types.InputGeoPoint(geo.lat, geo.long, geo.accuracy_radius)


def _poll(media: Any) -> Any:
    """The same question, without its votes, its pictures, an end that may be past and custom
    emoji, which few bots may send."""
    poll = media.poll
    copy = types.Poll(
        id=0,
        question=_plain(poll.question),
        answers=[types.InputPollAnswer(_plain(answer.text)) for answer in poll.answers],
        hash=0,
        closed=poll.closed,
        public_voters=poll.public_voters,
        multiple_choice=poll.multiple_choice,
        quiz=poll.quiz,
    )
    return types.InputMediaPoll(copy, correct_answers=right_answers(media) if poll.quiz else None)


def _plain(text: Any) -> Any:
    return types.TextWithEntities(text.text, [])


_BUILD: dict[type, Callable[[Any], Any]] = {
    types.MessageMediaPhoto: _photo,
    types.MessageMediaDocument: _document,
    types.MessageMediaContact: _contact,
    types.MessageMediaGeo: _location,
    types.MessageMediaGeoLive: _location,
    types.MessageMediaVenue: _venue,
    types.MessageMediaPoll: _poll,
}
