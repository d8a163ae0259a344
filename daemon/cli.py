"""The command line: its commands, and how each tells people what went wrong.

`run` logs, and on a terminal says in plain words, why it cannot run. The others talk to a person
alone: lines on standard output and no log, unless `log.level` is "debug"; but in systemd's journal
a configuration that is not right is a line of the log, with its level.
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import structlog

from daemon import logs
from daemon.app import App
from daemon.commands import dead_letters, maintenance
from daemon.commands.check import check, check_config
from daemon.commands.import_seed import import_seed
from daemon.commands.status import status
from daemon.config import Config, ConfigError, LogConfig, LogFormat, LogLevel, load
from daemon.core.remark import Mark
from daemon.exit_codes import ExitCode
from daemon.failures import Failure, explain
from daemon.metrics.server import serving
from daemon.redaction import Redactor
from daemon.relay import events
from daemon.speech import Speech

log = structlog.get_logger()


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; returns the exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    """Relay until told to stop."""
    config = None
    logs.configure(LogConfig())
    logs.log_uncaught()
    try:
        config = load(options.config)
        logs.configure(config.log, config.secrets)
        return _in_loop(_relay(config, options.config))
    except Exception as error:  # noqa: BLE001 the boundary: every error becomes an exit code
        return _log_failure(error, config)


async def _relay(config: Config, file: Path) -> ExitCode:
    for warning in config.warnings:
        log.warning(events.CONFIG_WARNING, problem=warning)
    a_person = _a_person_looks_on(config)
    app = App(
        config,
        say=Speech(sys.stderr, config.secrets).say if a_person else None,
        reread=lambda: _read_again(file, config.secrets),
        in_words=lambda error: _in_words(error, config),
    )
    logs.tell_errors(app.heartbeat.note_error, config.secrets)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.stop)
    # To somebody at a terminal it means that the terminal is gone.
    loop.add_signal_handler(signal.SIGHUP, app.stop if a_person else app.reload)
    # A watchdog ends a process that hangs by SIGABRT; the log then tells where it hung.
    faulthandler.enable()
    with _metrics(config, app):
        await app.run()
    log.info(events.RELAY_STOPPED)
    return ExitCode.OK


def _metrics(config: Config, app: App) -> AbstractContextManager[None]:
    listen = config.metrics.listen
    return nullcontext() if listen is None else serving(listen.host, listen.port, app.condition)


def _read_again(file: Path, secrets: Sequence[str]) -> Config:
    """The configuration for a relay that runs, and the log as it says. Raises `ConfigError`."""
    config = load(file)
    logs.configure(config.log, (*secrets, *config.secrets))
    return config


def _log_failure(error: Exception, config: Config | None) -> ExitCode:
    """One line; the traceback of what nobody expected goes to the log alone."""
    failure = explain(error, config)
    if failure is None:
        log.critical(events.RELAY_FAILED, reason="unexpected", exc_info=error)
        return ExitCode.FAILURE
    if _a_person_looks_on(config):
        _say_failure(failure, Speech(sys.stderr, config.secrets if config else ()))
    else:
        log.error(events.RELAY_FAILED, reason=failure.reason, exit_code=int(failure.code))
    return failure.code


def _in_words(error: Exception, config: Config) -> str:
    """For the relay's own note, without secrets."""
    failure = explain(error, config)
    reason = failure.reason if failure else f"unexpected {type(error).__name__}: {error}"
    return Redactor(config.secrets).text(reason)


def _a_person_looks_on(config: Config | None) -> bool:
    wanted = config.log.format if config else LogFormat.AUTO
    return sys.stderr.isatty() and wanted is not LogFormat.JSON


def _check(options: argparse.Namespace) -> int:
    """Tell whether everything is as the relay needs it."""
    if options.config_only:
        return _for_a_person(
            options,
            lambda config, speech: check_config(config, speech.say),
            _with_fitting_secrets(os.environ) if options.secrets_elsewhere else os.environ,
        )
    return _for_a_person(options, lambda config, speech: _in_loop(check(config, speech.say)))


def _status(options: argparse.Namespace) -> int:
    """Tell how the relay fares, for a person or for a health check."""
    return _for_a_person(
        options, lambda config, speech: status(config, speech.say, as_json=options.json)
    )


def _with_fitting_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Such as could be right, in place of systemd's credentials."""
    others = {name: value for name, value in environ.items() if name != "CREDENTIALS_DIRECTORY"}
    return {
        **others,
        "TELEGRAM_BOT_TOKEN": f"1:{'elsewhere' * 4}",
        "TELEGRAM_API_ID": "1",
        "TELEGRAM_API_HASH": "e15e" * 8,
    }


def _import_seed(options: argparse.Namespace) -> int:
    """Take over the groups and tickets of the aiogram bot."""
    return _for_a_person(
        options,
        lambda config, speech: import_seed(
            config, options.file, speech.say, sys.stderr, dry_run=options.dry_run
        ),
    )


def _dead_letters(options: argparse.Namespace) -> int:
    """Show what could not be handled, or hand one of it to the relay again."""

    def work(config: Config, speech: Speech) -> ExitCode:
        if options.replay is not None:
            return dead_letters.replay(config, speech.say, options.replay)
        return dead_letters.show(config, speech.say, as_json=options.json)

    return _for_a_person(options, work)


def _for_a_person(
    options: argparse.Namespace,
    work: Callable[[Config, Speech], ExitCode],
    environ: Mapping[str, str] = os.environ,
) -> ExitCode:
    """Do work that talks to a person, and tell what keeps it from being done."""
    config = None
    speech = Speech(sys.stdout)
    try:
        config = load(options.config, environ)
        speech = Speech(sys.stdout, config.secrets)
        logs.configure(config.log, config.secrets)
        if config.log.level is not LogLevel.DEBUG:
            logging.disable()
        return work(config, speech)
    except Exception as error:  # noqa: BLE001 the boundary: every error becomes an exit code
        failure = explain(error, config)
        if isinstance(error, ConfigError) and logs.is_journal(sys.stdout):  # of a reload
            logs.configure(LogConfig())
            log.error(events.CONFIG_REFUSED, file=error.file, problems=list(error.problems))
            return ExitCode.CONFIG
        if failure is None:
            unexpected = f"unexpected {type(error).__name__}: {error}"
            failure = Failure(ExitCode.FAILURE, (unexpected,))
        _say_failure(failure, speech)
        return failure.code
    finally:
        logging.disable(logging.NOTSET)


def _in_loop(work: Coroutine[Any, Any, ExitCode]) -> ExitCode:
    async def guarded() -> ExitCode:
        asyncio.get_running_loop().set_exception_handler(logs.asyncio_exception_handler)
        return await work

    return asyncio.run(guarded())


def _say_failure(failure: Failure, speech: Speech) -> None:
    for reason in failure.reasons:
        speech.say(f"{Mark.BAD} {reason}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m daemon", description="Relays tickets between Telegram groups."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, text in (
        ("run", _run, "relay until stopped"),
        ("check", _check, "tell whether bot, groups and files are as the relay needs them"),
        ("status", _status, "tell whether the relay runs, and what waits"),
        ("backup", maintenance.backup, "copy the database while the relay runs"),
        ("restore", maintenance.restore, "put a backup in the database's place"),
        ("recover", maintenance.recover, "decide about what a restore held back"),
        ("import-seed", _import_seed, "take over the groups and tickets of the aiogram bot"),
        ("dead-letters", _dead_letters, "show what could not be handled, or handle it again"),
    ):
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        sub.add_argument(
            "--config",
            type=Path,
            default=Path("config.toml"),
            help="the configuration file (default: %(default)s)",
        )
        if command is _check:
            sub.add_argument(
                "--config-only",
                action="store_true",
                help="look at the configuration alone, and not at Telegram",
            )
            sub.add_argument(
                "--secrets-elsewhere",
                action="store_true",
                help="with --config-only: take token and application for given, where only the"
                " service sees them",
            )
        if command is _status:
            sub.add_argument("--json", action="store_true", help="as one JSON object")
        if command is maintenance.backup:
            maintenance.add_backup_options(sub)
        if command is maintenance.restore:
            maintenance.add_restore_options(sub)
        if command is maintenance.recover:
            maintenance.add_recover_options(sub)
        if command is _import_seed:
            sub.add_argument("file", type=Path, help="that bot's database, such as tickets.db")
            sub.add_argument(
                "--dry-run", action="store_true", help="tell what would be done, and do nothing"
            )
        if command is _dead_letters:
            which = sub.add_mutually_exclusive_group()
            which.add_argument(
                "--replay", type=int, metavar="NUMBER", help="hand this one to the relay again"
            )
            which.add_argument("--json", action="store_true", help="show them as JSON")
    return parser
