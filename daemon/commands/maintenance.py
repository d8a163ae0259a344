"""The command line of what keeps the relay's data safe: options, and what goes wrong in words.

These commands need no token and no Telegram, only to know where the database is.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from daemon import logs
from daemon.commands.backup import Order
from daemon.commands.backup import backup as back_up
from daemon.commands.restore import RestoreRefused, Say, decide, put_back
from daemon.config import ConfigError, LogConfig, LogFormat, LogLevel, places
from daemon.core.remark import Mark
from daemon.exit_codes import ExitCode
from daemon.failures import Failure, explain
from daemon.relay import events
from daemon.speech import Speech

log = structlog.get_logger()


def backup(options: argparse.Namespace) -> ExitCode:
    """Make a backup. A success is told to a person or to the journal, and not to cron, which
    would mail it every night."""
    watched = options.verbose or sys.stderr.isatty() or "JOURNAL_STREAM" in os.environ
    level = LogLevel.INFO if watched else LogLevel.WARNING
    logs.configure(LogConfig(level, LogFormat.JSON))
    *named, target = options.paths  # as typed: a Path would drop the / at the end
    in_config = options.with_config or options.with_session or not named
    try:
        found = places(options.config) if in_config else None
    except ConfigError as error:
        reason = f"{error.file}: {'; '.join(error.problems)}"
        log.error(events.BACKUP_FAILED, reason=reason, exit_code=int(ExitCode.CONFIG))
        return ExitCode.CONFIG
    database = Path(named[0]) if named or found is None else found.database
    order = Order(
        database=database,
        target=Path(target),
        into_folder=target.endswith("/"),
        config=options.config if options.with_config else None,
        session=found.session if options.with_session and found else None,
        keep_daily=options.keep_daily,
        keep_weekly=options.keep_weekly,
    )
    return back_up(order)


def restore(options: argparse.Namespace) -> ExitCode:
    """Put a backup in the database's place."""

    def work(database: Path, say: Say) -> ExitCode:
        return put_back(options.backup, database, say)

    return _for_an_operator(options, work)


def recover(options: argparse.Namespace) -> ExitCode:
    """Show what a restore held back, send it or drop it."""

    def work(database: Path, say: Say) -> ExitCode:
        return decide(database, say, options.what)

    return _for_an_operator(options, work)


def _for_an_operator(
    options: argparse.Namespace, work: Callable[[Path, Say], ExitCode]
) -> ExitCode:
    say = Speech(sys.stdout).say
    try:
        return work(options.database or places(options.config).database, say)
    except Exception as error:  # noqa: BLE001 the boundary: every error becomes an exit code
        failure = explain(error) or _of_files(error)
        for reason in failure.reasons:
            say(f"{Mark.BAD} {reason}")
        return failure.code


def _of_files(error: Exception) -> Failure:
    if isinstance(error, RestoreRefused):
        return Failure(error.code, (str(error),))
    if isinstance(error, FileNotFoundError):
        return Failure(ExitCode.CONFIG, (f"{error.filename}: there is no such file",))
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return Failure(ExitCode.FAILURE, (f"{where}{error.strerror}",))
    return Failure(ExitCode.FAILURE, (f"unexpected {type(error).__name__}: {error}",))


def add_restore_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("backup", type=Path, help="as `backup` made it, compressed or not")
    _add_database(sub)


def add_recover_options(sub: argparse.ArgumentParser) -> None:
    what = sub.add_mutually_exclusive_group()
    for word, text in (
        ("send", "send it after all; what Telegram still knows is not sent a second time"),
        ("drop", "forget it"),
    ):
        what.add_argument(f"--{word}", dest="what", action="store_const", const=word, help=text)
    _add_database(sub)


def _add_database(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "database",
        type=Path,
        nargs="?",
        help="the database (default: the one of the configuration)",
    )


def add_backup_options(sub: argparse.ArgumentParser) -> None:
    sub.usage = "%(prog)s [OPTIONS] [DATABASE] TARGET"
    sub.add_argument(
        "paths",
        nargs="+",
        action=_OneOrTwo,
        metavar="[DATABASE] TARGET",
        help="the database (default: the one of the configuration), and a folder to put the backup"
        " into, compressed and with its date as its name, or a file; compressed if it ends in .gz",
    )
    for every in ("daily", "weekly"):
        sub.add_argument(
            f"--keep-{every}",
            type=_count,
            default=0,
            metavar="N",
            help=f"remove all but the newest of each of the last N {_NOUNS[every]} (default: none"
            " is removed; with both options, whatever either keeps)",
        )
    sub.add_argument("--with-config", action="store_true", help="copy the configuration too")
    sub.add_argument("--with-session", action="store_true", help="copy the login too: a secret")
    sub.add_argument("--verbose", action="store_true", help="log a success as well")


_NOUNS = {"daily": "days", "weekly": "weeks"}


class _OneOrTwo(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if len(values) > 2:
            parser.error("too many paths: at most a database and a target")
        setattr(namespace, self.dest, values)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("must be a whole number, 0 or more")
    return int(text)
