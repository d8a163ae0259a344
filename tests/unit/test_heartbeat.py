"""The relay's note of itself."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from daemon import heartbeat
from daemon.core.condition import Phase
from daemon.heartbeat import Heartbeat
from daemon.relay.clock import Clock

NOW = 1_737_456_789_000


class Beats:
    """A clock whose sleeper is woken by hand."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self.now = NOW
        self.clock = replace(Clock(), now_ms=lambda: self.now, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        assert seconds == 10
        await self._woken.wait()
        self._woken.clear()

    def next(self) -> None:
        self.now += 10_000
        self._woken.set()


def phase_in(path: Path) -> Phase | None:
    note = heartbeat.read(path)
    return note.phase if note else None


async def test_it_is_written_at_each_phase_and_every_ten_seconds(tmp_path: Path) -> None:
    path, beats = tmp_path / "note", Beats()
    heart = Heartbeat(path, beats.clock)
    assert not path.exists()
    async with heart.beating(str):
        assert phase_in(path) is Phase.STARTING
        await heart.enter(Phase.RUNNING, "support_bot")
        heart.feel(lambda: (NOW + 5, NOW + 6))
        first = heartbeat.read(path)
        assert first is not None
        assert (first.bot, first.heard_at) == ("support_bot", None)
        beats.next()
        async with asyncio.timeout(5):
            while heart.written_at == NOW:  # noqa: ASYNC110 a thread writes it
                await asyncio.sleep(0.005)
        second = heartbeat.read(path)
        assert second is not None
        assert (second.heard_at, second.sent_at) == (NOW + 5, NOW + 6)
        assert (second.phase_since, second.written_at) == (NOW, NOW + 10_000)
        beats.now += 90_000  # and no beat: the event loop hangs
        assert heart.note.written_at == NOW + 100_000
        assert heart.written_at == NOW + 10_000
    assert phase_in(path) is Phase.STOPPED
    assert os.listdir(tmp_path) == ["note"]


async def test_how_it_failed_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "note"
    heart = Heartbeat(path, Beats().clock)
    with pytest.raises(ZeroDivisionError):
        async with heart.beating(lambda error: f"in words: {error}"):
            raise ZeroDivisionError("nothing")
    note = heartbeat.read(path)
    assert note is not None
    assert (note.phase, note.trouble and note.trouble.reason) == (
        Phase.FAILED,
        "in words: nothing",
    )


async def test_a_note_that_cannot_be_written_is_told_once_and_stops_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "missing" / "note"
    heart = Heartbeat(path, Beats().clock)
    with structlog.testing.capture_logs() as logged:
        async with heart.beating(str):
            await heart.enter(Phase.RUNNING)
            path.parent.mkdir()
            await heart.enter(Phase.STOPPING)
            assert phase_in(path) is Phase.STOPPING
    (line,) = logged
    assert (line["event"], line["log_level"]) == ("status.failed", "warning")


def test_what_is_no_note_is_none(tmp_path: Path) -> None:
    path = tmp_path / "note"
    for content in ("", "{", "{}", '{"phase":"asleep"}', "[]"):
        path.write_text(content)
        assert heartbeat.read(path) is None
