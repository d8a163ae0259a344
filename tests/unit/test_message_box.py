"""The keeper of the update sequences: nothing of a difference is dropped, no gap forgotten."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from telethon._updates import MessageBox
from telethon.tl import types

from daemon.core.model import ChatId
from daemon.core.sync import ACCOUNT, FROM_ENROLMENT, NO_END, AccountState, Gap
from daemon.telegram.channel_hashes import ChannelHashes
from tests.unit.box import Box, a_channel_difference, a_difference, described, relay_box, too_long
from tests.unit.tl import (
    BASIC_GROUP,
    CHANNEL_ID,
    DATE,
    MARKED,
    a_channel,
    a_message,
    a_new,
    a_user,
    an_edited,
)

CHAT = ChatId(MARKED)


# --- too long ---


@pytest.mark.parametrize("final", [True, False, None])
async def test_a_channel_that_is_too_far_ahead_leaves_a_gap_and_jumps(final: bool | None) -> None:
    """Telethon dies of one that is not marked as final, which Telegram does not promise."""
    box = Box({CHAT: 40})
    assert box.channel_difference(too_long(90, final=final)) == []
    assert box.box.take_gaps() == [Gap(CHAT, 41, 90)]
    assert box.box.take_moved() == {CHAT: 500}
    assert box.box.take_gaps() == []


async def test_after_the_jump_the_channel_goes_on() -> None:
    box = Box({CHAT: 40})
    box.channel_difference(too_long(90))
    request = box.box.get_channel_difference(box.cache)
    assert request.pts == 500
    empty = types.updates.ChannelDifferenceEmpty(500, final=True)
    box.box.apply_channel_difference(request, empty, box.cache)
    assert described(box.push(a_new(a_message(91), pts=501))) == [("UpdateNewChannelMessage", [91])]


@pytest.mark.parametrize("top, top_message", [(90, 90), (95, 90)])
async def test_where_nothing_is_missing_there_is_no_gap(top: int, top_message: int) -> None:
    box = Box({CHAT: top})
    box.channel_difference(too_long(top_message))
    assert box.box.take_gaps() == []
    assert box.box.take_moved() == {CHAT: 500}


async def test_where_nothing_was_ever_seen_the_gap_is_all_since_the_enrolment() -> None:
    box = Box({CHAT: 0})
    box.channel_difference(too_long(90))
    assert box.box.take_gaps() == [Gap(CHAT, 1, 90, FROM_ENROLMENT)]


@pytest.mark.parametrize("top, gaps", [(40, [Gap(ACCOUNT, 41, NO_END)]), (0, [])])
async def test_an_account_that_is_too_far_behind_leaves_a_gap_without_a_known_end(
    top: int, gaps: list[Gap]
) -> None:
    box = Box({ACCOUNT: top})
    assert box.account_difference(types.updates.DifferenceTooLong(77)) == []
    assert box.box.take_gaps() == gaps
    state = box.box.account_state()
    assert state is not None
    assert state.pts == 77


# --- what else a difference brings ---

CHANGES = [
    an_edited(a_message(3), pts=104),
    types.UpdateDeleteChannelMessages(CHANNEL_ID, [4, 5], 106, 2),
    an_edited(a_message(90), pts=110),
]
CHANGED = [
    ("UpdateEditChannelMessage", [3]),
    ("UpdateDeleteChannelMessages", [4, 5]),
    ("UpdateEditChannelMessage", [90]),
]


async def test_edits_and_deletions_in_a_channels_difference_come_behind_its_messages() -> None:
    difference = a_channel_difference([a_message(90), a_message(91)], CHANGES)
    updates = Box().channel_difference(difference)
    assert described(updates) == [
        ("UpdateNewChannelMessage", [90]),
        ("UpdateNewChannelMessage", [91]),
        *CHANGED,
    ]


async def test_stock_telethon_drops_them() -> None:
    """The day this fails, the override may go."""
    updates = Box(make=MessageBox).channel_difference(a_channel_difference([], CHANGES))
    assert len(described(updates)) < len(CHANGES)


async def test_edits_and_deletions_in_the_accounts_difference_come_behind_its_messages() -> None:
    there = {"peer_id": BASIC_GROUP}
    changes = [
        types.UpdateEditMessage(a_message(3, **there), 18, 1),
        types.UpdateDeleteMessages([4], 19, 1),
        types.UpdateEditMessage(a_message(90, **there), 20, 1),
    ]
    updates = Box().account_difference(a_difference([a_message(90, **there)], changes))
    assert described(updates) == [
        ("UpdateNewMessage", [90]),
        ("UpdateEditMessage", [3]),
        ("UpdateDeleteMessages", [4]),
        ("UpdateEditMessage", [90]),
    ]


@pytest.mark.parametrize(
    "change",
    [
        types.UpdateChannelParticipant(CHANNEL_ID, DATE, 12, 11, qts=6),
        types.UpdateChatParticipant(4242, DATE, 12, 11, qts=6),
    ],
)
async def test_a_change_of_members_in_the_accounts_difference_is_passed_on(change: Any) -> None:
    """Telethon drops it: the qts has moved past it when it comes to look at it."""
    assert change not in Box(make=MessageBox).account_difference(a_difference([], [change]))
    assert change in Box().account_difference(a_difference([], [change]))


async def test_an_edit_that_telethon_passes_on_is_not_there_twice() -> None:
    unseen = types.UpdateEditChannelMessage(a_message(5, peer_id=types.PeerChannel(77)), 9, 1)
    updates = Box().account_difference(a_difference([], [unseen]))
    assert described(updates) == [("UpdateEditChannelMessage", [5])]


async def test_told_ids_of_own_messages_in_a_difference_are_passed_on() -> None:
    difference = a_channel_difference([], [types.UpdateMessageID(55, 1234)])
    (told,) = (
        u for u in Box().channel_difference(difference) if isinstance(u, types.UpdateMessageID)
    )
    assert (told.id, told.random_id) == (55, 1234)


@pytest.mark.parametrize(
    "diff",
    [
        lambda: a_channel_difference([a_message(90)], [], pts=130),
        lambda: types.updates.ChannelDifferenceEmpty(130, final=True),
    ],
)
async def test_a_channels_pts_moves_with_its_difference(diff: Callable[[], Any]) -> None:
    box = Box()
    box.channel_difference(diff())
    assert box.box.take_moved() == {CHAT: 130}
    assert box.box.take_moved() == {}


# --- what is pushed ---


async def test_pushed_messages_move_the_pts_of_their_channel_alone() -> None:
    box = Box()
    assert box.box.take_moved() == {}
    box.push(a_new(a_message(90), pts=101))
    assert box.box.take_moved() == {CHAT: 101}
    box.push(types.UpdateNewMessage(a_message(91, peer_id=BASIC_GROUP), 11, 1))
    assert box.box.take_moved() == {}
    state = box.box.account_state()
    assert state is not None
    assert state.pts == 11


async def test_reads_and_deletions_move_the_pts_as_well() -> None:
    box = Box()
    box.push(types.UpdateDeleteChannelMessages(CHANNEL_ID, [4], 101, 1))
    assert box.box.take_moved() == {CHAT: 101}


async def test_own_messages_move_the_pts_and_are_not_handled() -> None:
    box = Box()
    sent = types.Updates([a_new(a_message(90, out=True), pts=101)], [], [], DATE, 0)
    sent._self_outgoing = True
    result: list[Any] = []
    box.box.process_updates(sent, box.cache, result)
    assert result == []
    assert box.box.take_moved() == {CHAT: 101}


async def test_what_comes_ahead_of_its_turn_waits_and_moves_nothing() -> None:
    box = Box()
    assert box.push(a_new(a_message(92), pts=103)) == []
    assert box.box.take_moved() == {}
    first = box.push(a_new(a_message(90), pts=101))
    assert described(first) == [("UpdateNewChannelMessage", [90])]
    rest = box.push(a_new(a_message(91), pts=102))
    assert [number for _, numbers in described(rest) for number in numbers] == [91, 92]
    assert box.box.take_moved() == {CHAT: 103}


async def test_what_was_handled_is_not_handled_again() -> None:
    box = Box()
    update = a_new(a_message(90), pts=101)
    assert len(box.push(update)) == 1
    assert box.push(update) == []


# --- state ---


async def test_the_accounts_state_is_that_of_its_sequences() -> None:
    assert Box().box.account_state() == AccountState(10, 5, int(DATE.timestamp()), 3)
    fresh = relay_box(logging.getLogger("test"), Box())
    assert fresh.account_state() is None


async def test_a_channel_that_is_not_followed_any_more_has_no_pts_to_store() -> None:
    box = Box()
    box.push(a_new(a_message(90), pts=101))
    del box.box.map[CHANNEL_ID]
    assert box.box.take_moved() == {}


async def test_it_tells_when_no_difference_is_under_way() -> None:
    box = Box()
    box.box.try_begin_get_diff(CHANNEL_ID, "test")
    box.box.check_deadlines()
    assert box.idle == 0
    request = box.box.get_channel_difference(box.cache)
    empty = types.updates.ChannelDifferenceEmpty(100, final=True)
    box.box.apply_channel_difference(request, empty, box.cache)
    box.box.check_deadlines()
    assert box.idle == 1


# --- too many ---


async def test_of_too_many_channels_those_that_nobody_watches_are_forgotten() -> None:
    box = Box()
    others = range(CHANNEL_ID + 1, CHANNEL_ID + 11)
    for channel_id in others:
        box.box.try_set_channel_state(channel_id, 5)
    box.box.try_begin_get_diff(others[0], "test")
    box.box.forget_beyond(100, lambda _: False)
    assert set(others) < set(box.box.map)

    box.box.forget_beyond(10, lambda channel_id: channel_id == CHANNEL_ID)
    assert {CHANNEL_ID, others[0]} == {entry for entry in box.box.map if isinstance(entry, int)}
    assert box.box.account_state() is not None
    assert box.push(a_new(a_message(90), pts=101))


def test_of_people_nothing_is_kept() -> None:
    hashes = ChannelHashes()
    hashes.set_self_user(900, True, 1)
    people = [a_user(number, access_hash=number) for number in range(1, 100)]
    hashes.extend(people, [a_channel(access_hash=7)])
    assert len(hashes) == 2  # ourselves and the channel
