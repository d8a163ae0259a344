"""Messages put together: header and body within Telegram's limits, notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemon.core import wrapper
from daemon.core.media import is_copyable, messages_of, takes_caption
from daemon.core.model import Inbound, Link, LinkRole, Media, MessageKey, Ticket
from daemon.core.routing.actions import AddLink, Send
from daemon.core.text import CAPTION_LIMIT, MESSAGE_LIMIT, Text, joined, split, utf16_len
from daemon.core.texts import Texts


def copyable(media: Sequence[Media]) -> tuple[Media, ...]:
    return tuple(item for item in media if is_copyable(item))


def with_header(
    texts: Texts, header: Text, body: Text, media: Sequence[Media]
) -> Iterator[tuple[Text, tuple[Media, ...]]]:
    """Header, body and media as few messages as Telegram allows. Header and body are the media's
    caption where it can have one and the header fits into it; else a text that names the media,
    which then follow."""
    carried = list(messages_of(copyable(media)))
    captioned = (
        bool(carried) and takes_caption(carried[0]) and utf16_len(header.text) <= CAPTION_LIMIT
    )
    if captioned:
        named = wrapper.media_lines(texts, [item for item in media if not is_copyable(item)])
    else:
        named = wrapper.media_lines(texts, media)
    limit = CAPTION_LIMIT if captioned else MESSAGE_LIMIT
    first, *rest = headed(header, joined((named, body)), limit)
    yield first, carried.pop(0) if captioned else ()
    for part in rest:
        yield part, ()
    for group in carried:
        yield Text(), group


def headed(header: Text, body: Text, limit: int) -> list[Text]:
    """The header with the body as texts, the first no longer than `limit` UTF-16 units: the header
    alone where the body begins with an entity that would be cut. Only a header that is longer than
    that by itself is cut."""
    room = limit - utf16_len(header.text)
    if room < 0:
        return list(split(header + body, limit))
    first, *rest = split(body, room)
    return [header + first, *rest]


def taken_up(
    inbound: Inbound, ticket: Ticket, role: LinkRole, replied_to: MessageKey | None = None
) -> Iterator[AddLink]:
    """A person's message, every part of an album, belongs to the ticket from now on."""
    for key in inbound.keys:
        yield AddLink(Link(key, ticket.ticket_id, role, replied_to, inbound.grouped_id))


def notice(inbound: Inbound, text: Text, ticket: Ticket | None) -> Send:
    return Send(
        destination=inbound.key.chat_id,
        role=LinkRole.NOTICE,
        ticket_id=ticket.ticket_id if ticket else None,
        text=text,
        reply_to=inbound.key,
        source=inbound.key,
    )
