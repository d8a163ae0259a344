"""What `check` says of facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from daemon.core import doctor
from daemon.core.doctor import BotFacts, GroupFacts, Mark, Records, Remark, Right, Standing
from daemon.core.model import Bot, ChatId, ChatRole
from daemon.core.sync import KnownChat

BOT = BotFacts(Bot(ChatId(7), "support_bot"), sees_all_messages=True, may_join_groups=True)
DEAF = replace(BOT, sees_all_messages=False)
STAFF = ChatId(-1001)
ACME = ChatId(-1002)


def group(standing: Standing = Standing.MEMBER, **more: Any) -> GroupFacts:
    return replace(GroupFacts(STAFF, "Staff", standing), **more)


def test_privacy_mode_off_is_in_order_everywhere() -> None:
    assert doctor.on_privacy(BOT, [group(), group(Standing.ABSENT)]).mark is Mark.GOOD


def test_privacy_mode_on_is_a_finding_that_names_the_groups_concerned() -> None:
    remark = doctor.on_privacy(
        DEAF, [group(), GroupFacts(ACME, "Acme", Standing.ADMIN), group(Standing.ABSENT)]
    )
    assert str(remark) == (
        "✗ privacy mode is on: the bot sees only commands and replies to it in “Staff” (-1001)."
        " @BotFather → /mybots → @support_bot → Bot Settings → Group Privacy → Turn off, then"
        " remove the bot from its groups and add it again (or make it an admin there)"
    )


def test_privacy_mode_does_not_matter_where_the_bot_is_an_admin() -> None:
    remark = doctor.on_privacy(DEAF, [group(Standing.ADMIN), group(Standing.ABSENT)])
    assert remark.mark is Mark.NOTE
    assert "make it one in each new group too" in remark.text


def test_privacy_mode_on_is_a_finding_before_the_bot_is_in_any_group() -> None:
    assert doctor.on_privacy(DEAF, []).is_finding
    assert doctor.on_privacy(DEAF, [group(Standing.ABSENT)]).is_finding


@pytest.mark.parametrize("standing", [Standing.MEMBER, Standing.ADMIN])
def test_a_group_in_order(standing: Standing) -> None:
    remark = doctor.on_group(ChatRole.STAFF, group(standing), BOT)
    assert remark.mark is Mark.GOOD
    assert remark.text.startswith("staff group “Staff” (-1001): the bot is a")


@pytest.mark.parametrize(
    "denied,told",
    [
        ({Right.MESSAGES, Right.MEDIA, Right.PHOTOS}, "may not send messages there"),
        ({Right.MEDIA, Right.PHOTOS}, "may not send media there"),
        ({Right.MEDIA, Right.PLAIN}, "may not send media and texts there"),
        ({Right.POLLS, Right.PHOTOS}, "may not send photos, polls there"),
        ({Right.PLAIN}, "may not send texts there"),
    ],
)
def test_denied_rights_are_told_in_words(denied: set[Right], told: str) -> None:
    remark = doctor.on_group(ChatRole.CUSTOMER, group(denied=frozenset(denied)), BOT)
    assert remark.is_finding
    assert told in remark.text
    assert "admin" in remark.text


def test_a_staff_group_that_its_members_alone_can_read() -> None:
    assert doctor.on_readers(group()) == []


@pytest.mark.parametrize(
    "fact,told",
    [
        ({"username": "our_staff"}, "it is public (@our_staff), and everybody can read"),
        ({"has_link": True}, "it is linked to a channel"),
    ],
)
def test_a_staff_group_that_others_can_read_is_warned_of(fact: dict[str, Any], told: str) -> None:
    (remark,) = doctor.on_readers(group(**fact))
    assert remark.mark is Mark.NOTE
    assert remark.text.startswith("staff group “Staff” (-1001): ")
    assert told in remark.text


def test_of_a_group_that_the_bot_is_not_in_nothing_is_warned() -> None:
    assert doctor.on_readers(group(Standing.ABSENT, username="our_staff")) == []


@pytest.mark.parametrize("right", list(Right))
def test_every_right_has_words(right: Right) -> None:
    remark = doctor.on_group(ChatRole.STAFF, group(denied=frozenset({right})), BOT)
    assert right.value not in remark.text


@pytest.mark.parametrize(
    "facts,for_staff,for_customers",
    [
        (group(Standing.ABSENT), "check relay.staff_group", "Add @support_bot to it"),
        (
            group(Standing.MOVED, moved_to=ChatId(-1009)),
            "Set relay.staff_group = -1009",
            "/addgroup@support_bot",
        ),
        (group(Standing.NO_GROUP), "Set relay.staff_group", "/addgroup@support_bot"),
        (group(Standing.NOT_TOLD, error="TIMEOUT"), "(TIMEOUT). Try again", "(TIMEOUT)"),
    ],
)
def test_a_finding_says_what_to_do(facts: GroupFacts, for_staff: str, for_customers: str) -> None:
    for role, advice in ((ChatRole.STAFF, for_staff), (ChatRole.CUSTOMER, for_customers)):
        remark = doctor.on_group(role, facts, BOT)
        assert remark.is_finding
        assert advice in remark.text
        assert ("relay.staff_group" in remark.text) <= (role is ChatRole.STAFF)


def test_a_bot_that_cannot_be_added_is_told_to_be_made_so_first() -> None:
    closed = replace(BOT, may_join_groups=False)
    assert "Allow Groups" in doctor.on_group(ChatRole.STAFF, group(Standing.ABSENT), closed).text
    assert "Allow Groups" not in doctor.on_group(ChatRole.STAFF, group(), closed).text


def test_a_title_cannot_forge_a_line() -> None:
    forged = group(title="Acme\n✓ all \u202ewell")
    assert "“Acme ✓ all well”" in doctor.on_group(ChatRole.CUSTOMER, forged, BOT).text


RECORDS = Records("/srv/tickets.db", exists=True, bot_id=BOT.bot.id, staff_group=STAFF)


def findings(records: Records) -> list[str]:
    return [
        remark.text for remark in doctor.on_records(records, BOT.bot, STAFF) if remark.is_finding
    ]


def test_a_database_in_order() -> None:
    remarks = doctor.on_records(replace(RECORDS, customer_groups=(ACME,)), BOT.bot, STAFF)
    assert [str(remark) for remark in remarks] == ["✓ database: /srv/tickets.db"]


def test_no_database_yet_means_no_customer_groups_yet() -> None:
    remarks = doctor.on_records(Records("/srv/tickets.db", exists=False), BOT.bot, STAFF)
    assert [remark.mark for remark in remarks] == [Mark.GOOD, Mark.GOOD]
    assert "none yet at /srv/tickets.db" in remarks[0].text
    assert "/addgroup@support_bot" in remarks[1].text


def test_no_customer_groups_yet_is_said_plainly() -> None:
    remarks = doctor.on_records(RECORDS, BOT.bot, STAFF)
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
    assert "first start logs in" in doctor.on_session("/srv/s", saved=False).text
    assert str(doctor.on_session("/srv/s", saved=True)) == "✓ session: /srv/s"
    assert doctor.on_session("/srv/s", saved=True, unusable="damaged").is_finding


def test_warnings_of_the_configuration_are_no_findings() -> None:
    remarks = doctor.on_config("config.toml", ["others may read it"])
    assert [str(remark) for remark in remarks] == [
        "✓ configuration: config.toml",
        "⚠ configuration: others may read it",
    ]
    assert doctor.summary(remarks) == "Everything is in order."


def test_the_summary_counts_findings() -> None:
    good, bad = Remark(Mark.GOOD, ""), Remark(Mark.BAD, "")
    assert doctor.summary([good]) == "Everything is in order."
    assert doctor.summary([good, bad]).startswith("1 finding:")
    assert doctor.summary([bad, good, bad]).startswith("2 findings:")
