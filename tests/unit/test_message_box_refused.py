"""Differences that Telegram would not tell when it was asked."""

from __future__ import annotations

import pytest
from telethon._updates.messagebox import GapError, PrematureEndReason
from telethon.tl import types

from tests.unit.box import Box, a_channel_difference
from tests.unit.tl import CHANNEL_ID, a_message


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


async def test_a_channel_the_relay_was_banned_from_is_followed_no_more() -> None:
    box = Box()
    box.box.try_begin_get_diff(CHANNEL_ID, "test")
    request = box.box.get_channel_difference(box.cache)
    box.box.end_channel_difference(request, PrematureEndReason.BANNED, box.cache)
    box.box.ask_for_refused()
    assert (box.refused, box.box.get_channel_difference(box.cache)) == (0, None)
