"""What the staff are told after the database was restored from a backup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from daemon.core.model import MessageKey
from daemon.core.text import MESSAGE_LIMIT, Text, clean, fill, split
from daemon.core.texts import Texts
from daemon.core.wrapper import linked

_MOST_LISTED = 100
"""In the group; the log has them all."""


@dataclass(frozen=True, slots=True)
class MissedMessage:
    """`date` in seconds since the epoch."""

    key: MessageKey
    title: str
    sender: str
    date: int


def moment(date: int) -> str:
    """For people. `date` in seconds since the epoch."""
    return f"{datetime.fromtimestamp(date, UTC):%Y-%m-%d %H:%M} UTC"


def restored(texts: Texts, since: int, until: int, held_back: int) -> Text:
    """That it was. Times in seconds since the epoch; `since` is 0 where it is not known."""
    known = moment(since) if since else "?"
    text = fill(texts.restored, since=known, until=moment(until))
    if held_back:
        text += fill(texts.restored_held_back, count=str(held_back))
    return text


def missed(texts: Texts, messages: Sequence[MissedMessage]) -> Iterator[Text]:
    """The messages that nobody has handled since, with their links; as many texts as it takes."""
    text = fill(texts.restored_missed, count=str(len(messages)))
    for message in messages[:_MOST_LISTED]:
        text += linked(
            texts.restored_line,
            texts.restored_line_unlinked,
            message.key,
            group=clean(message.title) or str(message.key.chat_id),
            user=clean(message.sender),
            time=moment(message.date),
        )
    if len(messages) > _MOST_LISTED:
        text += fill(texts.restored_more, count=str(len(messages) - _MOST_LISTED))
    yield from split(text, MESSAGE_LIMIT)
