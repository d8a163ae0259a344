"""Differences that Telegram would not tell when it was asked."""

from __future__ import annotations

import pytest
from telethon._updates import MessageBox
from telethon._updates.messagebox import GapError, PrematureEndReason
from telethon.tl import types

from tests.unit.box import Box, a_channel_difference, described, too_long
from tests.unit.tl import CHANNEL_ID, a_message, a_new


async def test_a_difference_that_telegram_would_not_tell_is_asked_for_again() -> None:
    box = Box()
    box.box.try_begin_get_diff(CHANNEL_ID, "test")
    request = box.box.get_channel_difference(box.cache)
    reason = PrematureEndReason.TEMPORARY_SERVER_ISSUES
    box.box.end_channel_difference(request, reason, box.cache)
    assert box.refused == 1
    assert box.box.get_channel_difference(box.cache) is None
    box.box.ask_for_refused()
    again = box.box.get_channel_difference(box.cache)
    assert (again.channel.channel_id, again.pts) == (CHANNEL_ID, 100)


async def test_the_accounts_difference_is_asked_for_again_too() -> None:
    box = Box()
    with pytest.raises(GapError):
        box.box.process_updates(types.UpdatesTooLong(), box.cache, [])
    box.box.end_difference()
    assert box.refused == 1
    assert box.box.get_difference() is None
    box.box.ask_for_refused()
    assert box.box.get_difference() is not None


async def test_what_was_told_meanwhile_is_not_asked_for_again() -> None:
    box = Box()
    box.box.try_begin_get_diff(CHANNEL_ID, "test")
    request = box.box.get_channel_difference(box.cache)
    reason = PrematureEndReason.TEMPORARY_SERVER_ISSUES
    box.box.end_channel_difference(request, reason, box.cache)
    box.channel_difference(a_channel_difference([a_message(90)], []))
    box.box.ask_for_refused()
    assert box.box.get_channel_difference(box.cache) is None


# --- channels that shut us out ---


async def test_a_channel_that_shuts_us_out_is_told_once_and_not_asked_at_once_again() -> None:
    box = Box()
    box.shut_out()
    box.box.ask_for_refused()
    assert (box.refused, box.box.get_channel_difference(box.cache)) == (0, None)
    box.shut_out()
    assert box.changed == [CHANNEL_ID]


async def test_once_let_in_again_it_is_read_from_where_it_was() -> None:
    box = Box()
    box.shut_out()
    assert box.push(a_new(a_message(95), pts=105)) == []  # others are missing before it
    box.box.try_begin_get_diff(CHANNEL_ID, "test")
    assert box.box.get_channel_difference(box.cache).pts == 100
    missed = box.channel_difference(a_channel_difference([a_message(91)], []))
    assert described(missed) == [("UpdateNewChannelMessage", [91])]
    assert box.changed == [CHANNEL_ID, CHANNEL_ID]
    box.channel_difference(a_channel_difference([], []))
    assert len(box.changed) == 2


async def test_stock_telethon_forgets_it() -> None:
    """The day this fails, the override may go."""
    box = Box(make=MessageBox)
    box.shut_out()
    assert CHANNEL_ID not in box.box.map


async def test_of_a_channel_that_is_too_far_ahead_not_everything_is_told() -> None:
    box = Box()
    box.channel_difference(too_long(90))
    assert box.changed == [CHANNEL_ID]
