"""Which backups are kept: the newest of each of the last days and weeks that have one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

_NAME = re.compile(r"(?P<stem>.+)_(?P<day>[0-9]{8})(?:T(?P<time>[0-9]{6})Z)?\.db(?:\.gz)?")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup as its file's name tells it."""

    name: str
    stem: str
    """Of what: the database's name without its ending."""
    day: date
    time: str
    """Six digits, UTC; empty where the name tells the day alone."""


def backup_named(name: str) -> Backup | None:
    """None where the name is not that of a backup: `tickets_20250121T020000Z.db.gz`, or
    `tickets_20250121.db`."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        day = datetime.strptime(found["day"], "%Y%m%d").date()  # noqa: DTZ007 a day has no zone
    except ValueError:
        return None
    return Backup(name, found["stem"], day, found["time"] or "")


def kept(backups: Iterable[Backup], daily: int, weekly: int) -> set[str]:
    """The names of those to be kept. Days and weeks without a backup are not counted, so that none
    goes because no new one was made. Weeks begin on Monday."""
    newest_first = sorted(backups, key=lambda it: (it.day, it.time, it.name), reverse=True)
    days: dict[date, str] = {}
    weeks: dict[tuple[int, int], str] = {}
    for backup in newest_first:
        days.setdefault(backup.day, backup.name)
        weeks.setdefault(backup.day.isocalendar()[:2], backup.name)
    return {*list(days.values())[:daily], *list(weeks.values())[:weekly]}
