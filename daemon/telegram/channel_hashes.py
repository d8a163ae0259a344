"""What Telethon keeps of the people and chats that updates tell of, cut down to what it needs."""

from __future__ import annotations

from typing import Any

from telethon._updates import EntityCache


class ChannelHashes(EntityCache):
    """The access hashes of channels, without which their differences cannot be asked for. Of the
    thousands of people who write in them nothing is kept: the relay names them by their ids."""

    def extend(self, users: Any, chats: Any) -> None:
        super().extend((), chats)
