"""When something refused is asked for again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from daemon.telegram.repetition import Repetition


class Timers:
    """A loop's timers: the pauses that were asked for, and what is due after the last one."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.due: Callable[[], object] = lambda: None

    def call_later(self, pause_s: float, due: Callable[[], object]) -> object:
        self.pauses.append(pause_s)
        self.due = due
        return self


@pytest.fixture
def timers(monkeypatch: pytest.MonkeyPatch) -> Timers:
    made = Timers()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: made)
    return made


def test_pauses_grow_up_to_half_a_minute_and_begin_anew_after_an_answer(timers: Timers) -> None:
    repetition = Repetition(lambda: None)
    for _ in range(7):
        repetition.refused()
        timers.due()
    assert timers.pauses == [1, 2, 4, 8, 16, 30, 30]
    repetition.answered()
    repetition.refused()
    assert timers.pauses[7:] == [1]


def test_what_telegram_says_is_waited_for_once(timers: Timers) -> None:
    repetition = Repetition(lambda: None)
    repetition.told_to_wait(7)
    repetition.refused()
    timers.due()
    repetition.refused()
    assert timers.pauses == [7, 2]


def test_several_that_are_refused_together_are_asked_for_once(timers: Timers) -> None:
    asked: list[None] = []
    repetition = Repetition(lambda: asked.append(None))
    repetition.refused()
    repetition.refused()
    timers.due()
    assert (timers.pauses, asked) == ([1], [None])
