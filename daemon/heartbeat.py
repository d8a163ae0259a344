"""The relay's note of how it fares, in a small file beside the database, for `status` to read.

It is written at every change of phase and every ten seconds between, each time as a whole: a reader
sees the old or the new one. It is readable by its user alone, and holds no secrets and nothing that
people wrote. It is no memory: after a power cut it may be gone, and the relay never reads it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import structlog

from daemon.core.condition import BEAT_S, Note, Phase, Trouble
from daemon.relay import events
from daemon.relay.clock import Clock

log = structlog.get_logger()

_LONGEST_REASON = 500
"""Characters of an error that are noted."""

Signs = Callable[[], tuple[int | None, int | None]]
"""Tells when Telegram was last heard, and when something was last sent; ms."""


def path_beside(database: Path) -> Path:
    """Where the note of the relay on this database is."""
    return database.with_name(f"{database.name}.status")


def read(path: Path) -> Note | None:
    """The note; None where there is none that this version can read.

    Raises `OSError` where it must not be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Note)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


class Heartbeat:
    """Notes how the relay fares from `beating` on."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        now = clock.now_ms()
        self._pulse = Note(Phase.STARTING, now, now, now, os.getpid())
        self._signs: Signs = lambda: (None, None)
        self._may_be_written = True
        self.written_at = now
        """When the last note was written; ms."""
        self._writing = threading.Lock()
        """Who has it writes what holds at that moment: the last one to write tells the latest."""

    @property
    def note(self) -> Note:
        """How it fares now."""
        heard_at, sent_at = self._signs()
        now = self._clock.now_ms()
        return replace(self._pulse, heard_at=heard_at, sent_at=sent_at, written_at=now)

    def feel(self, signs: Signs) -> None:
        """Ask this for signs of life from now on."""
        self._signs = signs

    def note_error(self, event: str, reason: str) -> None:
        """An error was logged; `reason` without secrets."""
        trouble = Trouble(self._clock.now_ms(), event, reason[:_LONGEST_REASON])
        self._pulse = replace(self._pulse, trouble=trouble)

    async def enter(self, phase: Phase, bot: str | None = None) -> None:
        """Note a new phase, and the bot's username once that is known."""
        self._begin(phase)
        if bot is not None:
            self._pulse = replace(self._pulse, bot=bot)
        await self._write()

    @asynccontextmanager
    async def beating(self, in_words: Callable[[Exception], str]) -> AsyncIterator[None]:
        """Note how the relay fares within the block, and at its end how it ended; `in_words` is
        what to tell of an error. Only who holds the relay's lock may enter."""
        self._begin(Phase.STARTING)
        await self._write()
        beats = asyncio.create_task(self._beat())
        try:
            yield
            self._begin(Phase.STOPPED)
        except Exception as error:
            self.note_error(events.RELAY_FAILED, in_words(error))
            self._begin(Phase.FAILED)
            raise
        finally:
            beats.cancel()
            await asyncio.wait([beats])
            self._put()

    def _begin(self, phase: Phase) -> None:
        self._pulse = replace(self._pulse, phase=phase, phase_since=self._clock.now_ms())

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(BEAT_S)
            await self._write()

    async def _write(self) -> None:
        # On a thread of its own: a disk that hangs must not stop the event loop.
        await asyncio.to_thread(self._put)

    def _put(self) -> None:
        with self._writing:
            self._put_alone()

    def _put_alone(self) -> None:
        try:
            note = self.note
            _replace(self._path, msgspec.json.encode(note))
        except OSError as error:
            # The relay goes on without; said once, and again after it has worked meanwhile.
            if self._may_be_written:
                log.warning(events.STATUS_FAILED, error=str(error))
            self._may_be_written = False
        else:
            self._may_be_written = True
            self.written_at = note.written_at


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    handle = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    new.replace(path)
