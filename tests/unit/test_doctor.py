"""What `check` says of facts that Telegram told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from daemon.core import doctor
from daemon.core.doctor import BotFacts, GroupFacts, Right, Standing
from daemon.core.model import Bot, ChatId, ChatRole
from daemon.core.remark import Mark

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


def test_a_group_that_is_no_customer_group_any_more_is_told_as_such() -> None:
    remark = doctor.on_group(ChatRole.OTHER, group(Standing.ABSENT), BOT)
    assert remark.is_finding
    assert remark.text.startswith("former customer group “Staff” (-1001): the bot is not in it")
