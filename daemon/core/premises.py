"""What `check` says of what it found on this machine: files, database, disk and clock, judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from daemon.core.model import Bot, ChatId
from daemon.core.remark import Mark, Remark
from daemon.core.sync import KnownChat

_CLOCK_NOTE_S = 5
_CLOCK_BAD_S = 300

_MB = 1_000_000
_DISK_BAD_MB = 100
_DISK_NOTE_MB = 1000

_OF_OTHERS = 0o077
"""The permission bits of everybody but the owner."""


def on_config(file: str, warnings: Iterable[str]) -> list[Remark]:
    """A configuration that can be used; `warnings` are those of the configuration itself."""
    return [
        Remark(Mark.GOOD, f"configuration: {file}"),
        *(Remark(Mark.NOTE, f"configuration: {warning}") for warning in warnings),
    ]


def on_session(path: str, *, saved: bool, unusable: str = "") -> Remark:
    """The file with the relay's login. `unusable` tells why it cannot be used and what to do."""
    if unusable:
        return Remark(Mark.BAD, f"session: {unusable}")
    if not saved:
        return Remark(Mark.GOOD, f"session: none yet at {path}; the first start logs in")
    return Remark(Mark.GOOD, f"session: {path}")


def on_permissions(files: Mapping[str, int]) -> list[Remark]:
    """Whether files that are the relay's alone are open to others; by their paths, each with its
    permission bits."""
    return [
        Remark(
            Mark.NOTE,
            f"{path}: other users of this machine have a right to it ({mode & 0o777:o}). Make it"
            f" private: chmod go= {path}",
        )
        for path, mode in files.items()
        if mode & _OF_OTHERS
    ]


def on_disk(folder: str, free_bytes: int) -> Remark:
    """Whether there is room for what comes in; without it nothing is taken in any more."""
    text = f"disk: {free_bytes / 1e9:.1f} GB free at {folder}"
    if free_bytes >= _DISK_NOTE_MB * _MB:
        return Remark(Mark.GOOD, text)
    mark = Mark.BAD if free_bytes < _DISK_BAD_MB * _MB else Mark.NOTE
    return Remark(mark, f"{text}. Make room: with a full disk the relay takes nothing in")


def on_clock(ahead_s: float) -> Remark:
    """How far this machine's clock is ahead of Telegram's, in seconds; negative: behind."""
    off = abs(ahead_s)
    if off <= _CLOCK_NOTE_S:
        return Remark(Mark.GOOD, "clock: as Telegram's")
    way = "ahead of" if ahead_s > 0 else "behind"
    return Remark(
        Mark.BAD if off > _CLOCK_BAD_S else Mark.NOTE,
        f"clock: {off:.0f} s {way} Telegram's, and so are the times of tickets and of the log. Let"
        " the system set it: timedatectl set-ntp true",
    )


@dataclass(frozen=True, slots=True)
class Examination:
    """What SQLite says of the database."""

    schema: int
    """The number of the last migration that was applied."""
    newest_schema: int
    """That of the last one that this version has."""
    damage: tuple[str, ...] = ()
    """What `PRAGMA quick_check` found, at most a few lines; empty where it is sound."""


def on_examination(found: Examination) -> Remark:
    """Whether the database is sound and of this version."""
    if found.damage:
        return Remark(
            Mark.BAD,
            f"database: it is damaged ({'; '.join(found.damage)}). Stop the relay, keep the file,"
            " and put a backup in its place",
        )
    text = f"database: sound, schema {found.schema}"
    if found.schema < found.newest_schema:
        text += f"; the next start brings it to {found.newest_schema}"
    return Remark(Mark.GOOD, text)


@dataclass(frozen=True, slots=True)
class Records:
    """What the database says."""

    path: str
    exists: bool
    """Whether a relay has ever made it."""
    bot_id: ChatId | None = None
    staff_group: ChatId | None = None
    """Of the relay that made it; None where it never came so far."""
    chats: Mapping[ChatId, KnownChat] = field(default_factory=dict)
    customer_groups: tuple[ChatId, ...] = ()
    former_groups: tuple[ChatId, ...] = ()
    """Groups that are no customer groups any more, in which tickets are open."""
    moved: Mapping[ChatId, ChatId] = field(default_factory=dict)
    """Basic groups, and the supergroups that they became."""
    examination: Examination | None = None
    unusable: str = ""
    """Why it cannot be read, and what to do; empty where it can."""

    def chat(self, chat_id: ChatId) -> KnownChat:
        """What is known of a group, be it the id alone."""
        return self.chats.get(chat_id) or KnownChat(chat_id, "", None)

    def now_at(self, chat_id: ChatId) -> ChatId:
        """Where a group is now."""
        return self.moved.get(chat_id, chat_id)


def on_records(records: Records, bot: Bot, staff_group: ChatId) -> list[Remark]:
    """Whether the database is this relay's, and what its customer groups are."""
    if records.unusable:
        return [Remark(Mark.BAD, f"database: {records.unusable}")]
    enrol = f"an admin enrols a group by sending /addgroup@{bot.username} in it"
    if not records.exists:
        text = f"database: none yet at {records.path}; the first start makes it"
        return [
            Remark(Mark.GOOD, text),
            Remark(Mark.GOOD, f"customer groups: none yet; {enrol}"),
        ]
    staff_group = records.now_at(staff_group)
    remarks = [_whose(records, bot, staff_group)]
    if records.examination is not None:
        remarks.append(on_examination(records.examination))
    if not records.customer_groups:
        remarks.append(Remark(Mark.GOOD, f"customer groups: none yet; {enrol}"))
    if staff_group in records.customer_groups:
        remarks.append(
            Remark(
                Mark.BAD,
                f"the staff group {staff_group} is a customer group too: its talk would be taken"
                f" for questions. An admin sends /removegroup@{bot.username} in it, or set"
                " relay.staff_group to another group",
            )
        )
    return remarks


def _whose(records: Records, bot: Bot, staff_group: ChatId) -> Remark:
    if records.bot_id not in (None, bot.id) or records.staff_group not in (None, staff_group):
        return Remark(
            Mark.BAD,
            f"database: {records.path} was made for bot {records.bot_id} and staff group"
            f" {records.staff_group}. Set relay.database to another file",
        )
    return Remark(Mark.GOOD, f"database: {records.path}")
