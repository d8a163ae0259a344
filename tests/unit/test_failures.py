"""Errors become exit codes and lines for people."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from daemon.config import Config, ConfigError, load
from daemon.exit_codes import ExitCode
from daemon.failures import explain
from daemon.metrics.server import refused
from daemon.telegram.errors import SessionRefused
from tests.unit.conftest import WriteConfig


@pytest.fixture
def config(write_config: WriteConfig) -> Config:
    return load(write_config(), {})


def raised_by(work: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 whatever it raises is looked at
        work()
    assert isinstance(caught.value, Exception)
    return caught.value


def reason_of(error: Exception, config: Config, code: ExitCode) -> str:
    failure = explain(error, config)
    assert failure is not None
    assert failure.code is code
    assert "\n" not in failure.reason
    return failure.reason


@pytest.mark.parametrize(
    "name,advice",
    [
        ("ACCESS_TOKEN_INVALID", "telegram.bot_token"),
        ("ACCESS_TOKEN_EXPIRED", "telegram.bot_token"),
        ("API_ID_INVALID", "telegram.api_id and telegram.api_hash"),
        ("AUTH_KEY_DUPLICATED", "ticket-relay.session"),
        ("AUTH_KEY_UNREGISTERED", "ticket-relay.session"),
    ],
)
def test_a_refused_login_tells_which_setting_to_look_at(
    config: Config, name: str, advice: str
) -> None:
    reason = reason_of(SessionRefused(name), config, ExitCode.FORBIDDEN)
    assert name in reason
    assert advice in reason


def test_a_database_of_another_kind(config: Config, tmp_path: Path) -> None:
    file = tmp_path / "diary"
    file.write_text("Dear diary, " * 100)
    with closing(sqlite3.connect(file)) as diary:
        error = raised_by(lambda: diary.execute("PRAGMA journal_mode = WAL"))
    assert "set relay.database" in reason_of(error, config, ExitCode.CONFIG)


def test_a_locked_database(config: Config, tmp_path: Path) -> None:
    file = tmp_path / "tickets.db"
    with (
        closing(sqlite3.connect(file)) as first,
        closing(sqlite3.connect(file, timeout=0)) as other,
    ):
        first.execute("BEGIN EXCLUSIVE")
        error = raised_by(lambda: other.execute("CREATE TABLE t (x)"))
    assert "stop that one first" in reason_of(error, config, ExitCode.LOCKED)


def test_a_read_only_database(config: Config, tmp_path: Path) -> None:
    file = tmp_path / "tickets.db"
    file.touch()
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as read_only:
        error = raised_by(lambda: read_only.execute("CREATE TABLE t (x)"))
    assert "writable" in reason_of(error, config, ExitCode.CONFIG)


def test_a_full_disk_is_worth_another_start(config: Config) -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorname = "SQLITE_FULL"
    assert "room on the disk" in reason_of(full, config, ExitCode.FAILURE)
    full_too = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/srv/relay.session")
    assert "/srv/relay.session" in reason_of(full_too, config, ExitCode.FAILURE)


def test_a_forbidden_place_is_not(config: Config) -> None:
    error = PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/srv/relay.session")
    reason = reason_of(error, config, ExitCode.CONFIG)
    assert reason.startswith("/srv/relay.session: Permission denied; make it a place")


@pytest.mark.parametrize(
    "number,advice",
    [
        (errno.EACCES, "a port from 1024 on"),
        (errno.EPERM, "a port from 1024 on"),
        (errno.EADDRINUSE, "end what uses it"),
    ],
)
def test_an_address_for_metrics_that_cannot_be_had(
    config: Config, number: int, advice: str
) -> None:
    error = refused("127.0.0.1", 464, OSError(number, os.strerror(number)))
    reason = reason_of(error, config, ExitCode.CONFIG)
    assert "127.0.0.1:464" in reason
    assert advice in reason


def test_each_problem_of_a_configuration_is_a_reason_of_its_own() -> None:
    failure = explain(ConfigError("config.toml", ["relay.admins: is missing", "log: no table"]))
    assert failure is not None
    assert failure.code is ExitCode.CONFIG
    assert failure.reasons == (
        "config.toml: relay.admins: is missing",
        "config.toml: log: no table",
    )
    assert failure.reason == "; ".join(failure.reasons)


def test_what_nobody_expected_is_not_explained_away(config: Config) -> None:
    assert explain(KeyError("ticket"), config) is None
    assert explain(KeyError("ticket")) is None
