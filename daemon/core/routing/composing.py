"""Messages put together: header and body within Telegram's limits, notices."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.core import wrapper
from daemon.core.model import Inbound, LinkRole, Media, MediaKind, Ticket
from daemon.core.routing.actions import Send
from daemon.core.text import CAPTION_LIMIT, MESSAGE_LIMIT, Text, split, utf16_len
from daemon.core.texts import Texts


def is_uncopyable(media: Media | None) -> bool:
    return media is not None and media.kind is MediaKind.UNSUPPORTED


def copyable(media: Media | None) -> tuple[Media, ...]:
    return () if media is None or is_uncopyable(media) else (media,)


def with_header(
    texts: Texts, header: Text, body: Text, media: Media | None
) -> Iterator[tuple[Text, tuple[Media, ...]]]:
    """Header and body as few messages as Telegram's limits allow; the first carries the media."""
    if media is not None:
        body = wrapper.media_body(texts, media, body)
    carried = copyable(media)
    limit = CAPTION_LIMIT if carried else MESSAGE_LIMIT
    first, *rest = split(body, limit - utf16_len(header.text))
    yield header + first, carried
    for part in rest:
        yield part, ()


def notice(inbound: Inbound, text: Text, ticket: Ticket | None) -> Send:
    return Send(
        destination=inbound.key.chat_id,
        role=LinkRole.NOTICE,
        ticket_id=ticket.ticket_id if ticket else None,
        text=text,
        reply_to=inbound.key,
        source=inbound.key,
    )
