"""A scene for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clocks import LeapingClock
from tests.scene import Scene, a_scene


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with a_scene(tmp_path) as made:
        yield made


@pytest.fixture
async def leaping() -> AsyncIterator[LeapingClock]:
    async with LeapingClock().running() as clock:
        yield clock
