"""What people read: wrappers, continuations and answers, put together from template and text."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from enum import Enum, auto

from daemon.core.media import is_copyable, label
from daemon.core.model import (
    ChatId,
    Inbound,
    Media,
    MessageKey,
    Sender,
    Ticket,
    TicketId,
)
from daemon.core.text import Entity, Text, clean, fill, joined, utf16_len, without_at
from daemon.core.texts import Texts


def mention(user_id: ChatId, username: str | None, name: str) -> Text:
    """A person's name that notifies the person. Without a username it is a mention by id, and
    shows no @, so that nobody can pose as somebody else's username by a display name. A chat
    that speaks for itself (an anonymous admin, a channel) is shown by its title."""
    is_chat = user_id < 0
    if username and not is_chat:
        return Text(f"@{clean(username)}")
    shown = without_at(name) or str(user_id)
    return Text(shown) if is_chat else _by_id(shown, user_id)


def _by_id(shown: str, user_id: ChatId) -> Text:
    return Text(shown, (Entity("MentionName", 0, utf16_len(shown), user_id=user_id),))


def mention_of(sender: Sender) -> Text:
    return mention(sender.id, sender.username, sender.name)


def asker_of(ticket: Ticket) -> Text:
    """Whoever asked, mentioned by id whatever is shown: since the question the username may have
    become somebody else's."""
    shown = mention(ticket.user_id, ticket.username, ticket.user_name)
    return shown if ticket.user_id < 0 else _by_id(shown.text, ticket.user_id)


def wrapper_header(texts: Texts, ticket_id: TicketId, question: Inbound) -> Text:
    return fill(
        texts.wrapper_header,
        ticket=str(ticket_id),
        group=clean(question.chat_title),
        user=mention_of(question.sender),
    )


def continuation_header(texts: Texts, ticket_id: TicketId, sender: Sender) -> Text:
    return fill(texts.continuation_header, ticket=str(ticket_id), user=mention_of(sender))


def context_header(texts: Texts, sender: Sender) -> Text:
    return fill(texts.context_header, user=mention_of(sender))


def answer_header(texts: Texts, ticket: Ticket, to: Text) -> Text:
    return fill(texts.answer_header, ticket=str(ticket.ticket_id), user=to)


def media_lines(texts: Texts, media: Sequence[Media]) -> Text:
    """Names media: a line for each, one for several that are called the same; with it a link to
    the original of what cannot be copied."""
    lines = []
    copyable = itertools.groupby(label(texts, item) for item in media if is_copyable(item))
    for name, same in copyable:
        count = len(list(same))
        lines.append(
            Text(name) if count == 1 else fill(texts.media_several, kind=name, count=str(count))
        )
    lines += [media_notice(texts, item) for item in media if not is_copyable(item)]
    return joined(lines)


class Missing(Enum):
    """Why media are not copied."""

    NOT_COPYABLE = auto()
    TOO_LARGE = auto()
    DELETED = auto()


def media_notice(
    texts: Texts, media: Media, why: Missing = Missing.NOT_COPYABLE, cap: str = ""
) -> Text:
    """What stands in for media that are not copied. `cap`: the size that is not too large yet."""
    kind = label(texts, media)
    match why:
        case Missing.NOT_COPYABLE:
            templates = (texts.media_not_copied, texts.media_not_copied_unlinked)
            return linked(*templates, media.source, kind=kind)
        case Missing.TOO_LARGE:
            templates = (texts.media_too_large, texts.media_too_large_unlinked)
            return linked(*templates, media.source, kind=kind, cap=cap)
        case Missing.DELETED:
            return fill(texts.media_gone, kind=kind)


def dead_letter_notice(texts: Texts, number: int, message: MessageKey) -> Text:
    """Tells that a message could not be handled, and where to find it."""
    return linked(texts.dead_letter, texts.dead_letter_unlinked, message, number=str(number))


def linked(template: str, unlinked: str, message: MessageKey, **values: str) -> Text:
    """The first template with a link to the message, or the second where it has none."""
    link = message_link(message)
    return fill(template, link=link, **values) if link else fill(unlinked, **values)


def message_link(message: MessageKey) -> str | None:
    """A link that members of a supergroup can follow; messages of basic groups have none, nor has
    what is no message.

    https://core.telegram.org/api/links#message-links
    """
    channel_id = -message.chat_id - _FIRST_CHANNEL
    is_linkable = channel_id > 0 and message.msg_id > 0
    return f"https://t.me/c/{channel_id}/{message.msg_id}" if is_linkable else None


_FIRST_CHANNEL = 1_000_000_000_000
"""Marked ids beyond this, on the negative side, are those of channels and supergroups:
https://core.telegram.org/api/bots/ids"""
