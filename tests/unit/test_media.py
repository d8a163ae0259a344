"""Kinds of media: their names, and how they are grouped."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from daemon.core import media
from daemon.core.media import Way
from daemon.core.model import Media, MediaKind
from tests.builders import TEXTS, a_media

Kind = MediaKind


@pytest.mark.parametrize(
    "kind, facts, label",
    [
        (Kind.PHOTO, {"size_bytes": 9}, "📷 Photo"),
        (Kind.VIDEO, {"duration_s": 5, "size_bytes": 48_400}, "🎬 Video (0:05, 48 KB)"),
        (
            Kind.VIDEO,
            {"file_name": "a.mp4", "duration_s": 61},
            "🎬 Video: a.mp4 (1:01)",
        ),
        (Kind.ANIMATION, {"duration_s": 2, "size_bytes": 300}, "🎞 GIF (0:02, 300 B)"),
        (
            Kind.DOCUMENT,
            {"file_name": "report.pdf", "size_bytes": 20_000},
            "📄 Document: report.pdf (20 KB)",
        ),
        (Kind.DOCUMENT, {}, "📄 Document"),
        (
            Kind.AUDIO,
            {"title": "Somebody – Song", "file_name": "s.mp3", "duration_s": 3661, "size_bytes": 1},
            "🎵 Music: Somebody – Song (1:01:01, 1 B)",
        ),
        (Kind.VOICE, {"duration_s": 3, "size_bytes": 8_000}, "🎤 Voice message (0:03)"),
        (Kind.VIDEO_NOTE, {"duration_s": 59, "size_bytes": 8_000}, "📹 Video message (0:59)"),
        (Kind.STICKER, {"title": "👍"}, "🌟 Sticker: 👍"),
        (Kind.CONTACT, {"title": "Zoë, +49 1"}, "👤 Contact: Zoë, +49 1"),
        (Kind.LOCATION, {}, "📍 Location"),
        (Kind.VENUE, {"title": "Town Hall"}, "📍 Place: Town Hall"),
        (Kind.POLL, {"title": "Tea?\n☕"}, "📊 Poll: Tea? ☕"),
        (Kind.DICE, {"title": "🎯 4"}, "🎲 Dice: 🎯 4"),
        (Kind.UNSUPPORTED, {}, "❓ Unsupported message"),
    ],
)
def test_labels(kind: MediaKind, facts: dict[str, Any], label: str) -> None:
    assert media.label(TEXTS, a_media(kind, **facts)) == label


@pytest.mark.parametrize("kind", MediaKind)
def test_every_kind_has_a_name(kind: MediaKind) -> None:
    assert media.label(TEXTS, a_media(kind))[0] not in " :("


@pytest.mark.parametrize("name", ["\u202e", "\n \t", "\u200b\u200b"])
def test_a_name_that_shows_nothing_is_none(name: str) -> None:
    shown = media.label(TEXTS, a_media(Kind.DOCUMENT, title=name, file_name=name))
    assert shown == "📄 Document"


def test_a_long_file_name_keeps_its_beginning_and_its_ending() -> None:
    label = media.label(TEXTS, a_media(Kind.DOCUMENT, file_name="invoice" + "x" * 5000 + ".exe"))
    assert label.startswith("📄 Document: invoicexx")
    assert label.endswith("xx.exe")
    assert len(label) < 150


@pytest.mark.parametrize(
    "count, shown",
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (60_000_000, "60.0 MB"),
        (999_949_999, "999.9 MB"),
        (2_000_000_000, "2.0 GB"),
    ],
)
def test_sizes(count: int, shown: str) -> None:
    assert media.size(count) == shown


def grouped(*kinds: MediaKind) -> list[int]:
    items = [a_media(kind) for kind in kinds]
    groups = list(media.messages_of(items))
    assert [item for group in groups for item in group] == items
    return [len(group) for group in groups]


def test_albums_are_of_what_may_stand_together() -> None:
    assert grouped() == []
    assert grouped(Kind.PHOTO, Kind.VIDEO, Kind.PHOTO) == [3]
    assert grouped(Kind.DOCUMENT, Kind.DOCUMENT, Kind.AUDIO, Kind.AUDIO, Kind.PHOTO) == [2, 2, 1]
    assert grouped(Kind.VOICE, Kind.VOICE, Kind.POLL) == [1, 1, 1]


def test_an_album_has_ten_parts_at_most() -> None:
    assert grouped(*[Kind.PHOTO] * 23) == [10, 10, 3]


@pytest.mark.parametrize("kind", [Kind.STICKER, Kind.VIDEO_NOTE, Kind.LOCATION, Kind.DICE])
def test_what_can_have_no_caption(kind: MediaKind) -> None:
    photo: Media = a_media(Kind.PHOTO)
    assert media.takes_caption([photo])
    assert not media.takes_caption([photo, a_media(kind)])


@pytest.mark.parametrize("kind", Kind)
def test_the_ways_of_a_kind_come_to_an_end(kind: MediaKind) -> None:
    item = a_media(kind)
    ways = media.ways([item])
    assert media.is_copyable(item) == bool(ways)
    assert len(set(ways)) == len(ways)
    for way, after in pairwise([*ways, None]):
        assert way is not None
        assert media.way_after([item], way) is after


def test_what_is_no_file_is_never_downloaded() -> None:
    for kind in (Kind.POLL, Kind.CONTACT, Kind.VENUE, Kind.DICE, Kind.STORY):
        assert Way.UPLOAD not in media.ways([a_media(kind)])


def test_an_album_goes_the_ways_that_all_its_parts_have() -> None:
    photos = [a_media(Kind.PHOTO), a_media(Kind.VIDEO)]
    assert media.ways(photos) == (Way.COPY, Way.UPLOAD)
    assert media.ways([*photos, a_media(Kind.POLL)]) == (Way.COPY,)
