"""`check`: tells whether the bot, its groups and the relay's files are as the relay needs them.

Harmless beside a running relay: it logs in by itself, in memory, reads the files without a trace,
follows no updates and sends no message. The judgement is in `daemon.core.doctor` and
`daemon.core.premises`.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from daemon.config import Config, TelegramConfig
from daemon.connecting import server_of
from daemon.core import doctor, premises
from daemon.core.model import ChatRole
from daemon.core.premises import Records
from daemon.core.remark import Remark, summary
from daemon.exit_codes import ExitCode
from daemon.failures import explain
from daemon.storage.db import ForeignDatabase, SchemaTooNew
from daemon.storage.examination import examine
from daemon.storage.survey import survey
from daemon.telegram.inspector import Credentials, Inspector, inspection
from daemon.telegram.session import RelaySession, SessionFile, SessionUnreadable

Say = Callable[[str], None]


async def check(config: Config, say: Say) -> ExitCode:
    """Say a line for each fact, as it is found, and a summary; `FINDINGS` where something is to
    be put right.

    Raises what keeps it from finding out: `SessionRefused`, `TelegramUnreachable`,
    `ServerKeyInvalid`, `OSError`."""
    told: list[Remark] = []

    def tell(*remarks: Remark) -> None:
        for remark in remarks:
            told.append(remark)
            say(str(remark))

    tell(*premises.on_config(str(config.file), config.warnings))
    tell(_on_session(config))
    tell(*premises.on_permissions(_permissions(config)))
    tell(_on_disk(config.relay.database.parent))
    records = await asyncio.to_thread(_records, config)
    server = server_of(config.telegram)
    async with inspection(_credentials(config.telegram), server) as inspector:
        bot, staff_group = inspector.bot, config.relay.staff_group
        tell(doctor.on_login(bot))
        tell(premises.on_clock(await _clock_ahead_s(inspector)))
        tell(*premises.on_records(records, bot.bot, staff_group))
        groups = [await inspector.group(records.chat(staff_group))]
        tell(doctor.on_group(ChatRole.STAFF, groups[0], bot), *doctor.on_readers(groups[0]))
        roles = dict.fromkeys(records.former_groups, ChatRole.OTHER)
        roles = dict.fromkeys(records.customer_groups, ChatRole.CUSTOMER) | roles
        for chat_id, role in roles.items():
            if chat_id != staff_group:
                group = await inspector.group(records.chat(chat_id))
                tell(doctor.on_group(role, group, bot))
                groups.append(group)
        tell(doctor.on_privacy(bot, groups))
    say(summary(told))
    return ExitCode.FINDINGS if any(remark.is_finding for remark in told) else ExitCode.OK


def _credentials(config: TelegramConfig) -> Credentials:
    return Credentials(config.api_id, config.api_hash.reveal(), config.bot_token.reveal())


def _on_session(config: Config) -> Remark:
    """The relay's own login is not used, but its file must be fit for use."""
    path = config.telegram.session
    try:
        session = RelaySession(SessionFile(path), None, ())
    except (SessionUnreadable, OSError) as error:
        return premises.on_session(str(path), saved=True, unusable=_reason(error, config))
    return premises.on_session(str(path), saved=session.auth_key is not None)


def check_config(config: Config, say: Say) -> ExitCode:
    """Say what there is to say of a configuration that could be read, and no more."""
    for remark in premises.on_config(str(config.file), config.warnings):
        say(str(remark))
    return ExitCode.OK


def _permissions(config: Config) -> dict[str, int]:
    """The permission bits of what holds the login and what people wrote, as far as it is there."""
    session, database = config.telegram.session, config.relay.database
    paths = (session, database, Path(f"{database}-wal"))
    return {str(path): path.stat().st_mode for path in paths if path.exists()}


def _on_disk(folder: Path) -> Remark:
    """Of a folder that is yet to be made: where it will be."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return premises.on_disk(str(folder), shutil.disk_usage(there).free)


async def _clock_ahead_s(inspector: Inspector) -> float:
    """Taken for the middle between question and answer."""
    asked = time.time()
    date = await inspector.date()
    return (asked + time.time()) / 2 - date


def _records(config: Config) -> Records:
    path = config.relay.database
    try:
        found, examination = survey(path), examine(path)
    except (ForeignDatabase, SchemaTooNew, sqlite3.Error, OSError) as error:
        return Records(str(path), exists=True, unusable=_reason(error, config))
    if found is None:
        return Records(str(path), exists=False)
    return Records(
        path=str(path),
        exists=True,
        bot_id=found.identity.bot_id if found.identity else None,
        staff_group=found.identity.staff_group if found.identity else None,
        chats=found.chats,
        customer_groups=found.customer_groups,
        former_groups=found.former_groups,
        moved=found.moved,
        examination=examination,
    )


def _reason(error: Exception, config: Config) -> str:
    failure = explain(error, config)
    return failure.reason if failure else str(error)
