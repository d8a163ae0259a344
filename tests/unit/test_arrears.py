"""When a sequence counts as standing still."""

from __future__ import annotations

from daemon.core.arrears import LOOKS, Arrears
from daemon.core.model import ChatId

CHAT = ChatId(-1001900000001)
OTHER = ChatId(-1001900000002)


def test_one_that_is_behind_at_the_same_place_look_after_look_stands_still() -> None:
    arrears = Arrears()
    found = [arrears.note(CHAT, 5, 6 + look) for look in range(LOOKS)]
    assert found == [False] * (LOOKS - 1) + [True]


def test_one_that_is_slow_does_not() -> None:
    arrears = Arrears()
    assert not any(arrears.note(CHAT, look, 1000) for look in range(3 * LOOKS))


def test_one_that_caught_up_meanwhile_does_not() -> None:
    arrears = Arrears()
    found = [arrears.note(CHAT, 5, 5 if look % LOOKS == 1 else 6) for look in range(3 * LOOKS)]
    assert not any(found)
    assert arrears.sequences == {CHAT}


def test_each_sequence_counts_for_itself() -> None:
    arrears = Arrears()
    found = [arrears.note(chat, 5, 6) for _ in range(LOOKS - 1) for chat in (CHAT, OTHER)]
    assert not any(found)
    assert arrears.note(CHAT, 5, 6)


def test_what_is_explained_otherwise_is_forgotten() -> None:
    arrears = Arrears()
    for _ in range(LOOKS - 1):
        arrears.note(CHAT, 5, 6)
    arrears.forget()
    assert not arrears.note(CHAT, 5, 6)
