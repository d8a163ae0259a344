"""`dead-letters`: shows what could not be handled, and hands one of it to the relay again.

It works beside a running relay, which notices within a second, as well as without one.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from daemon.config import Config
from daemon.core.remark import Mark
from daemon.core.text import clean
from daemon.exit_codes import ExitCode
from daemon.storage import dead_letters, offline
from daemon.storage.db import is_begun, refuse_newer_schema
from daemon.storage.dead_letters import DeadLetter, NoSuchLetter
from daemon.storage.reading import connect_read_only

Say = Callable[[str], None]


def show(config: Config, say: Say, *, as_json: bool) -> ExitCode:
    """Say what there is, one line for each.

    Raises `ForeignDatabase`, `SchemaTooNew`, `sqlite3.Error`, `OSError`."""
    letters = _read(config.relay.database)
    if as_json:
        say(json.dumps([_fields(letter) for letter in letters], ensure_ascii=False, indent=2))
    elif not letters:
        say(f"{Mark.GOOD} no dead letters: every message could be handled")
    else:
        for letter in letters:
            say(f"{Mark.NOTE} {_line(letter)}")
        say("To handle one again, once the cause is put right: dead-letters --replay NUMBER")
    return ExitCode.OK


def replay(config: Config, say: Say, number: int) -> ExitCode:
    """Hand one to the relay again.

    Raises `NoSuchLetter`, `LetterUnreadable`, and what `show` raises."""
    if not config.relay.database.exists():
        raise NoSuchLetter(str(number))
    with offline.transaction(config.relay.database) as tx:
        letter = dead_letters.replay(tx, number, time.time_ns() // 1_000_000)
    say(f"{Mark.GOOD} {_line(letter)}")
    say(f"{Mark.GOOD} handed to the relay again: at once where it runs, else at its next start")
    return ExitCode.OK


def _read(database: Path) -> list[DeadLetter]:
    if not database.exists():
        return []
    with closing(connect_read_only(database)) as connection:
        if not is_begun(connection):
            return []
        refuse_newer_schema(connection)
        return _letters(connection)


def _letters(connection: sqlite3.Connection) -> list[DeadLetter]:
    connection.execute("BEGIN")
    return dead_letters.all_letters(connection)


def _fields(letter: DeadLetter) -> dict[str, object]:
    return {
        "id": letter.number,
        "at": _time(letter).isoformat().replace("+00:00", "Z"),
        "chat": letter.chat_id,
        "title": letter.title,
        "message": letter.msg_id or None,
        "kind": letter.kind,
        "error": letter.reason,
    }


def _line(letter: DeadLetter) -> str:
    title = clean(letter.title)
    chat = f"“{title}” ({letter.chat_id})" if title else str(letter.chat_id)
    what = f"message {letter.msg_id}" if letter.msg_id else "the group itself"
    when = f"{_time(letter):%Y-%m-%d %H:%M:%S} UTC"
    return f"{letter.number}: {when}, {chat}, {what}, {letter.kind}: {letter.reason}"


def _time(letter: DeadLetter) -> datetime:
    return datetime.fromtimestamp(letter.at // 1000, UTC)
