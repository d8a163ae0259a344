"""The progress bar: on a terminal alone, and only for what takes a while."""

from __future__ import annotations

import io

import pytest

from daemon.commands.progress import Progress


class Screen(io.StringIO):
    def __init__(self, *, terminal: bool = True) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    @property
    def drawings(self) -> list[str]:
        """What was shown one after the other in the line, empty where it was wiped."""
        return [line.removesuffix("\x1b[K") for line in self.getvalue().split("\r")[1:]]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "31")


def run(screen: Screen, *steps: tuple[float, int], total: int = 100) -> list[str]:
    """Each step: seconds since the start, and how much is done by then."""
    clock = Clock()
    progress = Progress(screen, "Checking", total, clock)
    for seconds, done in steps:
        clock.now = 100.0 + seconds
        progress.reached(done)
    progress.end()
    return screen.drawings


def test_long_work_shows_how_far_it_is_and_leaves_nothing_behind() -> None:
    assert run(Screen(), (0.6, 25), (0.9, 75), (1.2, 100)) == [
        "Checking ███░░░░░░░░░░░░  25 %",
        "Checking ███████████░░░░  75 %",
        "Checking ███████████████ 100 %",
        "",
    ]


def test_short_work_shows_nothing() -> None:
    assert run(Screen(), (0.1, 50), (0.4, 100)) == []


def test_it_is_not_drawn_more_often_than_eyes_can_follow() -> None:
    steps = [(0.6 + number / 1000, number) for number in range(100)]
    assert len(run(Screen(), *steps)) == 2  # the bar, and that it goes


def test_off_a_terminal_nothing_is_written() -> None:
    assert run(Screen(terminal=False), (9.0, 50), (10.0, 100)) == []


def test_a_terminal_too_narrow_for_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "12")
    assert run(Screen(), (0.6, 50))[0] == "Checking   "


def test_work_of_no_steps_and_of_more_than_thought() -> None:
    assert run(Screen(), (0.6, 0), total=0)[0].endswith("   0 %")
    assert run(Screen(), (0.6, 300))[0].endswith(" 100 %")
