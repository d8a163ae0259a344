"""Albums: messages that people see as one.

Telegram delivers each part by itself and never says how many there are.
https://core.telegram.org/api/files#albums-grouped-media
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from daemon.core.commands import is_known, parse_command, words_behind
from daemon.core.media import ALBUM_LIMIT
from daemon.core.model import Bot, Inbound, MessageKey
from daemon.core.text import Text, joined


def wait_ms(received: Sequence[int], now: int, quiet: int) -> int:
    """How long the parts of an album are to wait for further ones: until none came for `quiet` ms.
    `received`: when each part came, in ms. A part that came later than now tells of a clock that
    went back, and is not waited for."""
    if len(received) >= ALBUM_LIMIT:
        return 0
    left = max(received) + quiet - now
    return left if 0 < left <= quiet else 0


def merged(parts: Sequence[Inbound], bot: Bot) -> Inbound:
    """The parts of an album, in their order, as one message: the first, with the media of all. A
    caption counts whichever part it is on; several stand one below the other, the one that begins
    with a command first."""
    first = parts[0]
    if len(parts) == 1:
        return first
    return replace(
        first,
        text=joined(_command_first([part.text for part in parts], bot)),
        reply_to=next((part.reply_to for part in parts if part.reply_to), None),
        parts=tuple(part.key for part in parts),
        media=tuple(item for part in parts for item in part.media),
        forwarded=any(part.forwarded for part in parts),
        via_bot=any(part.via_bot for part in parts),
    )


def _command_first(captions: Sequence[Text], bot: Bot) -> list[Text]:
    """The captions, the one in front whose command counts: the first of the relay's own, else the
    first at all. The relay's own commands in front of others are taken off: they have been given.
    What is for another bot is words among these."""
    commands = [parse_command(caption, bot) for caption in captions]
    given = [
        (not is_known(command), place)
        for place, command in enumerate(commands)
        if command is not None and not command.for_other_bot
    ]
    if not given:
        return list(captions)
    _, first = min(given)
    others = [
        words_behind(command)
        if command is not None and is_known(command) and not command.for_other_bot
        else caption
        for place, (caption, command) in enumerate(zip(captions, commands, strict=True))
        if place != first
    ]
    return [captions[first], *others]


def completed(parts: Sequence[Inbound], others: Iterable[Inbound], bot: Bot) -> Inbound:
    """What came of an album, new or edited, with those of the others that belong to it, as one
    message."""
    came = {part.key: part for part in parts}
    first = parts[0]
    if first.grouped_id is None:
        return first
    album = _of_album(first, others) | came
    whole = merged([album[key] for key in sorted(album)], bot)
    return replace(whole, kind=first.kind, date=first.date)


def with_its_album(message: Inbound, others: Iterable[Inbound]) -> Inbound:
    """The message with the media and the caption of those of the others that belong to its
    album; they may come in any order."""
    if message.grouped_id is None:
        return message
    album = _of_album(message, (*others, message))
    parts = [album[key] for key in sorted(album)]
    return replace(
        message,
        text=joined(part.text for part in parts),
        media=tuple(item for part in parts for item in part.media),
    )


def _of_album(message: Inbound, others: Iterable[Inbound]) -> dict[MessageKey, Inbound]:
    return {
        part.key: part
        for part in others
        if part.grouped_id == message.grouped_id and part.key.chat_id == message.key.chat_id
    }
