"""Who comes and goes: what is told of it, once, and what is remembered."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from daemon.core.membership import GroupSeen, Known, Look, Membership, MemberStatus
from daemon.core.model import ChatId, ChatRole, Sender
from daemon.core.routing import (
    Action,
    GroupSnapshot,
    LookAt,
    NoteLook,
    Remember,
    TellAdmins,
    route_membership,
    route_seen,
)
from tests.builders import ACME, ADMIN, ALICE, BOB, BOT, NICK, STAFF, TEXTS

ADMINISTRATOR, MEMBER, MUTED, LEFT = (
    MemberStatus.ADMIN,
    MemberStatus.MEMBER,
    MemberStatus.MUTED,
    MemberStatus.LEFT,
)
OURSELVES = Sender(BOT.id, "Support", BOT.username, is_bot=True)
DATE = 1_700_000_000
GROUPS = {ChatRole.STAFF: STAFF, ChatRole.CUSTOMER: ACME, ChatRole.OTHER: ChatId(-100777)}


def a_group(
    role: ChatRole = ChatRole.CUSTOMER, bot: MemberStatus | None = None, **more: Any
) -> GroupSnapshot:
    """A group of that role in which the bot is known to be that; None: nothing is known."""
    known = {} if bot is None else {BOT.id: Known(bot, DATE)}
    values: dict[str, Any] = {"bot": BOT, "texts": TEXTS, "role": role, "known": known}
    return GroupSnapshot(**values | more)


def a_change(
    after: MemberStatus,
    before: MemberStatus | None = None,
    role: ChatRole = ChatRole.CUSTOMER,
    **more: Any,
) -> Membership:
    """Bob did something to the bot, unless said otherwise."""
    values: dict[str, Any] = {
        "chat_id": GROUPS[role],
        "chat_title": "Acme",
        "person": OURSELVES,
        "before": before,
        "after": after,
        "actor": BOB,
        "date": DATE,
    }
    return Membership(**values | more)


def a_look(status: MemberStatus, role: ChatRole = ChatRole.CUSTOMER, **more: Any) -> GroupSeen:
    return GroupSeen(GROUPS[role], "Acme", status, **more)


def told(actions: list[Action]) -> str:
    """What the admins are told; empty where it is nothing."""
    return "\n".join(action.text.text for action in actions if isinstance(action, TellAdmins))


def remembered(actions: list[Action]) -> dict[ChatId, Known]:
    return {a.person_id: a.known for a in actions if isinstance(a, Remember)}


# --- the bot ---


@pytest.mark.parametrize(
    "before, after, words",
    [
        (MEMBER, LEFT, "was removed from “Acme” (-1002000000001) by Bob Staff @bob_staff (21)"),
        (ADMINISTRATOR, LEFT, "was removed"),
        (MUTED, LEFT, "was removed"),
        (MEMBER, MUTED, "may not write"),
        (ADMINISTRATOR, MUTED, "may not write"),
        (LEFT, MUTED, "may not write"),
        (MUTED, MEMBER, "may write in"),
        (MEMBER, ADMINISTRATOR, "is an admin"),
        (MUTED, ADMINISTRATOR, "is an admin"),
        (ADMINISTRATOR, MEMBER, "is no admin"),
        (LEFT, MEMBER, "again"),
        (LEFT, ADMINISTRATOR, "again"),
    ],
)
@pytest.mark.parametrize("by_look", [False, True])
def test_what_becomes_of_the_bot_is_told_and_remembered(
    before: MemberStatus, after: MemberStatus, words: str, by_look: bool
) -> None:
    group = a_group(bot=before)
    if by_look:
        actions = route_seen(group, a_look(after, actor=BOB))
    else:
        actions = route_membership(group, a_change(after))
    assert words in told(actions)
    assert remembered(actions) == {BOT.id: Known(after, DATE)}
    assert len(actions) == 2


@pytest.mark.parametrize("status", list(MemberStatus))
def test_what_is_known_is_not_told_again(status: MemberStatus) -> None:
    group = a_group(bot=status)
    assert not told(route_membership(group, a_change(status)))
    assert route_seen(group, a_look(status)) == []


@pytest.mark.parametrize("after", [MEMBER, MUTED])
@pytest.mark.parametrize("role", list(GROUPS))
def test_what_happened_before_what_is_known_is_not_told(
    after: MemberStatus, role: ChatRole
) -> None:
    group = a_group(role, bot=ADMINISTRATOR)
    assert route_membership(group, a_change(after, role=role, date=DATE - 1)) == []


def test_a_look_makes_nothing_that_was_told_outdated() -> None:
    actions = route_seen(a_group(bot=MEMBER), a_look(LEFT))
    assert remembered(actions) == {BOT.id: Known(LEFT, DATE)}
    later = a_group(known=remembered(actions))
    assert "again" in told(route_membership(later, a_change(MEMBER, date=DATE)))


def test_the_staff_group_without_the_bot_is_more_than_another_group() -> None:
    lost = route_membership(
        a_group(ChatRole.STAFF, bot=MEMBER), a_change(LEFT, role=ChatRole.STAFF)
    )
    assert "removed from the staff group" in told(lost)


@pytest.mark.parametrize("role", [ChatRole.STAFF, ChatRole.CUSTOMER])
@pytest.mark.parametrize("status", [MEMBER, ADMINISTRATOR])
def test_how_the_bot_was_when_a_group_became_ours_is_no_news(
    role: ChatRole, status: MemberStatus
) -> None:
    actions = route_seen(a_group(role), a_look(status, role))
    assert not told(actions)
    assert remembered(actions)[BOT.id].status is status


@pytest.mark.parametrize("status, words", [(MUTED, "may not write"), (LEFT, "was removed")])
@pytest.mark.parametrize("role", [ChatRole.STAFF, ChatRole.CUSTOMER])
def test_a_group_of_ours_where_the_bot_cannot_work_is_news(
    role: ChatRole, status: MemberStatus, words: str
) -> None:
    assert words in told(route_seen(a_group(role), a_look(status, role)))


@pytest.mark.parametrize("before", [None, LEFT])
def test_another_group_is_looked_at_before_it_is_told_of(before: MemberStatus | None) -> None:
    change = a_change(MEMBER, before, ChatRole.OTHER)
    assert route_membership(a_group(ChatRole.OTHER), change) == [LookAt(change.chat_id, BOB)]


def test_then_it_is_told_with_who_added_the_bot_and_what_to_do() -> None:
    actions = route_seen(a_group(ChatRole.OTHER), a_look(MEMBER, ChatRole.OTHER, actor=BOB))
    assert "was added to “Acme” (-100777) by Bob Staff @bob_staff (21)" in told(actions)
    assert "/addgroup@support_bot" in told(actions)
    assert remembered(actions) == {BOT.id: Known(MEMBER, 0)}


def test_a_group_that_the_bot_is_not_in_after_all_is_not_told_of() -> None:
    assert not told(route_seen(a_group(ChatRole.OTHER), a_look(LEFT, ChatRole.OTHER)))


@pytest.mark.parametrize("before, words", [(MEMBER, "is an admin"), (MUTED, "is an admin")])
def test_in_another_group_the_bot_was_what_telegram_says_it_was(
    before: MemberStatus, words: str
) -> None:
    change = a_change(ADMINISTRATOR, before, ChatRole.OTHER)
    assert words in told(route_membership(a_group(ChatRole.OTHER), change))


def test_a_group_of_ours_that_moved_is_no_other_group() -> None:
    moved = a_group(has_moved=True)
    assert not told(route_membership(moved, a_change(MEMBER, LEFT)))
    known = a_group(ChatRole.CUSTOMER, bot=MEMBER, has_moved=True)
    assert not told(route_membership(known, a_change(MEMBER, LEFT)))


# --- others ---


@pytest.mark.parametrize("role", [ChatRole.CUSTOMER, ChatRole.OTHER])
def test_who_comes_into_another_group_than_the_staffs_is_of_no_concern(role: ChatRole) -> None:
    for before, after in product((None, *MemberStatus), MemberStatus):
        change = a_change(after, before, role, person=ALICE)
        assert route_membership(a_group(role, bot=MEMBER), change) == []


@pytest.mark.parametrize("before", [None, LEFT])
@pytest.mark.parametrize("after", [MEMBER, ADMINISTRATOR, MUTED])
def test_who_comes_into_the_staff_group_is_told(
    before: MemberStatus | None, after: MemberStatus
) -> None:
    change = a_change(after, before, ChatRole.STAFF, person=NICK)
    actions = route_membership(a_group(ChatRole.STAFF), change)
    assert "New in the staff group “Acme” (-1001000000001): Nick Nameless (12)" in told(actions)
    assert "Added by Bob Staff @bob_staff (21)" in told(actions)
    assert remembered(actions) == {NICK.id: Known(after, DATE)}


@pytest.mark.parametrize("known", [None, Known(MEMBER, DATE)])
@pytest.mark.parametrize("after", list(MemberStatus))
def test_who_was_there_before_is_not_told(known: Known | None, after: MemberStatus) -> None:
    group = a_group(ChatRole.STAFF, known={} if known is None else {NICK.id: known})
    change = a_change(after, MEMBER, ChatRole.STAFF, person=NICK)
    actions = route_membership(group, change)
    assert not told(actions)
    assert remembered(actions) == {NICK.id: Known(after, DATE)}


def test_who_left_and_comes_again_is_told_again() -> None:
    group = a_group(ChatRole.STAFF, known={NICK.id: Known(LEFT, DATE)})
    assert told(route_membership(group, a_change(MEMBER, role=ChatRole.STAFF, person=NICK)))


# --- a look at the staff group ---

FIRST = Look(members_told=True)


def staff_seen(**more: Any) -> GroupSeen:
    return a_look(MEMBER, ChatRole.STAFF, **{"members": (OURSELVES, BOB)} | more)


def test_the_first_look_learns_who_is_there() -> None:
    actions = route_seen(a_group(ChatRole.STAFF), staff_seen())
    assert not told(actions)
    assert remembered(actions) == {BOT.id: Known(MEMBER, 0), BOB.id: Known(MEMBER, 0)}
    assert NoteLook(STAFF, FIRST) in actions


def test_another_look_tells_who_is_new_in_one_notice_and_notes_who_left() -> None:
    known = {BOT.id: Known(MEMBER, 0), BOB.id: Known(MEMBER, 0), ALICE.id: Known(LEFT, DATE)}
    group = a_group(ChatRole.STAFF, known=known, last_look=FIRST)
    actions = route_seen(group, staff_seen(members=(OURSELVES, NICK, ALICE)))
    assert remembered(actions) == {
        NICK.id: Known(MEMBER, 0),
        ALICE.id: Known(MEMBER, DATE),
        BOB.id: Known(LEFT, 0),
    }
    (notice,) = [action for action in actions if isinstance(action, TellAdmins)]
    assert "Nick Nameless (12), Alice Doe @alice (11). Added by somebody" in notice.text.text
    assert route_seen(a_group(ChatRole.STAFF, known=known, last_look=FIRST), staff_seen()) == []


def test_a_look_that_does_not_tell_who_is_there_changes_nothing_of_it() -> None:
    known = {BOT.id: Known(MEMBER, 0), BOB.id: Known(MEMBER, 0)}
    group = a_group(ChatRole.STAFF, known=known, last_look=FIRST)
    assert route_seen(group, staff_seen(members=None)) == []
    unseen = a_group(ChatRole.STAFF, bot=MEMBER, last_look=Look())
    assert not told(route_seen(unseen, staff_seen()))  # the first one that tells


def test_a_notice_stays_readable_however_many_come() -> None:
    crowd = tuple(Sender(ChatId(1000 + n), "N" * 128, "u" * 32) for n in range(500))
    group = a_group(ChatRole.STAFF, bot=MEMBER, last_look=FIRST)
    notice = told(route_seen(group, staff_seen(members=crowd)))
    assert "(1019), …" in notice
    assert len(notice) < 4096


@pytest.mark.parametrize(
    "now, before, words",
    [
        (Look("our_staff"), None, "is public (@our_staff)"),
        (Look("our_staff"), Look(), "is public (@our_staff)"),
        (Look("new_name"), Look("our_staff"), "is public (@new_name)"),
        (Look("our_staff"), Look("our_staff"), ""),
        (Look(), Look("our_staff"), ""),
        (Look(None, "News"), Look(), "is linked to the channel “News”"),
        (Look(None, "News"), Look(None, "News"), ""),
        (Look(None, None), Look(None, "News"), ""),
    ],
)
def test_a_staff_group_that_others_can_read_is_told_once(
    now: Look, before: Look | None, words: str
) -> None:
    group = a_group(ChatRole.STAFF, bot=MEMBER, last_look=before)
    seen = staff_seen(username=now.username, linked_channel=now.linked_channel, members=None)
    actions = route_seen(group, seen)
    assert words in told(actions)
    assert bool(told(actions)) is bool(words)
    assert (NoteLook(STAFF, now) in actions) is (now != before)


def test_out_of_the_staff_group_nothing_is_learnt_of_it() -> None:
    group = a_group(ChatRole.STAFF, bot=MEMBER, last_look=Look("our_staff", members_told=True))
    actions = route_seen(group, a_look(LEFT, ChatRole.STAFF))
    assert [type(action) for action in actions] == [Remember, TellAdmins]


def test_a_customer_group_may_be_public() -> None:
    seen = a_look(MEMBER, username="acme", linked_channel="News", members=(OURSELVES, ADMIN))
    assert route_seen(a_group(bot=MEMBER), seen) == []


# --- names ---


@pytest.mark.parametrize(
    "person, shown",
    [
        (Sender(ChatId(5), "Eve", "eve"), "Eve @eve (5)"),
        (Sender(ChatId(5), "@alice"), "alice (5)"),
        (Sender(ChatId(5), "5"), "5"),
        (Sender(ChatId(5), "\u202ekcatta\n\nnew line"), "kcatta new line (5)"),
        (Sender(ChatId(5), "\u2800", "eve"), "@eve (5)"),
    ],
)
def test_nobody_can_pose_as_another_in_a_notice(person: Sender, shown: str) -> None:
    change = a_change(MEMBER, role=ChatRole.STAFF, person=person)
    assert f": {shown}. Added" in told(route_membership(a_group(ChatRole.STAFF), change))


@pytest.mark.parametrize(
    "title, shown", [("", "-1002000000001"), ("-1002000000001", "-1002000000001")]
)
def test_a_group_whose_title_is_not_known_is_named_by_its_id(title: str, shown: str) -> None:
    change = a_change(LEFT, chat_title=title, actor=None)
    assert f"was removed from {shown} by somebody" in told(
        route_membership(a_group(bot=MEMBER), change)
    )
