"""The log: events as JSON lines for machines, or as lines for people on a terminal.

Events of the daemon (structlog) and records of libraries (stdlib logging, warnings) go through one
pipe to one stream, so both look the same and no line escapes the redaction, which is the last step
before a line is written. A JSON line has `ts` (RFC 3339, UTC, milliseconds), `level`, `event`, then
what was bound; a library's line also has `logger`; a traceback is one text under `exception`.
docs/logging.md has all events with what is bound to them.

Use: `log = structlog.get_logger()`, `log.info(events.GROUP_ADDED, chat=-7)`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from daemon.config import LogConfig, LogFormat
from daemon.redaction import Redactor

_QUIET_LIBRARIES = ("telethon", "asyncio", "aiosqlite")
"""Their lines below WARNING are many, and some hold message texts; `log.level` does not open
them."""

_DAEMON = "daemon"
"""The stdlib logger which events of the daemon go through on their way to the stream."""

_FIRST_KEYS = ("ts", "level", "event", "logger")

TASK_FAILED = "asyncio_exception"
UNCAUGHT = "uncaught_exception"
UNRAISABLE = "unraisable_exception"

_PRIORITIES = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}
"""https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html"""

_UNSAFE_IN_CONSOLE = re.compile(
    # C0 and C1 controls but for tab and line feed, then characters that turn the text around.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What json.dumps leaves as it is and some readers take for a line's end, or cannot encode."""


def configure(
    config: LogConfig,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Sends every log line to `stream` (default: standard error) in the configured form, without
    the `secrets` and without what looks like one; where the stream leads to systemd's journal,
    with its level in front. May be called again; the last call counts."""
    target = sys.stderr if stream is None else stream
    level = logging.getLevelNamesMapping()[config.level.upper()]
    handler = logging.StreamHandler(target)
    formatter = _formatter(Redactor(secrets), *_renderer(config.format, target))
    handler.setFormatter(_ForJournal(formatter) if is_journal(target, environ) else formatter)
    handler.setLevel(level)
    root = logging.getLogger()
    for old in root.handlers[:]:
        if not isinstance(old, _ErrorTeller):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    heard = min(level, logging.INFO)  # by those who observe, whatever is written
    daemon = logging.getLogger(_DAEMON)
    daemon.setLevel(heard)
    events = _Events(daemon)
    for name in _QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    # A line that cannot be written (closed pipe, full disk) must not stop the relay, and the
    # complaint about it would go to the same stream.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    # No line shows these names and numbers, and they would be looked up for each:
    # https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(heard),
        logger_factory=lambda *_args: events,
        cache_logger_on_first_use=False,
    )


def tell_errors(listener: Callable[[str, str], None], secrets: Iterable[str] = ()) -> None:
    """Call `listener` for each line of level "error" and above, those of libraries included: with
    its event and the reason that it gives, both without the `secrets`."""
    logging.getLogger().addHandler(_ErrorTeller(listener, Redactor(secrets)))


@contextmanager
def observed(listener: Callable[[str, str, Mapping[str, Any]], None]) -> Iterator[None]:
    """Within the block `listener` is called for each event of the relay, of level "info" and above
    whatever `log.level` says: with its name, its level, and what was bound to it, as it is."""
    observer = _Observer(listener)
    logger = logging.getLogger(_DAEMON)
    logger.addHandler(observer)
    try:
        yield
    finally:
        logger.removeHandler(observer)


class _Events:
    """A logger for structlog, which does not search the stack for the line of code that logs, as
    the stdlib's own methods do: no line of the log shows it."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self.debug = partial(self._log, logging.DEBUG)
        self.info = partial(self._log, logging.INFO)
        self.warning = partial(self._log, logging.WARNING)
        self.error = partial(self._log, logging.ERROR)
        self.critical = partial(self._log, logging.CRITICAL)

    def _log(self, level: int, event: EventDict, extra: Mapping[str, object]) -> None:
        to = self._logger
        if to.isEnabledFor(level):
            to.handle(to.makeRecord(to.name, level, "", 0, event, (), None, extra=extra))


class _Observer(logging.Handler):
    def __init__(self, listener: Callable[[str, str, Mapping[str, Any]], None]) -> None:
        super().__init__(logging.INFO)
        self._listener = listener

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, dict):  # else it is none of structlog's
            fields = {key: value for key, value in record.msg.items() if key not in _FIRST_KEYS}
            self._listener(str(record.msg.get("event")), str(record.msg.get("level")), fields)


class _ErrorTeller(logging.Handler):
    def __init__(self, listener: Callable[[str, str], None], redactor: Redactor) -> None:
        super().__init__(logging.ERROR)
        self._listener = listener
        self.setFormatter(_formatter(redactor, _render_json))

    def emit(self, record: logging.LogRecord) -> None:
        line = json.loads(self.format(record))
        trace = line.get("exception", "").strip()
        reason = line.get("reason") or line.get("error") or trace.rpartition("\n")[2]
        self._listener(str(line["event"]), str(reason))


def log_uncaught() -> None:
    """Logs what would otherwise end on standard error: exceptions that nobody caught, in this
    thread, in others, and in finalizers."""
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    sys.unraisablehook = _log_unraisable


def asyncio_exception_handler(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """For `loop.set_exception_handler`: logs what a task or callback raised and nobody awaited."""
    task = context.get("task") or context.get("future")
    structlog.get_logger().error(
        TASK_FAILED,
        reason=context.get("message"),
        # The name alone: a future's repr holds its result, which may be a message.
        task=task.get_name() if isinstance(task, asyncio.Task) else None,
        exc_info=context.get("exception"),
    )


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    structlog.get_logger().critical(UNCAUGHT, exc_info=(kind, error, traceback))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    structlog.get_logger().critical(
        UNCAUGHT,
        thread=args.thread.name if args.thread else None,
        exc_info=args.exc_value,
    )


def _log_unraisable(args: sys.UnraisableHookArgs) -> None:
    structlog.get_logger().error(UNRAISABLE, reason=args.err_msg, exc_info=args.exc_value)


def is_journal(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the stream is the one that systemd connected to its journal, as $JOURNAL_STREAM tells
    by device and inode: https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html"""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):  # no file, or closed
        return False
    return environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


class _ForJournal(logging.Formatter):
    """Puts the level in front of each line, where the journal takes it off and goes by it, as in
    `journalctl -p warning`."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self._formatter = formatter

    def format(self, record: logging.LogRecord) -> str:
        mark = f"<{_PRIORITIES.get(record.levelno, _PRIORITIES[logging.INFO])}>"
        return mark + self._formatter.format(record).replace("\n", f"\n{mark}")


def _formatter(redactor: Redactor, *renderers: Processor) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _timestamp,
            structlog.processors.format_exc_info,
            _first_keys_first,
            _redact(redactor),
            *renderers,
        ],
    )


def _timestamp(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    event_dict["ts"] = now.removesuffix("+00:00") + "Z"
    return event_dict


def _first_keys_first(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    first = {key: event_dict.pop(key) for key in _FIRST_KEYS if key in event_dict}
    return {**first, **event_dict}


def _redact(redactor: Redactor) -> Processor:
    def process(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
        plain = redactor.value(event_dict)
        # A mapping stays one; the check is for the types alone.
        return plain if isinstance(plain, dict) else event_dict

    return process


def _renderer(form: LogFormat, stream: TextIO) -> list[Processor]:
    if form is LogFormat.AUTO:
        form = LogFormat.CONSOLE if stream.isatty() else LogFormat.JSON
    if form is LogFormat.JSON:
        return [_render_json]
    console = structlog.dev.ConsoleRenderer(
        colors=stream.isatty(),
        timestamp_key="ts",
        exception_formatter=structlog.dev.plain_traceback,
    )
    return [_strip_controls, console]


def _render_json(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> str:
    line = _JSON.encode(event_dict)
    if line.isascii() and "\x7f" not in line:  # known without a look at each character
        return line
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def _strip_controls(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    """So that no text from outside moves the cursor, or forges a line of its own."""
    return {
        key: _without_controls(value, keep_lines=key in {"exception", "stack"})
        for key, value in event_dict.items()
    }


def _without_controls(value: object, *, keep_lines: bool = False) -> object:
    match value:
        case str():
            text = value if keep_lines else value.replace("\n", " ")
            return _UNSAFE_IN_CONSOLE.sub("", text)
        case dict():
            return {_without_controls(key): _without_controls(item) for key, item in value.items()}
        case list():
            return [_without_controls(item) for item in value]
        case _:
            return value
