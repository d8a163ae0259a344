"""When a backlog is told of, and what is told."""

from __future__ import annotations

import pytest

from daemon.core.backlog import Backlog, News, Queue, measured, news, notice
from daemon.core.model import ChatId
from daemon.core.pacing import Limits
from tests.builders import ACME, STAFF, TEXTS

LIMITS = Limits(per_chat_per_second=1.0, per_group_per_minute=20.0, per_second=25.0)
PERSON = ChatId(7)


@pytest.mark.parametrize(
    "queues, backlog",
    [
        ([], Backlog(0, 0.0, 0.0)),
        ([Queue(STAFF, 100, 4_000)], Backlog(100, 6.0, 300.0)),
        ([Queue(STAFF, 2, 9_000), Queue(PERSON, 60, 8_000)], Backlog(62, 2.0, 60.0)),
        ([Queue(STAFF, 1, 9_000), Queue(ACME, 1, 12_000)], Backlog(2, 1.0, 3.0)),
        ([Queue(ACME, 1, 12_000)], Backlog(1, 0.0, 3.0)),  # the clock went back
    ],
)
def test_what_waits_in_all(queues: list[Queue], backlog: Backlog) -> None:
    found = measured(queues, 10_000, LIMITS)
    assert (found.messages, found.age_s) == (backlog.messages, backlog.age_s)
    assert found.left_s == pytest.approx(backlog.left_s)


def test_many_chats_take_as_long_as_their_shared_limit_says() -> None:
    queues = [Queue(ChatId(-number), 1, 0) for number in range(1, 1001)]
    assert measured(queues, 0, LIMITS).left_s == pytest.approx(40.0)


@pytest.mark.parametrize(
    "age_s, is_told, told",
    [
        (119.0, False, None),
        (120.0, False, News.BEGUN),
        (500.0, True, None),
        (31.0, True, None),
        (29.0, True, News.OVER),
        (0.0, True, News.OVER),
        (0.0, False, None),
    ],
)
def test_it_is_told_once_and_once_when_it_is_over(
    age_s: float, is_told: bool, told: News | None
) -> None:
    assert news(Backlog(9, age_s, 60.0), is_told=is_told, notice_s=120.0) is told


def test_the_notice_tells_how_many_how_long_and_until_when() -> None:
    told = notice(TEXTS, Backlog(543, 150.0, 1810.0), News.BEGUN)
    assert told.text == (
        "⏳ 543 messages wait to be sent, the oldest for 2 min: Telegram allows only so many a"
        " minute. They come in order, in about 30 min; nothing is lost."
    )
