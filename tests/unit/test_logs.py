"""The log as it comes out at the stream's end."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from daemon import logs
from daemon.config import LogConfig, LogFormat, LogLevel

SECRET = "the-most-secret-word"

log = structlog.get_logger()

Logged = Callable[..., io.StringIO]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Puts back what `configure` and `log_uncaught` set for the whole process."""
    root = logging.getLogger()
    handlers, level, raise_exceptions = root.handlers[:], root.level, logging.raiseExceptions
    ours = logging.getLogger("daemon").level
    looked_up = logging.logThreads, logging.logProcesses, logging.logMultiprocessing
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    logging.captureWarnings(False)
    root.handlers[:], logging.raiseExceptions = handlers, raise_exceptions
    root.setLevel(level)
    logging.getLogger("daemon").setLevel(ours)
    logging.logThreads, logging.logProcesses, logging.logMultiprocessing = looked_up
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    for name in ("telethon", "asyncio", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def configured(
    form: LogFormat = LogFormat.JSON,
    level: LogLevel = LogLevel.INFO,
    stream: io.StringIO | None = None,
) -> io.StringIO:
    target = io.StringIO() if stream is None else stream
    logs.configure(LogConfig(level=level, format=form), [SECRET], target)
    return target


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def only_line(stream: io.StringIO) -> dict[str, Any]:
    (line,) = lines(stream)
    return line


def test_an_event_is_one_json_line_with_its_keys_in_order() -> None:
    stream = configured()
    log.info("ticket_opened", ticket=7, group="客服 A")
    line = only_line(stream)
    assert list(line) == ["ts", "level", "event", "ticket", "group"]
    assert line["level"] == "info"
    assert line["event"] == "ticket_opened"
    assert line["ticket"] == 7
    assert "客服 A" in stream.getvalue()


def test_the_time_is_rfc_3339_in_utc_with_milliseconds() -> None:
    stream = configured()
    log.info("now")
    ts: str = only_line(stream)["ts"]
    assert len(ts) == len("2026-01-02T03:04:05.678Z")
    assert ts.endswith("Z")
    assert abs(datetime.fromisoformat(ts) - datetime.now(UTC)) < timedelta(minutes=1)


def test_bound_and_context_values_are_written() -> None:
    stream = configured()
    structlog.contextvars.bind_contextvars(update=3)
    log.bind(ticket=7).warning("late")
    line = only_line(stream)
    assert (line["level"], line["update"], line["ticket"]) == ("warning", 3, 7)


def test_a_library_s_record_has_the_logger_s_name() -> None:
    stream = configured()
    logging.getLogger("some.library").warning("%d of %s", 3, "four")
    line = only_line(stream)
    assert list(line) == ["ts", "level", "event", "logger"]
    assert (line["event"], line["logger"]) == ("3 of four", "some.library")


def test_a_library_s_stack_is_written_where_it_asks_for_that() -> None:
    stream = configured()
    logging.getLogger("some.library").warning("here", stack_info=True)
    assert "test_logs.py" in only_line(stream)["stack_info"]


@pytest.mark.parametrize("level", list(LogLevel))
def test_only_lines_of_the_level_and_above_are_written(level: LogLevel) -> None:
    stream = configured(level=level)
    for each in LogLevel:
        getattr(log, each)("event")
        getattr(logging.getLogger("library"), each)("record")
    written = list(LogLevel)[list(LogLevel).index(level) :]
    assert [line["level"] for line in lines(stream)] == [each for each in written for _ in "12"]


def test_telethon_stays_quiet_below_warning_even_when_debugging() -> None:
    stream = configured(level=LogLevel.DEBUG)
    logger = logging.getLogger("telethon.network.mtprotosender")
    logger.debug("a message text")
    logger.info("connecting")
    logger.warning("odd")
    assert [line["event"] for line in lines(stream)] == ["odd"]


def test_a_warning_of_python_s_is_a_line() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        stream = configured()
        warnings.warn("old habit", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(False)
    line = only_line(stream)
    assert line["logger"] == "py.warnings"
    assert "old habit" in line["event"]


def test_a_traceback_is_one_json_line_with_its_causes() -> None:
    stream = configured()
    try:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError(f"second {SECRET}") from error
    except ValueError:
        log.exception("it_failed")
        logging.getLogger("library").exception("it failed there")
    assert len(lines(stream)) == 2
    for line in lines(stream):
        assert line["level"] == "error"
        assert "KeyError: 'first'" in line["exception"]
        assert "ValueError: second ***" in line["exception"]
        assert "test_logs.py" in line["exception"]


def test_secrets_are_replaced_in_every_part_of_a_line() -> None:
    for form in (LogFormat.JSON, LogFormat.CONSOLE):
        stream = configured(form)
        event = f"event {SECRET}"
        log.warning(event, value={"deep": [(SECRET,)]}, obj=ValueError(SECRET))
        log.warning("event", **{SECRET: 1})
        logging.getLogger(SECRET).warning("record %s", SECRET)
        assert SECRET not in stream.getvalue()
        assert len(stream.getvalue().splitlines()) == 3


@given(text=st.text(), form=st.sampled_from([LogFormat.JSON, LogFormat.CONSOLE]))
def test_whatever_the_text_a_line_is_one_line(text: str, form: LogFormat) -> None:
    """Also where the stream can only take UTF-8, and a reader splits at every kind of line end."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, "utf-8", errors="strict", newline="\n", write_through=True) as out:
        logs.configure(LogConfig(format=form), [], out)
        log.info(text, value=text, deep=[{text: text}])
        written = raw.getvalue().decode("utf-8")
        assert len(written.splitlines()) == 1
        if form is LogFormat.JSON:
            assert json.loads(written)["event"] == text


@pytest.mark.parametrize("character", ["\x7f", "\x85", "\u2028", "\u202e", "\ud800"])
def test_what_some_readers_stumble_over_is_escaped_in_json(character: str) -> None:
    stream = configured()
    log.info("event", value=f"a{character}b")
    assert character not in stream.getvalue()
    assert only_line(stream)["value"] == f"a{character}b"


@pytest.mark.parametrize(
    "form, stream, is_json",
    [
        (LogFormat.AUTO, io.StringIO(), True),
        (LogFormat.AUTO, Terminal(), False),
        (LogFormat.JSON, Terminal(), True),
        (LogFormat.CONSOLE, io.StringIO(), False),
    ],
)
def test_the_form_follows_the_stream_unless_configured(
    form: LogFormat, stream: io.StringIO, is_json: bool
) -> None:
    configured(form, stream=stream)
    log.info("hello", a=1)
    assert stream.getvalue().startswith("{") == is_json
    assert "hello" in stream.getvalue()


def test_control_characters_do_not_reach_a_console() -> None:
    stream = configured(LogFormat.CONSOLE)
    log.info("a\x1b[2J\r\nforged", user="\u202eecila\x07", deep={"k\x1b": ["\x9b"]})
    written = stream.getvalue()
    assert len(written.splitlines()) == 1
    assert all(character.isprintable() for character in written.removesuffix("\n"))


def test_a_stream_that_cannot_be_written_does_not_stop_the_caller(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = configured()
    stream.close()
    log.error("nobody_hears")
    assert capsys.readouterr().err == ""


def test_the_last_configuration_counts() -> None:
    first = configured()
    second = configured()
    log.info("once")
    assert first.getvalue() == ""
    assert only_line(second)["event"] == "once"


def test_an_uncaught_exception_is_logged() -> None:
    stream = configured()
    logs.log_uncaught()
    error = RuntimeError(SECRET)
    sys.excepthook(RuntimeError, error, None)
    line = only_line(stream)
    assert (line["level"], line["event"]) == ("critical", "uncaught_exception")
    assert "RuntimeError: ***" in line["exception"]


def test_an_interrupt_is_no_uncaught_exception(capsys: pytest.CaptureFixture[str]) -> None:
    stream = configured()
    logs.log_uncaught()
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert stream.getvalue() == ""
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_an_exception_in_a_thread_is_logged() -> None:
    stream = configured()
    logs.log_uncaught()
    thread = threading.Thread(target=lambda: 1 / 0, name="worker-7")
    thread.start()
    thread.join()
    line = only_line(stream)
    assert line["thread"] == "worker-7"
    assert "ZeroDivisionError" in line["exception"]


def test_an_exception_in_a_finalizer_is_logged() -> None:
    stream = configured()
    logs.log_uncaught()
    args: Any = SimpleNamespace(exc_value=OSError("closed"), err_msg="Exception ignored in")
    sys.unraisablehook(args)
    line = only_line(stream)
    assert line["reason"] == "Exception ignored in"
    assert "OSError: closed" in line["exception"]


async def test_what_a_callback_of_the_loop_raised_is_logged() -> None:
    stream = configured()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.asyncio_exception_handler)
    done = asyncio.Event()
    loop.call_soon(lambda: 1 / 0)
    loop.call_soon(done.set)
    await done.wait()
    line = only_line(stream)
    assert line["event"] == "asyncio_exception"
    assert "ZeroDivisionError" in line["exception"]


async def test_a_task_that_failed_unseen_is_logged_by_its_name() -> None:
    stream = configured()

    async def fail() -> None:
        raise OSError("gone")

    task = asyncio.create_task(fail(), name="keeper")
    await asyncio.wait([task])
    error = task.exception()
    logs.asyncio_exception_handler(
        asyncio.get_running_loop(),
        {"message": "Task exception was never retrieved", "exception": error, "future": task},
    )
    line = only_line(stream)
    assert line["task"] == "keeper"
    assert line["reason"] == "Task exception was never retrieved"
    assert "OSError: gone" in line["exception"]


@pytest.mark.parametrize(
    "level,mark",
    [
        (logging.DEBUG, "<7>"),
        (logging.INFO, "<6>"),
        (logging.WARNING, "<4>"),
        (logging.ERROR, "<3>"),
        (logging.CRITICAL, "<2>"),
        (25, "<6>"),
    ],
)
def test_in_the_journal_each_line_has_its_priority(tmp_path: Path, level: int, mark: str) -> None:
    with (tmp_path / "journal").open("w+", encoding="utf-8") as stream:
        found = os.fstat(stream.fileno())
        journal = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        config = LogConfig(level=LogLevel.DEBUG, format=LogFormat.JSON)
        logs.configure(config, [SECRET], stream, journal)
        logging.getLogger("a.library").log(level, "%s", SECRET)
        stream.seek(0)
        (line,) = stream.read().splitlines()
    assert line[:3] == mark
    assert json.loads(line[3:])["event"] == "***"


def test_in_the_journal_each_line_of_a_traceback_has_its_priority(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w+", encoding="utf-8") as stream:
        found = os.fstat(stream.fileno())
        journal = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}
        logs.configure(LogConfig(format=LogFormat.CONSOLE), (), stream, journal)
        log.error("it broke", exc_info=ValueError("no"))
        stream.seek(0)
        written = stream.read().splitlines()
    assert len(written) > 1
    assert all(line.startswith("<3>") for line in written)


def test_elsewhere_no_line_has_a_priority(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+", encoding="utf-8") as stream:
        logs.configure(LogConfig(), (), stream, {"JOURNAL_STREAM": "1:2"})
        log.error("it broke")
        stream.seek(0)
        assert json.loads(stream.read())["event"] == "it broke"
    no_file = configured(stream=io.StringIO())
    log.error("it broke")
    assert only_line(no_file)["event"] == "it broke"


def test_errors_are_told_without_secrets_whoever_logged_them() -> None:
    configured()
    told: list[tuple[str, str]] = []
    logs.tell_errors(lambda event, reason: told.append((event, reason)), [SECRET])
    log.warning("no error", reason="none")
    log.error("send.failed", reason=f"for {SECRET}")
    log.error("storage.failed", error="disk full")
    logging.getLogger("telethon").error("lost %s", SECRET)
    log.critical("it broke", exc_info=ValueError("a\nb"))
    assert told == [
        ("send.failed", "for ***"),
        ("storage.failed", "disk full"),
        ("lost ***", ""),
        ("it broke", "b"),
    ]
    configured()  # as after a reload
    log.error("once more")
    assert told[4:] == [("once more", "")]


@pytest.mark.parametrize("level", LogLevel)
def test_who_observes_hears_all_from_info_on_whatever_is_written(level: LogLevel) -> None:
    stream = configured(level=level)
    heard: list[tuple[str, str, Any]] = []
    with logs.observed(lambda *told: heard.append(told)):
        log.info("send.settled", role="answer")
        log.debug("a detail")
        log.error("send.failed")
        logging.getLogger("daemon").error("none of ours")
    log.info("no more")
    heard = [told for told in heard if told[0] != "a detail"]  # heard where it is written
    assert heard == [
        ("send.settled", "info", {"role": "answer"}),
        ("send.failed", "error", {}),
    ]
    written = [line["event"] for line in lines(stream)]
    assert ("send.settled" in written) is (level in (LogLevel.DEBUG, LogLevel.INFO))
    assert "send.failed" in written
