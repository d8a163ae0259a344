"""`import-seed`: takes over the customer groups and tickets of the aiogram bot.

The relay then goes on where that bot stopped: its wrappers and its answers take replies. What is
known here is never changed, so the command may be run again.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from daemon.commands.progress import Progress
from daemon.config import Config
from daemon.core.model import ChatId
from daemon.core.remark import Mark
from daemon.core.takeover import OldTicket, conversations
from daemon.exit_codes import ExitCode
from daemon.lock import FileLock
from daemon.relay.place import WrongDatabase
from daemon.storage import groups, moves, offline, sync_state
from daemon.storage.old_bot import OldDatabase, OldDatabaseUnusable, open_old_database
from daemon.storage.sync_state import Identity
from daemon.storage.takeover import take_over

Say = Callable[[str], None]

_RENUMBERED_TOLD = 10


@dataclass(slots=True)
class _Account:
    """What was taken over."""

    new_groups: int = 0
    known_groups: int = 0
    new_tickets: int = 0
    known_tickets: int = 0
    staff_groups: int = 0
    staff_tickets: int = 0
    """Left out, since the staff group cannot be its own customer."""
    renumbered: list[tuple[int, int]] = field(default_factory=list)
    """Old number and new one, where one stood for two customers."""


def import_seed(config: Config, file: Path, say: Say, screen: TextIO, *, dry_run: bool) -> ExitCode:
    """Take over what the file holds, all of it or nothing, and say so; `screen` gets the progress.

    Raises `Locked` while a relay runs, `OldDatabaseUnusable`, `WrongDatabase`, `ForeignDatabase`,
    `SchemaTooNew`, `sqlite3.Error`, `OSError`."""
    database, now = config.relay.database, time.time_ns() // 1_000_000
    with FileLock(database), open_old_database(file, now) as old:
        if database.exists() and database.samefile(file):
            raise OldDatabaseUnusable(file, "is this relay's own database")
        old.check()
        # Whatever is wrong with a row is found before anything is begun.
        customer_groups = old.groups()
        rows = _Rows(old, screen)
        for _ in rows.read("Checking"):
            pass
        begin = offline.rehearsal if dry_run else offline.transaction
        with begin(database) as tx:
            account = _take_over(tx, config, customer_groups, rows, now)
    _report(account, database, say, dry_run=dry_run)
    return ExitCode.OK


class _Rows:
    """The old tickets, read with a progress bar."""

    def __init__(self, old: OldDatabase, screen: TextIO) -> None:
        self._old = old
        self._screen = screen
        self._count = old.count()

    def read(self, doing: str) -> Iterator[list[OldTicket]]:
        """Those of one number together. `doing` names the work."""
        progress = Progress(self._screen, doing, self._count)
        done = 0
        try:
            for same in self._old.tickets():
                yield same
                done += len(same)
                progress.reached(done)
        finally:
            progress.end()


def _take_over(
    tx: sqlite3.Connection,
    config: Config,
    customer_groups: list[ChatId],
    rows: _Rows,
    now: int,
) -> _Account:
    staff_group = config.relay.staff_group
    _make_ours(tx, config)
    account = _Account()
    for group in customer_groups:
        if group == staff_group:
            account.staff_groups += 1
        elif groups.add(tx, moves.current(tx, group), now):
            account.new_groups += 1
        else:
            account.known_groups += 1
    for same in rows.read("Taking over"):
        for conversation in conversations(same):
            if conversation.first.question.chat_id == staff_group:
                account.staff_tickets += 1
                continue
            taken = take_over(tx, conversation, staff_group, now)
            if not taken.is_new:
                account.known_tickets += 1
                continue
            account.new_tickets += 1
            if taken.number != conversation.first.ticket_id:
                account.renumbered.append((conversation.first.ticket_id, taken.number))
    return account


def _make_ours(tx: sqlite3.Connection, config: Config) -> None:
    """The messages taken over are those of one bot in one staff group."""
    bot_id, _, _ = config.telegram.bot_token.reveal().partition(":")
    ours = Identity(ChatId(int(bot_id)), moves.current(tx, config.relay.staff_group))
    theirs = sync_state.identity(tx)
    if theirs not in (None, ours):
        raise WrongDatabase(theirs)
    sync_state.set_identity(tx, ours)


def _report(account: _Account, database: Path, say: Say, *, dry_run: bool) -> None:
    new = _both(account.new_groups, account.new_tickets)
    say(f"{Mark.GOOD} {'would take' if dry_run else 'took'} over {new} into {database}")
    if account.known_groups or account.known_tickets:
        known = _both(account.known_groups, account.known_tickets)
        say(f"{Mark.GOOD} here already, and left as it is: {known}")
    if account.staff_groups or account.staff_tickets:
        left_out = _both(account.staff_groups, account.staff_tickets)
        say(f"{Mark.NOTE} left out, being of the staff group itself: {left_out}")
    told = account.renumbered[:_RENUMBERED_TOLD]
    for number, new_number in told:
        say(
            f"{Mark.NOTE} number {number} stood for several tickets: one of them goes on as"
            f" {new_number}"
        )
    if more := len(account.renumbered) - len(told):
        say(f"{Mark.NOTE} and {_count(more, 'more ticket')} got a new number")
    if dry_run:
        say(f"{Mark.GOOD} a dry run: nothing was changed")


def _both(groups: int, tickets: int) -> str:
    return f"{_count(groups, 'customer group')} and {_count(tickets, 'ticket')}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
