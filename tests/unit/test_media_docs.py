"""docs/media.md tells of every kind, its ways and its tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from daemon.core import media
from daemon.core.media import Way
from daemon.core.model import MediaKind
from tests.builders import a_media

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/media.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ")][1:]
WORDS = {
    Way.COPY: ("sent again", "rebuilt"),
    Way.UPLOAD: ("uploaded",),
    Way.FORWARD: ("forwarded",),
}


@pytest.mark.parametrize("kind", MediaKind)
def test_each_kind_has_a_row_with_its_ways(kind: MediaKind) -> None:
    (row,) = [row for row in ROWS if f"`{kind}`" in row.split("|")[1]]
    to_staff, to_customer = row.split("|")[2:4]
    ways = media.ways([a_media(kind)])
    for way, words in WORDS.items():
        said = any(word in to_staff.split(".")[0] for word in words)
        assert said == (way in ways), f"{kind}: {way} against “{to_staff.strip()}”"
    assert "link" in to_staff
    assert "not sent" in to_customer


def test_the_tests_it_names_are_there() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE))
    assert named
    assert not [path for path in named if not (ROOT / path).exists()]
