"""Messages that wait for long: how many, for how long, until when, and when to tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from daemon.core.model import ChatId
from daemon.core.pacing import Limits
from daemon.core.text import Text, fill
from daemon.core.texts import Texts

_OVER_PART = 4
"""A backlog is over once its age is this part of the one that it was told at."""


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for one chat."""

    destination: ChatId
    messages: int
    since: int
    """When its oldest message was queued: ms."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in all."""

    messages: int
    age_s: float
    """Of the oldest message."""
    left_s: float
    """Until it is worked off, at the pace that is allowed."""


class News(Enum):
    BEGUN = auto()
    OVER = auto()


def measured(queues: Sequence[Queue], now: int, limits: Limits) -> Backlog:
    """`now` in ms."""
    messages = sum(queue.messages for queue in queues)
    oldest = min((queue.since for queue in queues), default=now)
    alone = [limits.seconds_for(queue.destination, queue.messages) for queue in queues]
    left_s = max([messages / limits.per_second, *alone])
    return Backlog(messages, max(0, now - oldest) / 1000, left_s)


def news(backlog: Backlog, *, is_told: bool, notice_s: float) -> News | None:
    """What the staff are to be told: once that messages wait for longer than `notice_s`, and once
    that they do so no more. It is over only when they wait for much less, so that a queue that
    hovers around that time is not told again and again."""
    if not is_told and backlog.age_s >= notice_s:
        return News.BEGUN
    if is_told and backlog.age_s < notice_s / _OVER_PART:
        return News.OVER
    return None


def notice(texts: Texts, backlog: Backlog, told: News) -> Text:
    if told is News.OVER:
        return fill(texts.backlog_over)
    return fill(
        texts.backlog_begun,
        count=str(backlog.messages),
        age=str(_minutes(backlog.age_s)),
        left=str(_minutes(backlog.left_s)),
    )


def _minutes(seconds: float) -> int:
    """Whole minutes, at least one."""
    return max(1, round(seconds / 60))
