"""When the next message may go, in plain numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from daemon.core.model import ChatId
from daemon.core.pacing import Limits, Pacer, Window
from tests.builders import ACME, GLOBEX

PERSON = ChatId(77)


def a_pacer(**limits: Any) -> Pacer:
    """Limits so wide that only those given matter."""
    wide: dict[str, Any] = {
        "per_chat_per_second": 1e6,
        "per_group_per_minute": 1e6,
        "per_second": 1e6,
    }
    return Pacer(Limits(**wide | limits))


def noted(pacer: Pacer, destination: ChatId, *times: float) -> Pacer:
    for time in times:
        pacer.note(destination, time)
    return pacer


def test_the_limits_are_below_telegrams() -> None:
    limits = Limits()
    assert limits.per_chat_per_second <= 1
    assert limits.per_group_per_minute < 20
    assert limits.per_second < 30


def test_the_first_message_goes_at_once() -> None:
    assert Pacer(Limits()).wait(ACME, 123.0) == 0.0


def test_a_full_window_waits_until_its_oldest_message_leaves_it() -> None:
    window = Window(count=2, seconds=10.0)
    window.note(0.0)
    assert window.wait(1.0) == 0.0
    window.note(4.0)
    assert window.wait(5.0) == 5.0
    assert window.wait(10.0) == 0.0
    window.note(10.0)
    assert window.wait(10.0) == 4.0


def test_one_message_a_second_goes_to_a_chat() -> None:
    pacer = noted(a_pacer(per_chat_per_second=1.0), ACME, 0.0)
    assert pacer.wait(ACME, 0.25) == 0.75
    assert pacer.wait(ACME, 1.0) == 0.0


def test_a_chat_does_not_wait_for_another() -> None:
    pacer = noted(a_pacer(per_chat_per_second=1.0, per_group_per_minute=1), ACME, 0.0)
    assert pacer.wait(GLOBEX, 0.0) == 0.0


def test_a_group_takes_so_many_a_minute_and_a_person_as_many_as_want() -> None:
    pacer = a_pacer(per_group_per_minute=2)
    assert noted(pacer, ACME, 0.0, 1.0).wait(ACME, 2.0) == 58.0
    assert noted(pacer, PERSON, 0.0, 1.0).wait(PERSON, 2.0) == 0.0


def test_all_chats_share_one_window() -> None:
    pacer = a_pacer(per_second=2)
    noted(noted(pacer, ACME, 0.0), GLOBEX, 0.5)
    assert pacer.wait(PERSON, 0.75) == 0.25


def test_the_longest_wait_of_all_windows_counts() -> None:
    pacer = a_pacer(per_chat_per_second=1.0, per_group_per_minute=2)
    assert noted(pacer, ACME, 0.0, 30.0).wait(ACME, 30.5) == 29.5


def test_an_album_counts_as_the_messages_it_consists_of() -> None:
    pacer = a_pacer(per_group_per_minute=10)
    pacer.note(ACME, 0.0, messages=10)
    assert pacer.wait(ACME, 1.0) == 59.0


def test_an_album_waits_until_all_of_it_fits_in() -> None:
    pacer = noted(a_pacer(per_group_per_minute=10), ACME, *range(5))
    assert pacer.wait(ACME, 5.0, messages=5) == 0.0
    assert pacer.wait(ACME, 5.0, messages=6) == 55.0
    assert pacer.wait(ACME, 5.0, messages=8) == 57.0


def test_an_album_of_more_than_the_limit_waits_for_an_empty_window() -> None:
    pacer = noted(a_pacer(per_group_per_minute=3), ACME, 0.0, 10.0)
    assert pacer.wait(ACME, 20.0, messages=10) == 50.0


@pytest.mark.parametrize("rate, wait", [(0.5, 2.0), (0.1, 10.0), (1.9, 1.0), (2.0, 0.0)])
def test_a_rate_below_one_gets_a_longer_window(rate: float, wait: float) -> None:
    pacer = noted(a_pacer(per_chat_per_second=rate), ACME, 0.0)
    assert pacer.wait(ACME, 0.0) == pytest.approx(wait)


def test_only_idle_chats_are_forgotten() -> None:
    pacer = a_pacer(per_group_per_minute=1)
    noted(noted(pacer, ACME, 0.0), GLOBEX, 30.0)
    pacer.forget_idle(59.0)
    assert pacer.wait(ACME, 59.0) == 1.0
    pacer.forget_idle(60.0)
    assert pacer.wait(GLOBEX, 60.0) == 30.0


def test_the_shared_window_is_never_forgotten() -> None:
    pacer = noted(a_pacer(per_second=1), ACME, 0.0)
    pacer.forget_idle(0.5)
    assert pacer.wait(GLOBEX, 0.5) == 0.5


def test_what_may_go_is_noted_and_what_may_not_is_not() -> None:
    pacer = a_pacer(per_second=2)
    assert [pacer.go(PERSON, 0.0) for _ in range(4)] == [0.0, 0.0, 1.0, 1.0]
    assert pacer.go(ACME, 1.0) == 0.0


def test_what_is_claimed_counts_though_it_has_not_gone_yet() -> None:
    pacer = a_pacer(per_second=2)
    pacer.claimed(ACME)
    assert pacer.wait(GLOBEX, 0.0) == 0.0
    assert pacer.wait(GLOBEX, 0.0, messages=2) == 1.0
    pacer.claimed(GLOBEX)
    assert pacer.wait(PERSON, 0.0) == 1.0
    assert pacer.wait(ACME, 0.0) == 0.0  # claimed anew: it does not wait for itself
    assert pacer.go(ACME, 0.0) == 0.0  # what is claimed does not wait for another claimed one
    pacer.over(GLOBEX)
    assert pacer.wait(PERSON, 0.0) == 0.0
    noted(pacer, ACME, 0.25)
    assert pacer.wait(PERSON, 0.5) == 0.5


class Meanwhile(float):
    """A time; whenever it is compared, something else happens first."""

    happens: Callable[[], object]

    def __ge__(self, other: float) -> bool:
        self.happens()
        return super().__ge__(other)


def test_a_wait_may_be_asked_for_while_idle_chats_are_forgotten() -> None:
    """The one happens on the database's thread, the other on the loop's."""
    pacer = noted(noted(Pacer(Limits()), ACME, 0.0), GLOBEX, 0.0)
    new_chats = iter(range(1, 100))
    now = Meanwhile(60.0)
    now.happens = lambda: pacer.wait(ChatId(next(new_chats)), 60.0)
    pacer.forget_idle(now)
    assert next(new_chats) > 1
    assert pacer.wait(ACME, 0.0) == 0.0
