"""Finds a message that Telegram has and whose id it did not tell.

As one request is under way in a chat at a time and every message of the relay is linked, the
unlinked message of the relay above the highest id known before is the one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from daemon.core.model import ChatId, MessageKey
from daemon.core.sync import sequence_of
from daemon.relay.store import Store
from daemon.storage import links
from daemon.storage.outbox_row import OutboxRow
from daemon.telegram.fetcher import FETCH_LIMIT, Fetcher, OwnMessage


class Finder:
    """`top_of` tells the highest message id seen in a sequence."""

    def __init__(self, store: Store, fetcher: Fetcher, top_of: Callable[[ChatId], int]) -> None:
        self._store = store
        self._fetcher = fetcher
        self._top_of = top_of

    async def find(self, row: OutboxRow) -> tuple[int, ...]:
        """The ids of the row's messages; none where they are not there.

        Raises `RequestFailed` or `SessionRefused`."""
        first = _floor(row) + 1
        # The message may be above all that updates brought: an answer moves the pts past it.
        top = self._top_of(sequence_of(row.destination))
        last = max(top, first - 1) + FETCH_LIMIT
        found: list[OwnMessage] = []
        for start in range(first, last + 1, FETCH_LIMIT):
            end = min(start + FETCH_LIMIT - 1, last)
            own = await self._fetcher.own_messages(row.destination, start, end)
            linked = functools.partial(
                links.linked_among, first=MessageKey(row.destination, start), last_id=end
            )
            known = await self._store("find", linked)
            found += [message for message in own if message.msg_id not in known]
        return tuple(message.msg_id for message in _of(row, found))


def _of(row: OutboxRow, found: list[OwnMessage]) -> list[OwnMessage]:
    """The messages that are the row's; where there are more than it has, by their text. The text
    of an album is on its first part."""
    size = len(row.random_ids)
    if len(found) <= size:
        return found
    for start, message in enumerate(found):
        if message.text == row.text.text.strip():
            parts = found[start : start + size]
            if len(parts) == size and len({part.grouped_id for part in parts}) == 1:
                return parts
    return []


def _floor(row: OutboxRow) -> int:
    """An id that the message's own is above. In private chats, whose highest is not stored, it is
    that of the message which is answered."""
    reply_to = row.reply_to
    answered = reply_to.msg_id if reply_to and reply_to.chat_id == row.destination else 0
    return max(row.floor_msg_id, answered)
