"""Never more than the limit in any window, and never a longer wait than that takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from daemon.core.model import ChatId
from daemon.core.pacing import Limits, Pacer

GROUPS = [ChatId(-1), ChatId(-2), ChatId(-3)]
PERSON = ChatId(7)

# Fractions of a power of two: sums and differences of such times are exact.
pauses = st.integers(0, 64 * 70).map(lambda sixty_fourths: sixty_fourths / 64)
short_pauses = st.integers(0, 64).map(lambda sixty_fourths: sixty_fourths / 64)
limits = st.builds(
    Limits,
    per_chat_per_second=st.sampled_from([0.25, 0.5, 1.0, 2.0]),
    per_group_per_minute=st.sampled_from([1.0, 2.0, 5.0, 18.0]),
    per_second=st.sampled_from([0.5, 1.0, 2.0, 3.0]),
)
sizes = st.sampled_from([1, 1, 1, 2, 10])
asks = st.lists(
    st.tuples(short_pauses | pauses, st.sampled_from([*GROUPS, PERSON]), sizes, st.booleans()),
    max_size=60,
)

Ask = tuple[float, ChatId, int, bool]
"""Pause before it, destination, messages of the album, whether idle chats are forgotten."""
Sent = list[tuple[float, ChatId, int]]


def allowed(messages: float, seconds: float) -> tuple[int, float]:
    """So many messages in so many seconds."""
    return (1, seconds / messages) if messages < 1 else (int(messages), seconds)


def breaks_a_limit(sent: Sent, limits: Limits) -> bool:
    """Whether any window anywhere holds more than it may; told independently of the code."""
    for chat in {chat for _, chat, _ in sent}:
        to_chat = [(time, size) for time, to, size in sent if to == chat]
        if too_many(to_chat, *allowed(limits.per_chat_per_second, 1.0)):
            return True
        if chat < 0 and too_many(to_chat, *allowed(limits.per_group_per_minute, 60.0)):
            return True
    return too_many([(time, size) for time, _, size in sent], *allowed(limits.per_second, 1.0))


def too_many(sent: list[tuple[float, int]], count: int, seconds: float) -> bool:
    """An album goes as one request; one of more than the window takes counts as a full one."""
    times = [time for time, size in sorted(sent) for _ in range(min(size, count))]
    return any(after - before < seconds for before, after in zip(times, times[count:]))


@given(limits, asks)
def test_no_window_ever_holds_more_than_its_limit_and_no_wait_is_too_long(
    limits: Limits, asks: list[Ask]
) -> None:
    pacer = Pacer(limits)
    now = 0.0
    sent: Sent = []
    for pause, chat, size, forget in asks:
        now += pause
        if forget:
            pacer.forget_idle(now)
        wait = pacer.wait(chat, now, size)
        assert wait >= 0
        if wait:
            a_little_earlier = now + wait - 1 / 1024
            assert breaks_a_limit([*sent, (a_little_earlier, chat, size)], limits)
        now += wait
        assert pacer.wait(chat, now, size) == 0.0
        pacer.note(chat, now, size)
        sent.append((now, chat, size))
    assert not breaks_a_limit(sent, limits)


@given(limits, asks)
def test_what_goes_never_breaks_a_limit(limits: Limits, asks: list[Ask]) -> None:
    pacer = Pacer(limits)
    now = 0.0
    sent: Sent = []
    for pause, chat, size, claims in asks:
        now += pause
        if claims:
            pacer.claimed(chat)
        if pacer.go(chat, now, size) == 0.0:
            sent.append((now, chat, size))
    assert not breaks_a_limit(sent, limits)


@given(limits, asks)
def test_forgetting_idle_chats_changes_no_wait(limits: Limits, asks: list[Ask]) -> None:
    forgetful, mindful = Pacer(limits), Pacer(limits)
    now = 0.0
    for pause, chat, size, forget in asks:
        now += pause
        if forget:
            forgetful.forget_idle(now)
        wait = mindful.wait(chat, now, size)
        assert forgetful.wait(chat, now, size) == wait
        now += wait
        for pacer in (forgetful, mindful):
            pacer.note(chat, now, size)
