"""When a relay is healthy, stuck or not running, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.core import bulletin
from daemon.core.condition import (
    Condition,
    Health,
    Note,
    Phase,
    Queue,
    Trouble,
    Work,
    in_words,
)
from daemon.core.model import ChatId

NOW = 1_737_456_789_000
MINUTE = 60_000
HOUR = 60 * MINUTE
ACME = ChatId(-1002)


def ago(ms: int) -> int:
    return NOW - ms


NOTE = Note(
    phase=Phase.RUNNING,
    phase_since=ago(3 * HOUR),
    started_at=ago(3 * HOUR),
    written_at=ago(5000),
    pid=7,
    bot="support_bot",
    heard_at=ago(30_000),
    sent_at=ago(2 * HOUR),
)
WELL = Condition(NOW, running=True, note=NOTE, work=Work())


def with_note(**changes: object) -> Condition:
    return replace(WELL, note=replace(NOTE, **changes))  # type: ignore[arg-type]


def with_queue(oldest_at: int, pause_until: int = 0) -> Condition:
    return replace(WELL, work=Work(queues=(Queue(ACME, "Acme", 2, oldest_at, pause_until),)))


@pytest.mark.parametrize(
    "condition",
    [
        WELL,
        with_note(phase=Phase.STARTING, phase_since=ago(4 * MINUTE), heard_at=None),
        with_note(phase=Phase.STOPPING, heard_at=ago(HOUR)),
        with_note(written_at=NOW + HOUR, heard_at=NOW + HOUR),  # the clock was set back
        with_queue(ago(9 * MINUTE)),
        with_queue(ago(HOUR), pause_until=NOW + 1000),
        replace(with_note(sent_at=ago(1000)), work=with_queue(ago(HOUR)).work),
        replace(WELL, work=Work(unhandled=1, unhandled_since=ago(9 * MINUTE))),
        replace(with_note(heard_at=ago(29 * MINUTE)), sync_interval_s=600),
    ],
)
def test_healthy(condition: Condition) -> None:
    assert (condition.health, list(condition.complaints())) == (Health.HEALTHY, [])


@pytest.mark.parametrize(
    "condition,complaint",
    [
        (replace(WELL, note=None), "not told for a minute"),
        (with_note(written_at=ago(61_000)), "not told for a minute"),
        (with_note(phase=Phase.STOPPED), "not told for a minute"),
        (with_note(phase=Phase.STARTING, phase_since=ago(6 * MINUTE)), "starting after 6 min 0 s"),
        (with_note(heard_at=ago(6 * MINUTE)), "told nothing for 6 min 0 s"),
        (with_note(heard_at=None), "told nothing for 3 h 0 min"),
        (with_queue(ago(11 * MINUTE)), "none was sent for 2 h 0 min"),
        (with_queue(ago(HOUR), pause_until=ago(1)), "none was sent for 2 h 0 min"),
        (replace(WELL, work=Work(unhandled=1, unhandled_since=ago(HOUR))), "handled for 1 h 0 min"),
    ],
)
def test_stuck(condition: Condition, complaint: str) -> None:
    assert condition.health is Health.STUCK
    (only,) = condition.complaints()
    assert complaint in only
    assert f"✗ {only}" in list(bulletin.lines(condition))
    assert bulletin.data(condition)["reasons"] == [only]


@pytest.mark.parametrize(
    "note,said",
    [
        (None, "not running, and it never was"),
        (
            replace(NOTE, phase=Phase.STOPPED, written_at=ago(HOUR)),
            "not running: it was stopped at 2025-01-21T09:53:09Z, 1 h 0 min ago",
        ),
        (
            replace(NOTE, phase=Phase.FAILED, written_at=ago(HOUR)),
            "not running: it failed at 2025-01-21T09:53:09Z, 1 h 0 min ago",
        ),
        (
            replace(NOTE, written_at=ago(HOUR)),
            "not running: it was killed after 2025-01-21T09:53:09Z, 1 h 0 min ago",
        ),
    ],
)
def test_not_running(note: Note | None, said: str) -> None:
    condition = replace(WELL, running=False, note=note)
    assert condition.health is Health.NOT_RUNNING
    assert next(bulletin.lines(condition)) == f"✗ {said}"
    assert bulletin.data(condition)["reasons"] == [said]


def test_all_that_is_said() -> None:
    trouble = Trouble(ago(MINUTE), "send.failed", "no\x1b[2J way\nthere")
    work = Work(
        open_tickets=3,
        queues=(
            Queue(ACME, "Acme", 2, ago(70_000), NOW + 20_000),
            Queue(ChatId(77), "", 1, ago(1000)),
        ),
        unhandled=4,
        unhandled_since=ago(2000),
        undelivered=1,
        held_back=6,
        dead_letters=2,
    )
    condition = replace(with_note(trouble=trouble), work=work)
    assert list(bulletin.lines(condition)) == [
        "✓ running as @support_bot since 2025-01-21T07:53:09Z (3 h 0 min)",
        "✓ last update from Telegram: 30 s ago",
        "⚠ last error, 1 min 0 s ago: send.failed: no[2J way there",
        "✓ open tickets: 3",
        "✓ waiting to be sent: 3, the oldest for 1 min 10 s",
        "    “Acme” (-1002): 2, the oldest for 1 min 10 s; Telegram wants a pause of 20 s more",
        "    77: 1, the oldest for 1 s",
        "✓ received and not handled yet: 4, the oldest for 2 s",
        "⚠ could not be delivered, kept: 1",
        "⚠ dead letters: 2",
        "⚠ held back since the database was restored: 6; the command recover sends or drops them",
    ]


def test_the_keys_are_the_same_whatever_is_known() -> None:
    assert bulletin.data(replace(WELL, note=None, running=False)).keys() == (
        bulletin.data(WELL).keys()
    )


@pytest.mark.parametrize(
    "seconds,words",
    [(0.9, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3700, "1 h 1 min"), (90_000, "1 d 1 h")],
)
def test_durations(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
