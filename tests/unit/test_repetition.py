"""When something refused is asked for again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from daemon.telegram.repetition import Repetition


class Timer:
    """The pauses that were asked for, and what is due after the last one."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.due: Callable[[], None] = lambda: None

    def __call__(self, pause_s: float, due: Callable[[], None]) -> None:
        self.pauses.append(pause_s)
        self.due = due


@pytest.fixture
def timer() -> Timer:
    return Timer()


def test_pauses_grow_up_to_half_a_minute_and_begin_anew_after_an_answer(timer: Timer) -> None:
    repetition = Repetition(lambda: None, timer)
    for _ in range(7):
        repetition.refused()
        timer.due()
    assert timer.pauses == [1, 2, 4, 8, 16, 30, 30]
    repetition.answered()
    repetition.refused()
    assert timer.pauses[7:] == [1]


def test_what_telegram_says_is_waited_for_once(timer: Timer) -> None:
    repetition = Repetition(lambda: None, timer)
    repetition.told_to_wait(7)
    repetition.refused()
    timer.due()
    repetition.refused()
    assert timer.pauses == [7, 2]


def test_several_that_are_refused_together_are_asked_for_once(timer: Timer) -> None:
    asked: list[None] = []
    repetition = Repetition(lambda: asked.append(None), timer)
    repetition.refused()
    repetition.refused()
    timer.due()
    assert (timer.pauses, asked) == ([1], [None])
