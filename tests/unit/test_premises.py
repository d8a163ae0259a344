"""What `check` says of files, database, disk and clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.core import premises
from daemon.core.model import Bot, ChatId
from daemon.core.premises import Examination, Records
from daemon.core.remark import Mark, Remark, summary
from daemon.core.sync import KnownChat

BOT = Bot(ChatId(7), "support_bot")
STAFF = ChatId(-1001)
ACME = ChatId(-1002)
RECORDS = Records("/srv/tickets.db", exists=True, bot_id=BOT.id, staff_group=STAFF)


def findings(records: Records) -> list[str]:
    return [remark.text for remark in premises.on_records(records, BOT, STAFF) if remark.is_finding]


def test_a_database_in_order() -> None:
    remarks = premises.on_records(replace(RECORDS, customer_groups=(ACME,)), BOT, STAFF)
    assert [str(remark) for remark in remarks] == ["✓ database: /srv/tickets.db"]


def test_no_database_yet_means_no_customer_groups_yet() -> None:
    remarks = premises.on_records(Records("/srv/tickets.db", exists=False), BOT, STAFF)
    assert [remark.mark for remark in remarks] == [Mark.GOOD, Mark.GOOD]
    assert "none yet at /srv/tickets.db" in remarks[0].text
    assert "/addgroup@support_bot" in remarks[1].text


def test_no_customer_groups_yet_is_said_plainly() -> None:
    remarks = premises.on_records(RECORDS, BOT, STAFF)
    assert [remark.mark for remark in remarks] == [Mark.GOOD, Mark.GOOD]
    assert "customer groups: none yet" in remarks[1].text


def test_a_database_of_another_relay() -> None:
    for records in (replace(RECORDS, bot_id=ChatId(8)), replace(RECORDS, staff_group=ACME)):
        (finding,) = findings(records)
        assert f"bot {records.bot_id} and staff group {records.staff_group}" in finding
        assert "Set relay.database" in finding
    assert not findings(replace(RECORDS, bot_id=None, staff_group=None))


def test_a_database_whose_staff_group_became_a_supergroup() -> None:
    new = ChatId(-1009000000001)
    moved = replace(RECORDS, staff_group=new, moved={STAFF: new})
    assert not findings(moved)
    assert findings(replace(moved, customer_groups=(new,)))
    assert findings(replace(moved, staff_group=STAFF))


def test_a_database_that_cannot_be_read() -> None:
    assert findings(replace(RECORDS, unusable="no database")) == ["database: no database"]


def test_a_staff_group_that_is_a_customer_group_too() -> None:
    (finding,) = findings(replace(RECORDS, customer_groups=(ACME, STAFF)))
    assert "the staff group -1001 is a customer group too" in finding
    assert "/removegroup@support_bot" in finding


def test_what_is_known_of_a_group() -> None:
    acme = KnownChat(ACME, "Acme", 42)
    assert replace(RECORDS, chats={ACME: acme}).chat(ACME) == acme
    assert RECORDS.chat(ACME) == KnownChat(ACME, "", None)


def test_the_session_file() -> None:
    assert "first start logs in" in premises.on_session("/srv/s", saved=False).text
    assert str(premises.on_session("/srv/s", saved=True)) == "✓ session: /srv/s"
    assert premises.on_session("/srv/s", saved=True, unusable="damaged").is_finding


def test_warnings_of_the_configuration_are_no_findings() -> None:
    remarks = premises.on_config("config.toml", ["others may read it"])
    assert [str(remark) for remark in remarks] == [
        "✓ configuration: config.toml",
        "⚠ configuration: others may read it",
    ]
    assert summary(remarks) == "Everything is in order."


def test_the_summary_counts_findings() -> None:
    good, bad = Remark(Mark.GOOD, ""), Remark(Mark.BAD, "")
    assert summary([good]) == "Everything is in order."
    assert summary([good, bad]).startswith("1 finding:")
    assert summary([bad, good, bad]).startswith("2 findings:")


@pytest.mark.parametrize(
    "ahead_s,mark,told",
    [
        (0.4, Mark.GOOD, "as Telegram's"),
        (-5, Mark.GOOD, "as Telegram's"),
        (6, Mark.NOTE, "6 s ahead of Telegram's"),
        (-299, Mark.NOTE, "299 s behind Telegram's"),
        (301, Mark.BAD, "timedatectl set-ntp true"),
    ],
)
def test_the_clock(ahead_s: float, mark: Mark, told: str) -> None:
    remark = premises.on_clock(ahead_s)
    assert remark.mark is mark
    assert told in remark.text


@pytest.mark.parametrize(
    "free,mark", [(10**12, Mark.GOOD), (999_999_999, Mark.NOTE), (99_999_999, Mark.BAD)]
)
def test_the_disk(free: int, mark: Mark) -> None:
    remark = premises.on_disk("/srv", free)
    assert remark.mark is mark
    assert f"{free / 1e9:.1f} GB free at /srv" in remark.text
    assert ("Make room" in remark.text) is (mark is not Mark.GOOD)


def test_files_that_others_have_a_right_to() -> None:
    modes = {"/a": 0o100600, "/b": 0o100640, "/c": 0o100604, "/d": 0o100620}
    remarks = premises.on_permissions(modes)
    assert [remark.mark for remark in remarks] == [Mark.NOTE] * 3
    assert str(remarks[0]) == (
        "⚠ /b: other users of this machine have a right to it (640). Make it private: chmod go= /b"
    )


def test_what_sqlite_says_of_the_database() -> None:
    sound = premises.on_examination(Examination(8, 8))
    assert str(sound) == "✓ database: sound, schema 8"
    older = premises.on_examination(Examination(7, 8))
    assert str(older) == "✓ database: sound, schema 7; the next start brings it to 8"
    damaged = premises.on_examination(Examination(8, 8, ("row 3 missing", "page 4")))
    assert damaged.is_finding
    assert "it is damaged (row 3 missing; page 4)" in damaged.text
    assert "put a backup in its place" in damaged.text
    assert damaged in premises.on_records(
        replace(RECORDS, examination=Examination(8, 8, ("row 3 missing", "page 4"))), BOT, STAFF
    )
