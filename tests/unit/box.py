"""A message box in the middle of its work, and differences for it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from telethon._updates import EntityCache, SessionState
from telethon._updates.messagebox import GapError, PrematureEndReason
from telethon.tl import functions, types

from daemon.core.model import ChatId
from daemon.telegram.message_box import RelayMessageBox
from tests.unit.tl import CHANNEL_ID, DATE, GROUP, a_channel


class Box:
    """A message box at pts 10 of the account and 100 of one channel."""

    def __init__(self, tops: dict[ChatId, int] | None = None, make: Any = None) -> None:
        self.tops = tops or {}
        self.idle = self.refused = 0
        self.changed: list[int] = []
        log = logging.getLogger("test")
        self.box = make(log) if make else relay_box(log, self)
        self.box.load(SessionState(900, 0, True, 10, 5, int(DATE.timestamp()), 3, None), [])
        self.box.try_set_channel_state(CHANNEL_ID, 100)
        self.cache = EntityCache(self_bot=True)
        self.cache.extend([], [a_channel(access_hash=7)])

    def read_to(self, sequence: ChatId) -> int:
        return self.tops.get(sequence, 0)

    def note_idle(self) -> None:
        self.idle += 1

    def note_refused(self) -> None:
        self.refused += 1

    def shut_out(self) -> None:
        """The channel does not let us read it."""
        self.box.try_begin_get_diff(CHANNEL_ID, "test")
        request = self.box.get_channel_difference(self.cache)
        self.box.end_channel_difference(request, PrematureEndReason.BANNED, self.cache)

    def push(self, *updates: Any) -> list[Any]:
        """Updates as Telegram pushes them; those that may be handled now."""
        result: list[Any] = []
        pushed = types.Updates(list(updates), [], [], DATE, 0)
        self.box.process_updates(pushed, self.cache, result)
        return result

    def channel_difference(self, diff: Any) -> list[Any]:
        self.box.try_begin_get_diff(CHANNEL_ID, "test")
        request = self.box.get_channel_difference(self.cache)
        assert isinstance(request, functions.updates.GetChannelDifferenceRequest)
        updates, _, _ = self.box.apply_channel_difference(request, diff, self.cache)
        return list(updates)

    def account_difference(self, diff: Any) -> list[Any]:
        with pytest.raises(GapError):
            self.box.process_updates(types.UpdatesTooLong(), self.cache, [])
        assert self.box.get_difference() is not None
        updates, _, _ = self.box.apply_difference(diff, self.cache)
        return list(updates)


def relay_box(log: logging.Logger, box: Box) -> RelayMessageBox:
    return RelayMessageBox(log, box.read_to, box.note_idle, box.note_refused, box.changed.append)


def too_long(top_message: int, pts: int = 500, final: bool | None = True) -> Any:
    dialog = types.Dialog(GROUP, top_message, 0, 0, 0, 0, 0, 0, types.PeerNotifySettings(), pts=pts)
    return types.updates.ChannelDifferenceTooLong(dialog, [], [], [], final=final)


def a_channel_difference(messages: list[Any], others: list[Any], pts: int = 110) -> Any:
    return types.updates.ChannelDifference(pts, messages, others, [], [], final=True)


def a_difference(messages: list[Any], others: list[Any]) -> Any:
    state = types.updates.State(20, 6, DATE, 4, 0)
    return types.updates.Difference(messages, [], others, [], [], state)


def described(updates: list[Any]) -> list[tuple[str, Any]]:
    """Each update by its kind and the messages it is about."""
    return [
        (type(u).__name__, getattr(u, "messages", None) or [u.message.id])
        for u in updates
        if not isinstance(u, types.Updates)
    ]
