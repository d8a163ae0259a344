"""The command line: `run` and `check`. Errors become one line for people and an exit code."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog

from daemon import logs
from daemon.app import App, NotInStaffGroup, UpdatesStopped, WrongDatabase
from daemon.config import Config, ConfigError, load
from daemon.exit_codes import ExitCode
from daemon.relay import events
from daemon.storage.db import SchemaTooNew
from daemon.telegram.errors import SessionRefused, TelegramUnreachable
from daemon.telegram.session import SessionLocked, SessionUnreadable

log = structlog.get_logger()

_KNOWN_FAILURES: tuple[tuple[type[Exception], ExitCode, str], ...] = (
    (
        SessionLocked,
        ExitCode.LOCKED,
        "another Ticket Relay uses the session {error}; stop that one first",
    ),
    (
        SessionUnreadable,
        ExitCode.CONFIG,
        "the session file {error} is damaged; remove it, and the next start logs in anew",
    ),
    (
        SessionRefused,
        ExitCode.FORBIDDEN,
        "Telegram refuses the login ({error}); check telegram.bot_token, telegram.api_id and"
        " telegram.api_hash, and remove the session file if they are right",
    ),
    (
        TelegramUnreachable,
        ExitCode.UNAVAILABLE,
        "Telegram cannot be reached ({error}); check the network, and [telegram.server] if set",
    ),
    (
        NotInStaffGroup,
        ExitCode.FORBIDDEN,
        "the bot is not in the staff group ({error}); add it there, and check relay.staff_group",
    ),
    (
        WrongDatabase,
        ExitCode.CONFIG,
        "the database is not this relay's: {error}; set relay.database to another file",
    ),
    (
        SchemaTooNew,
        ExitCode.CONFIG,
        "the database is newer than this program ({error}); install the newer version again",
    ),
    (UpdatesStopped, ExitCode.UNAVAILABLE, "Telegram's updates stopped: {error}"),
    (sqlite3.Error, ExitCode.FAILURE, "the database cannot be used: {error}"),
    (OSError, ExitCode.FAILURE, "{error}"),
)


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        config = load(options.config)
    except ConfigError as error:
        _say(str(error))
        return ExitCode.CONFIG
    logs.configure(config.log, config.secrets)
    logs.log_uncaught()
    for warning in config.warnings:
        log.warning(events.CONFIG_WARNING, problem=warning)
    command: Callable[[Config], Awaitable[ExitCode]] = options.command
    try:
        return asyncio.run(_guarded(command, config))
    except Exception as error:  # noqa: BLE001 the boundary: every error becomes one line
        return _explain(error)


async def _guarded(command: Callable[[Config], Awaitable[ExitCode]], config: Config) -> ExitCode:
    asyncio.get_running_loop().set_exception_handler(logs.asyncio_exception_handler)
    return await command(config)


async def _run(config: Config) -> ExitCode:
    app = App(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.stop)
    await app.run()
    log.info(events.RELAY_STOPPED)
    return ExitCode.OK


def _explain(error: Exception) -> ExitCode:
    """One line for a person; the traceback of what nobody expected goes to the log alone."""
    for known, code, line in _KNOWN_FAILURES:
        if isinstance(error, known):
            log.error(events.RELAY_FAILED, reason=line.format(error=error), exit_code=int(code))
            return code
    log.critical(events.RELAY_FAILED, reason="unexpected", exc_info=error)
    return ExitCode.FAILURE


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m daemon", description="Relays tickets between Telegram groups."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, text in (("run", _run, "relay until stopped"),):
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        sub.add_argument(
            "--config",
            type=Path,
            default=Path("config.toml"),
            help="the configuration file (default: %(default)s)",
        )
    return parser
