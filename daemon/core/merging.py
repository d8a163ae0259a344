"""Messages that wait for long become fewer: what may be sent as one."""

from __future__ import annotations

from collections.abc import Sequence

from daemon.core.media import takes_caption
from daemon.core.model import Media
from daemon.core.text import CAPTION_LIMIT, MESSAGE_LIMIT, Text, utf16_len

_MOST_ENTITIES = 100
"""Telegram leaves out further ones: https://core.telegram.org/api/entities"""


def as_one_text(first: Text, following: Text, *, of_one_message: bool) -> Text | None:
    """Both in one message; None where it would be too long. `of_one_message`: one was cut off the
    other for being too long."""
    both = first + following if of_one_message else first + Text("\n\n") + following
    if utf16_len(both.text) > MESSAGE_LIMIT or len(both.entities) > _MOST_ENTITIES:
        return None
    return both


def is_caption_for(text: Text, media: Sequence[Media]) -> bool:
    """Whether a text and the media that follow it may be one message."""
    return bool(media) and takes_caption(media) and utf16_len(text.text) <= CAPTION_LIMIT
