"""From a file and an environment to a `Config`, or to a list of all that is wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import tomli

from daemon.config import checks
from daemon.config.catalogue import ENGLISH, language
from daemon.config.env_file import NAME, EnvFile, read_env_file
from daemon.config.files import others_may_read, read_text
from daemon.config.problems import ConfigError
from daemon.config.reader import Report, Table
from daemon.config.schema import (
    Config,
    LimitsConfig,
    LogConfig,
    LogFormat,
    LogLevel,
    MetricsConfig,
    Places,
    RelayConfig,
    ServerConfig,
    TelegramConfig,
)
from daemon.config.sources import Override, Sources, plain, whole_number, whole_numbers
from daemon.config.templates import read_texts
from daemon.core.model import TicketNumbers

BOT_TOKEN = Override("TELEGRAM_BOT_TOKEN", plain, secret=True)
API_ID = Override("TELEGRAM_API_ID", whole_number)
API_HASH = Override("TELEGRAM_API_HASH", plain, secret=True)
STAFF_GROUP = Override("STAFF_GROUP_ID", whole_number)
ADMINS = Override("ADMIN_USER_ID", whole_numbers)

_LONGEST_FOLLOW_UP_S = 3600
"""Beyond this it is no longer the same thought."""

_SESSION = "ticket-relay.session"
_DATABASE = "tickets.db"

_MOST_MESSAGES = 1_000_000
"""Beyond this it means: never."""

_LARGEST_MEDIA_MB = 2000
"""Telegram's limit for a file."""


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration in the file at `path`, with what the environment, or `.env` beside the
    file, puts in its place.

    Relative paths in the file are relative to its folder. The session and the database, where the
    file names none, are in its folder `state`, or in systemd's $STATE_DIRECTORY. Raises
    `ConfigError` with every problem at once.
    """
    file = path.absolute()
    content, mode = _read(file)
    try:
        values = tomli.loads(content)
    except ValueError as error:  # TOMLDecodeError is one; a number of 5,000 digits is another
        raise ConfigError(str(path), [f"is not valid TOML: {error}"]) from None
    report = Report()
    env_file = read_env_file(file.parent)
    for problem in env_file.problems:
        report.add(NAME, problem)
    sources = Sources(environ, env_file.values)
    state = sources.state_folder(file.parent / "state")
    root = Table("", values, report, sources)
    telegram = _telegram(root.table("telegram"), file.parent, state)
    relay = _relay(root.table("relay"), file.parent, state)
    config = Config(
        file=file,
        telegram=telegram,
        relay=relay,
        log=_log(root.table("log")),
        limits=_limits(root.table("limits")),
        metrics=_metrics(root.table("metrics")),
        texts=read_texts(root.table("texts"), relay.language),
        warnings=_warnings(values, mode, env_file),
    )
    root.close()
    if telegram.session == relay.database:
        report.add("relay.database", "must not be the same file as telegram.session")
    if problems := report.problems():
        raise ConfigError(str(path), problems)
    return config


def places(path: Path, environ: Mapping[str, str] = os.environ) -> Places:
    """Where the configuration at `path` has the session and the database, whatever else is in it.

    Raises `ConfigError` where that is not to be told."""
    file = path.absolute()
    content, _ = _read(file)
    try:
        values = tomli.loads(content)
    except ValueError as error:
        raise ConfigError(str(path), [f"is not valid TOML: {error}"]) from None
    report = Report()
    sources = Sources(environ, {})
    state = sources.state_folder(file.parent / "state")
    root = Table("", values, report, sources)
    below = checks.path_below(file.parent)
    found = Places(
        session=root.table("telegram").optional("session", below, state / _SESSION),
        database=root.table("relay").optional("database", below, state / _DATABASE),
    )
    if problems := report.problems():
        raise ConfigError(str(path), problems)
    return found


def _read(file: Path) -> tuple[str, int]:
    """The file's text and its permission bits."""
    try:
        return read_text(file)
    except OSError as error:
        raise ConfigError(
            str(file), [f"cannot be read: {error.strerror}; name another one with --config"]
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(str(file), ["is not text in UTF-8"]) from None


def _telegram(table: Table, folder: Path, state: Path) -> TelegramConfig:
    server = table.table_if_any("server")
    telegram = TelegramConfig(
        bot_token=table.required("bot_token", checks.bot_token, BOT_TOKEN),
        api_id=table.required("api_id", checks.api_id, API_ID),
        api_hash=table.required("api_hash", checks.api_hash, API_HASH),
        session=table.optional("session", checks.path_below(folder), state / _SESSION),
        server=None if server is None else _server(server, folder),
    )
    table.close()
    return telegram


def _server(table: Table, folder: Path) -> ServerConfig:
    server = ServerConfig(
        host=table.required("host", checks.host),
        port=table.required("port", checks.whole_between(1, 65535)),
        dc_id=table.required("dc_id", checks.whole_between(1, 999)),
        public_key=table.required("public_key", checks.public_key_below(folder)),
    )
    table.close()
    return server


def _relay(table: Table, folder: Path, state: Path) -> RelayConfig:
    relay = RelayConfig(
        staff_group=table.required("staff_group", checks.staff_group, STAFF_GROUP),
        admins=table.required("admins", checks.admins, ADMINS),
        language=table.optional("language", language, ENGLISH),
        database=table.optional("database", checks.path_below(folder), state / _DATABASE),
        ticket_numbers=table.optional(
            "ticket_numbers", checks.choice(TicketNumbers), TicketNumbers.TIMESTAMP
        ),
        follow_up_seconds=table.optional(
            "follow_up_seconds", checks.whole_between(0, _LONGEST_FOLLOW_UP_S), 0
        ),
        staff_allowlist=table.optional("staff_allowlist", checks.allowlist, ()),
    )
    table.close()
    return relay


def _log(table: Table) -> LogConfig:
    default = LogConfig()
    log = LogConfig(
        level=table.optional("level", checks.choice(LogLevel), default.level),
        format=table.optional("format", checks.choice(LogFormat), default.format),
        message_text=table.optional("message_text", checks.flag, default.message_text),
    )
    table.close()
    return log


def _metrics(table: Table) -> MetricsConfig:
    metrics = MetricsConfig(listen=table.optional("listen", checks.address, None))
    table.close()
    return metrics


def _limits(table: Table) -> LimitsConfig:
    default = LimitsConfig()

    def positive(key: str, default: float) -> float:
        return table.optional(key, checks.positive_number, default)

    limits = LimitsConfig(
        per_chat_per_second=positive("per_chat_per_second", default.per_chat_per_second),
        per_group_per_minute=positive("per_group_per_minute", default.per_group_per_minute),
        per_second=positive("per_second", default.per_second),
        send_timeout_s=positive("send_timeout_s", default.send_timeout_s),
        sync_interval_s=positive("sync_interval_s", default.sync_interval_s),
        stall_s=positive("stall_s", default.stall_s),
        shutdown_s=positive("shutdown_s", default.shutdown_s),
        album_quiet_s=positive("album_quiet_s", default.album_quiet_s),
        backlog_notice_s=positive("backlog_notice_s", default.backlog_notice_s),
        merge_after_s=positive("merge_after_s", default.merge_after_s),
        merge_from_messages=table.optional(
            "merge_from_messages",
            checks.whole_between(1, _MOST_MESSAGES),
            default.merge_from_messages,
        ),
        media_cap_mb=table.optional(
            "media_cap_mb", checks.whole_between(1, _LARGEST_MEDIA_MB), default.media_cap_mb
        ),
    )
    table.close()
    return limits


def _warnings(values: Mapping[str, object], mode: int, env_file: EnvFile) -> tuple[str, ...]:
    telegram = values.get("telegram")
    held = telegram if isinstance(telegram, dict) else {}
    in_config = [f"telegram.{key}" for key in ("bot_token", "api_hash") if _is_secret(held, key)]
    overrides = (BOT_TOKEN, API_HASH)
    in_env_file = [it.variable for it in overrides if _is_secret(env_file.values, it.variable)]
    return tuple(
        f"{which} holds {' and '.join(secrets)} and others on this system may read it; make it"
        f" private: chmod 600{of_it}"
        for which, secrets, its_mode, of_it in (
            ("the file", in_config, mode, ""),
            (f"the file {NAME} beside it", in_env_file, env_file.mode, f" {NAME}"),
        )
        if secrets and others_may_read(its_mode)
    )


def _is_secret(held: Mapping[str, object], key: str) -> bool:
    value = held.get(key)
    return bool(value) and not checks.is_placeholder(value)
