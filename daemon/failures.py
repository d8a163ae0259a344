"""What keeps a command from its work: each known error as an exit code and one line for a person,
which says what is wrong and what to do about it."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from daemon.app import UpdatesStopped
from daemon.config import Config, ConfigError
from daemon.exit_codes import ExitCode
from daemon.lock import Locked
from daemon.metrics.server import CannotListen, ListeningForbidden
from daemon.relay.alarm import UpdatesStalled
from daemon.relay.place import NotInStaffGroup, WrongDatabase
from daemon.storage.copies import CopyDamaged
from daemon.storage.db import ForeignDatabase, SchemaTooNew
from daemon.storage.dead_letters import LetterUnreadable, NoSuchLetter
from daemon.storage.old_bot import OldDatabaseUnusable
from daemon.storage.takeover import AnothersMessages
from daemon.telegram.errors import SessionRefused, TelegramUnreachable
from daemon.telegram.login import LoginDelayed, SessionOfAnother
from daemon.telegram.server import ServerKeyInvalid
from daemon.telegram.session import SessionUnreadable


@dataclass(frozen=True, slots=True)
class Failure:
    """How a command ended."""

    code: ExitCode
    reasons: tuple[str, ...]
    """What is wrong and what to do, one line each; mostly there is one."""

    @property
    def reason(self) -> str:
        """All in one line."""
        return "; ".join(self.reasons)


def explain(error: Exception, config: Config | None = None) -> Failure | None:
    """The failure that an error stands for; None for an error that nobody expected. `config` is
    None where there is none yet."""
    if isinstance(error, ConfigError):
        return Failure(ExitCode.CONFIG, tuple(f"{error.file}: {p}" for p in error.problems))
    if isinstance(error, OldDatabaseUnusable):
        return Failure(ExitCode.DATA, tuple(f"{error.path}: {r}" for r in error.reasons))
    for known, code, line in _KNOWN:
        if isinstance(error, known):
            return Failure(code, (line.format(error=error),))
    if config is None:
        return None
    for kind, in_words in _IN_WORDS:
        if isinstance(error, kind):
            return in_words(error, config)
    return None


_KNOWN: tuple[tuple[type[Exception], ExitCode, str], ...] = (
    (Locked, ExitCode.LOCKED, "another Ticket Relay uses {error}; stop that one first"),
    (
        SessionUnreadable,
        ExitCode.CONFIG,
        "the session file {error} is damaged; remove it, and the next start logs in anew",
    ),
    (
        ServerKeyInvalid,
        ExitCode.CONFIG,
        "the file at telegram.server.public_key holds no RSA key in the PKCS#1 form; put in the"
        " server's own ({error})",
    ),
    (
        ListeningForbidden,
        ExitCode.CONFIG,
        "metrics.listen is not allowed: {error}; set it to a port from 1024 on, and let the service"
        " listen there where its unit forbids it (SocketBindAllow=)",
    ),
    (
        CannotListen,
        ExitCode.CONFIG,
        "metrics.listen cannot be had: {error}; set it to another address, or end what uses it",
    ),
    (
        LoginDelayed,
        ExitCode.UNAVAILABLE,
        "Telegram lets this bot log in again only {error}, after so many logins; try again then (a"
        " relay that is logged in is not concerned)",
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
        ForeignDatabase,
        ExitCode.CONFIG,
        "the database is another program's ({error}); set relay.database to another file (the"
        " command import-seed takes over that of the aiogram bot)",
    ),
    (
        AnothersMessages,
        ExitCode.DATA,
        "the file is of another bot or another staff group: {error}; nothing was taken over",
    ),
    (
        NoSuchLetter,
        ExitCode.USAGE,
        "there is no dead letter {error}; dead-letters without --replay shows those there are",
    ),
    (LetterUnreadable, ExitCode.DATA, "dead letter {error}"),
    (CopyDamaged, ExitCode.DATA, "the backup is damaged: {error}; take another one"),
    (
        SchemaTooNew,
        ExitCode.CONFIG,
        "the database is newer than this program ({error}); install the newer version again",
    ),
    (
        UpdatesStopped,
        ExitCode.STALLED,
        "Telegram's updates can no longer be followed ({error}); start the relay again",
    ),
    (
        UpdatesStalled,
        ExitCode.STALLED,
        "Telegram's updates do not come any more ({error}); start the relay again",
    ),
)
"""Of the first kind that fits, the line counts."""


def _login_refused(error: Exception, config: Config) -> Failure:
    name = str(error)
    if name.startswith("ACCESS_TOKEN_"):
        advice = (
            f"Telegram does not accept the bot token ({name}); copy it from @BotFather (/mybots →"
            " API Token) to telegram.bot_token"
        )
    elif name.startswith("API_ID_"):
        advice = (
            f"Telegram does not accept the application ({name}); copy telegram.api_id and"
            " telegram.api_hash from https://my.telegram.org"
        )
    else:
        advice = (
            f"Telegram does not accept the login any more ({name}); make sure that nothing else"
            f" uses the session, remove {config.telegram.session}, and the next start logs in anew"
        )
    return Failure(ExitCode.FORBIDDEN, (advice,))


def _wrong_session(error: Exception, config: Config) -> Failure:
    advice = (
        f"the session {config.telegram.session} is logged in as another bot than that of"
        f" telegram.bot_token ({error}); remove it, or set telegram.session to another file"
    )
    return Failure(ExitCode.CONFIG, (advice,))


def _database_fails(error: Exception, config: Config) -> Failure:
    """https://www.sqlite.org/rescode.html"""
    name = str(getattr(error, "sqlite_errorname", ""))
    code, advice = ExitCode.FAILURE, "if another start does not help, put a backup in its place"
    for beginning, its_code, its_advice in _DATABASE_ADVICE:
        if name.startswith(beginning):
            code, advice = its_code, its_advice
            break
    return Failure(code, (f"the database {config.relay.database} fails: {error}; {advice}",))


_DATABASE_ADVICE = (
    ("SQLITE_NOTADB", ExitCode.CONFIG, "set relay.database to another file"),
    ("SQLITE_CORRUPT", ExitCode.CONFIG, "put a backup in its place"),
    ("SQLITE_BUSY", ExitCode.LOCKED, "another process holds it; stop that one first"),
    ("SQLITE_IOERR", ExitCode.FAILURE, "check the disk, then start again"),
    ("SQLITE_FULL", ExitCode.FAILURE, "make room on the disk"),
    *(
        (name, ExitCode.CONFIG, "make the file and its folder writable for the relay's user")
        for name in ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")
    ),
)


def _system_refuses(error: Exception, _config: Config) -> Failure:
    what = getattr(error, "strerror", None) or str(error)
    path = getattr(error, "filename", None)
    if path is None:
        return Failure(ExitCode.FAILURE, (f"the system refuses: {what}",))
    if getattr(error, "errno", None) not in _WRONG_PLACE:
        return Failure(ExitCode.FAILURE, (f"{path}: {what}",))
    advice = (
        "make it a place that the relay's user may write to, or name another one at"
        " telegram.session and relay.database"
    )
    return Failure(ExitCode.CONFIG, (f"{path}: {what}; {advice}",))


_WRONG_PLACE = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EEXIST,
        errno.EISDIR,
        errno.ENAMETOOLONG,
        errno.ELOOP,
    }
)
"""Errors of a path that a new start meets again."""

_IN_WORDS: tuple[tuple[type[Exception], Callable[[Exception, Config], Failure]], ...] = (
    (SessionRefused, _login_refused),
    (SessionOfAnother, _wrong_session),
    (sqlite3.Error, _database_fails),
    (OSError, _system_refuses),
)
