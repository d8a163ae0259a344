"""Albums: messages that people see as one.

https://core.telegram.org/api/files#albums-grouped-media
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from daemon.core.model import Inbound


def with_its_album(message: Inbound, others: Iterable[Inbound]) -> Inbound:
    """The message with the media and the caption of those of the others that belong to its
    album; they may come in any order."""
    if message.grouped_id is None:
        return message
    album = {
        part.key: part
        for part in (*others, message)
        if part.grouped_id == message.grouped_id and part.key.chat_id == message.key.chat_id
    }
    parts = [album[key] for key in sorted(album)]
    caption = next((part.text for part in parts if part.text), message.text)
    media = tuple(item for part in parts for item in part.media)
    return replace(message, text=caption, media=media)
