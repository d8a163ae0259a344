"""How the relay fares: what it last said of itself, what waits, and whether that is right.

All times are ms since the epoch, by this machine's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from daemon.core.model import ChatId

BEAT_S = 10
"""Seconds between two notes that a running relay makes of itself."""

_NOTE_LIMIT_S = 60
_START_LIMIT_S = 300
_SILENCE_LIMIT_S = 300
_SILENT_SYNCS = 3
_WORK_LIMIT_S = 600


class Phase(StrEnum):
    """What the relay is at."""

    STARTING = "starting"
    """Logging in, and taking in what it missed."""
    RUNNING = "running"
    STOPPING = "stopping"
    """Finishing what is under way."""
    STOPPED = "stopped"
    """It ended as it was asked to."""
    FAILED = "failed"
    """It ended by an error."""


class Health(StrEnum):
    """What a health check wants to know."""

    HEALTHY = "healthy"
    STUCK = "stuck"
    """It runs, and does not do its work."""
    NOT_RUNNING = "not_running"


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error, in short; without what people wrote, and without secrets."""

    at: int
    event: str
    """The name of the log event."""
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """What a relay notes of itself."""

    phase: Phase
    phase_since: int
    started_at: int
    written_at: int
    pid: int
    bot: str = ""
    """Its username; empty before the login."""
    heard_at: int | None = None
    """When Telegram last told something, be it that there is nothing new."""
    sent_at: int | None = None
    """When it last became known what became of a message."""
    trouble: Trouble | None = None
    """The last error of this run."""

    @property
    def has_ended(self) -> bool:
        return self.phase in (Phase.STOPPED, Phase.FAILED)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits to be sent to one chat."""

    chat_id: ChatId
    title: str
    """Empty where it is not known."""
    waiting: int
    oldest_at: int
    pause_until: int = 0
    """Until then Telegram wants nothing more there; 0 or past: it takes messages."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the database says is to be done."""

    open_tickets: int = 0
    closed_tickets: int = 0
    queues: tuple[Queue, ...] = ()
    """The one that waits longest first."""
    unhandled: int = 0
    """Messages that were received and lead to nothing yet."""
    unhandled_since: int | None = None
    undelivered: int = 0
    """Messages that can never be sent, kept."""
    held_back: int = 0
    """Messages that waited when a backup was made, until somebody decides about them."""
    dead_letters: int = 0
    """Messages that could not be handled, kept."""

    @property
    def waiting(self) -> int:
        """Messages to be sent."""
        return sum(queue.waiting for queue in self.queues)

    @property
    def oldest_at(self) -> int | None:
        """Since when the oldest of them waits."""
        return min((queue.oldest_at for queue in self.queues), default=None)


@dataclass(frozen=True, slots=True)
class Condition:
    """All that is known of a relay at one moment."""

    now: int
    running: bool
    """Whether a process holds the relay's lock."""
    note: Note | None
    """None: no relay was ever started here, or it cannot note anything."""
    work: Work
    sync_interval_s: float = 90.0
    """`limits.sync_interval_s`: so often Telegram is asked at least."""

    @property
    def is_beating(self) -> bool:
        """Whether the running relay has just noted how it fares."""
        note = self.note
        return (
            note is not None and not note.has_ended and self.age_s(note.written_at) <= _NOTE_LIMIT_S
        )

    @property
    def health(self) -> Health:
        if not self.running:
            return Health.NOT_RUNNING
        return Health.STUCK if any(self.complaints()) else Health.HEALTHY

    def age_s(self, then: int) -> float:
        """Seconds from then to now; never less than none, though the clock was set back."""
        return max(0, self.now - then) / 1000

    def complaints(self) -> Iterator[str]:
        """Why a running relay is stuck, one line each; none where it is not."""
        note = self.note
        if note is None or not self.is_beating:
            yield "it has not told for a minute how it fares: it hangs, or cannot write its files"
            return
        since = self.age_s(note.phase_since)
        if note.phase is Phase.STARTING and since > _START_LIMIT_S:
            yield f"it is still starting after {in_words(since)}: see its log"
        if note.phase is not Phase.RUNNING:
            return
        silence = self.age_s(note.heard_at or note.phase_since)
        if silence > max(_SILENCE_LIMIT_S, _SILENT_SYNCS * self.sync_interval_s):
            yield f"Telegram has told nothing for {in_words(silence)}: check the network"
        unhandled_since = self.work.unhandled_since
        if unhandled_since is not None and self.age_s(unhandled_since) > _WORK_LIMIT_S:
            waits = in_words(self.age_s(unhandled_since))
            yield f"a message that was received has not been handled for {waits}: see its log"
        due = [queue for queue in self.work.queues if queue.pause_until <= self.now]
        oldest = self.age_s(min((queue.oldest_at for queue in due), default=self.now))
        idle = self.age_s(note.sent_at or note.phase_since)
        if min(oldest, idle) > _WORK_LIMIT_S:
            yield f"messages wait, and none was sent for {in_words(idle)}: see its log"


def in_words(seconds: float) -> str:
    """A duration for people, in its two largest units."""
    whole = int(seconds)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    if minutes:
        return f"{minutes} min {whole % 60} s"
    return f"{whole} s"
