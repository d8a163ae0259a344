"""Kinds of media: what people call them, how they are grouped, on which ways they are copied.

https://core.telegram.org/api/files
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from enum import StrEnum

from daemon.core.model import Media, MediaKind
from daemon.core.text import clean, clean_file_name
from daemon.core.texts import Texts

ALBUM_LIMIT = 10
"""Messages of one album: https://core.telegram.org/api/files#albums-grouped-media"""


class Way(StrEnum):
    """How media get into another chat."""

    COPY = "copy"
    """Sent again by their file reference, or rebuilt: nothing is downloaded."""
    UPLOAD = "upload"
    """Downloaded and uploaded again."""
    FORWARD = "forward"
    """Forwarded without naming the author. A forwarded message has no header and replies to
    nothing: https://core.telegram.org/method/messages.forwardMessages"""


_FILE = (Way.COPY, Way.UPLOAD)
_REBUILT = (Way.COPY,)
_FORWARDED = (Way.FORWARD,)
_WAYS: dict[MediaKind, tuple[Way, ...]] = {
    MediaKind.PHOTO: _FILE,
    MediaKind.VIDEO: _FILE,
    MediaKind.ANIMATION: _FILE,
    MediaKind.DOCUMENT: _FILE,
    MediaKind.AUDIO: _FILE,
    MediaKind.VOICE: _FILE,
    MediaKind.VIDEO_NOTE: _FILE,
    MediaKind.STICKER: _FILE,
    MediaKind.CONTACT: _REBUILT,
    MediaKind.LOCATION: _REBUILT,
    MediaKind.LIVE_LOCATION: _REBUILT,
    MediaKind.VENUE: _REBUILT,
    MediaKind.POLL: _REBUILT,
    MediaKind.DICE: _FORWARDED,
    MediaKind.GAME: _FORWARDED,
    MediaKind.STORY: _FORWARDED,
    MediaKind.INVOICE: _FORWARDED,
}
"""The ways of each kind, in the order in which they are tried. For a kind that is not here there is
none."""

_CAPTIONED = frozenset(
    {
        MediaKind.PHOTO,
        MediaKind.VIDEO,
        MediaKind.ANIMATION,
        MediaKind.DOCUMENT,
        MediaKind.AUDIO,
        MediaKind.VOICE,
    }
)
_ALBUMS = {
    MediaKind.PHOTO: "photos and videos",
    MediaKind.VIDEO: "photos and videos",
    MediaKind.DOCUMENT: "documents",
    MediaKind.AUDIO: "music",
}
"""What may stand together in an album."""

_SIZE_SHOWN = frozenset({MediaKind.VIDEO, MediaKind.ANIMATION, MediaKind.DOCUMENT, MediaKind.AUDIO})


def is_copyable(media: Media) -> bool:
    """Whether there is any way at all to have the media in another chat."""
    return media.kind in _WAYS


def ways(media: Sequence[Media]) -> tuple[Way, ...]:
    """The ways of a message with these media: those that all of them have."""
    first, *others = (_WAYS.get(item.kind, ()) for item in media)
    return tuple(way for way in first if all(way in other for other in others))


def way_after(media: Sequence[Media], way: Way) -> Way | None:
    """What is left where a way has failed."""
    left = itertools.dropwhile(lambda other: other is not way, ways(media))
    return next(itertools.islice(left, 1, None), None)


def takes_caption(media: Sequence[Media]) -> bool:
    """Whether a message with these media can have a text of its own."""
    return all(item.kind in _CAPTIONED for item in media)


def messages_of(media: Sequence[Media]) -> Iterator[tuple[Media, ...]]:
    """The media as they go out together: albums of what may stand in one, each other alone."""
    for album, items in itertools.groupby(media, lambda item: _ALBUMS.get(item.kind)):
        alone = list(items)
        size = ALBUM_LIMIT if album else 1
        for start in range(0, len(alone), size):
            yield tuple(alone[start : start + size])


def label(texts: Texts, media: Media) -> str:
    """What people call the media, in one line: `📄 Document: report.pdf (20 KB)`."""
    shown: str = getattr(texts, f"kind_{media.kind}")
    name = clean(media.title) or clean_file_name(media.file_name)
    if name:
        shown += f": {name}"
    details = []
    if media.duration_s:
        details.append(duration(media.duration_s))
    if media.size_bytes and media.kind in _SIZE_SHOWN:
        details.append(size(media.size_bytes))
    return f"{shown} ({', '.join(details)})" if details else shown


def duration(seconds: int) -> str:
    """`0:05`, `3:00`, `1:01:01`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: int) -> str:
    """Bytes for people: `999 B`, `20 KB`, `1.5 MB`; 1 KB is 1,000 bytes, as in the
    configuration."""
    if count < 1_000:
        return f"{count} B"
    if count < 999_500:
        return f"{count / 1_000:.0f} KB"
    if count < 999_950_000:
        return f"{count / 1_000_000:.1f} MB"
    return f"{count / 1_000_000_000:.1f} GB"
