"""What `status` says of the relay's condition: in lines for a person, and as data for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from daemon.core.condition import Condition, Note, Phase, Queue, in_words
from daemon.core.remark import Mark
from daemon.core.text import clean, one_line

Data = dict[str, object]
"""Plain JSON types. docs/monitoring.md has the keys."""


def lines(condition: Condition) -> Iterator[str]:
    """One fact each. A line with ✗ is why the exit code is not 0; one with ⚠ asks for a look."""
    yield from _life(condition)
    work = condition.work
    yield f"{Mark.GOOD} open tickets: {work.open_tickets}"
    yield from _queues(condition)
    unhandled = f"received and not handled yet: {work.unhandled}"
    if work.unhandled_since is not None:
        unhandled += f", the oldest for {in_words(condition.age_s(work.unhandled_since))}"
    yield f"{Mark.GOOD} {unhandled}"
    for count, what in (
        (work.undelivered, "could not be delivered, kept"),
        (work.dead_letters, "dead letters"),
    ):
        yield f"{Mark.NOTE if count else Mark.GOOD} {what}: {count}"
    if work.held_back:
        what = "held back since the database was restored"
        yield f"{Mark.NOTE} {what}: {work.held_back}; the command recover sends or drops them"


def _life(condition: Condition) -> Iterator[str]:
    note = condition.note
    if not condition.running:
        yield f"{Mark.BAD} {_end(condition)}"
    else:
        complaints = list(condition.complaints())
        yield f"{Mark.BAD if complaints else Mark.GOOD} {_running(condition)}"
        for complaint in complaints:
            yield f"{Mark.BAD} {complaint}"
    if note is None:
        return
    if note.heard_at is not None:
        ago = in_words(condition.age_s(note.heard_at))
        yield f"{Mark.GOOD} last update from Telegram: {ago} ago"
    if note.trouble is not None:
        trouble = note.trouble
        ago = in_words(condition.age_s(trouble.at))
        yield f"{Mark.NOTE} last error, {ago} ago: {trouble.event}: {one_line(trouble.reason)}"


def _running(condition: Condition) -> str:
    note = condition.note
    if note is None or note.has_ended:
        return "running"
    name = f" as @{note.bot}" if note.bot else ""
    lasting = in_words(condition.age_s(note.phase_since))
    return f"{note.phase}{name} since {_moment(note.phase_since)} ({lasting})"


def _end(condition: Condition) -> str:
    note = condition.note
    if note is None:
        return "not running, and it never was"
    ago = in_words(condition.age_s(note.written_at))
    if note.phase is Phase.STOPPED:
        return f"not running: it was stopped at {_moment(note.written_at)}, {ago} ago"
    if note.phase is Phase.FAILED:
        return f"not running: it failed at {_moment(note.written_at)}, {ago} ago"
    return f"not running: it was killed after {_moment(note.written_at)}, {ago} ago"


def _queues(condition: Condition) -> Iterator[str]:
    work = condition.work
    if work.oldest_at is None:
        yield f"{Mark.GOOD} waiting to be sent: 0"
        return
    oldest = in_words(condition.age_s(work.oldest_at))
    yield f"{Mark.GOOD} waiting to be sent: {work.waiting}, the oldest for {oldest}"
    for queue in work.queues:
        yield f"    {_queue(condition, queue)}"


def _queue(condition: Condition, queue: Queue) -> str:
    title = clean(queue.title)
    name = f"“{title}” ({queue.chat_id})" if title else str(queue.chat_id)
    text = f"{name}: {queue.waiting}, the oldest for {in_words(condition.age_s(queue.oldest_at))}"
    left = _pause_s(condition, queue)
    return f"{text}; Telegram wants a pause of {in_words(left)} more" if left else text


def _pause_s(condition: Condition, queue: Queue) -> float:
    return max(0, queue.pause_until - condition.now) / 1000


def data(condition: Condition) -> Data:
    """For `status --json`."""
    note, work = condition.note, condition.work
    return {
        "health": condition.health.value,
        "reasons": list(condition.complaints()) if condition.running else [_end(condition)],
        "at": _moment(condition.now),
        "running": condition.running,
        **_note(condition, note),
        "open_tickets": work.open_tickets,
        "waiting": work.waiting,
        "oldest_waiting_s": _age(condition, work.oldest_at),
        "queues": [
            {
                "chat": queue.chat_id,
                "title": clean(queue.title),
                "waiting": queue.waiting,
                "oldest_s": _age(condition, queue.oldest_at),
                "pause_s": round(_pause_s(condition, queue), 1),
            }
            for queue in work.queues
        ],
        "unhandled": work.unhandled,
        "oldest_unhandled_s": _age(condition, work.unhandled_since),
        "undelivered": work.undelivered,
        "held_back": work.held_back,
        "dead_letters": work.dead_letters,
    }


def _note(condition: Condition, note: Note | None) -> Data:
    if note is None:
        keys = ("phase", "since", "started_at", "pid", "bot", "last_update_at", "last_sent_at")
        return {**dict.fromkeys(keys), "last_error": None}
    trouble = note.trouble
    is_over = not condition.running and not note.has_ended
    return {
        # Of one that was killed the last word is not true any more.
        "phase": None if is_over else note.phase.value,
        "since": _moment(note.written_at if is_over else note.phase_since),
        "started_at": _moment(note.started_at),
        "pid": note.pid if condition.running else None,
        "bot": note.bot or None,
        "last_update_at": _moment_or_none(note.heard_at),
        "last_sent_at": _moment_or_none(note.sent_at),
        "last_error": trouble
        and {
            "at": _moment(trouble.at),
            "event": trouble.event,
            "reason": one_line(trouble.reason),
        },
    }


def _age(condition: Condition, then: int | None) -> float | None:
    return None if then is None else round(condition.age_s(then), 1)


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).isoformat().replace("+00:00", "Z")


def _moment_or_none(ms: int | None) -> str | None:
    return None if ms is None else _moment(ms)
