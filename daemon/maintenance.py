"""The command line of what keeps the relay's data safe: its options, and what it says."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import structlog

from daemon import logs
from daemon.backup import Order
from daemon.backup import backup as back_up
from daemon.config import ConfigError, LogConfig, LogFormat, LogLevel, places
from daemon.exit_codes import ExitCode
from daemon.relay import events

log = structlog.get_logger()


def backup(options: argparse.Namespace) -> ExitCode:
    """Make a backup. A success is told to a person or to the journal, and not to cron, which
    would mail it every night."""
    watched = options.verbose or sys.stderr.isatty() or "JOURNAL_STREAM" in os.environ
    level = LogLevel.INFO if watched else LogLevel.WARNING
    logs.configure(LogConfig(level, LogFormat.JSON))
    *named, target = options.paths
    in_config = options.with_config or options.with_session or not named
    try:
        found = places(options.config) if in_config else None
    except ConfigError as error:
        reason = f"{error.file}: {'; '.join(error.problems)}"
        log.error(events.BACKUP_FAILED, reason=reason, exit_code=int(ExitCode.CONFIG))
        return ExitCode.CONFIG
    database = named[0] if named or found is None else found.database
    order = Order(
        database=database,
        target=target,
        config=options.config if options.with_config else None,
        session=found.session if options.with_session and found else None,
        keep_daily=options.keep_daily,
        keep_weekly=options.keep_weekly,
    )
    return back_up(order)


def add_backup_options(sub: argparse.ArgumentParser) -> None:
    sub.usage = "%(prog)s [OPTIONS] [DATABASE] TARGET"
    sub.add_argument(
        "paths",
        nargs="+",
        type=Path,
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
