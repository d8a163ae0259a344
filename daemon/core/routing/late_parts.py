"""Parts of an album that come when the others were routed already."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.core.model import Inbound, LinkRole
from daemon.core.routing.actions import Action
from daemon.core.routing.composing import taken_up, with_header
from daemon.core.routing.customer import go_on, under_wrapper
from daemon.core.routing.snapshot import Snapshot, Target
from daemon.core.routing.staff import answer
from daemon.core.text import Text


def late_parts(snapshot: Snapshot, inbound: Inbound, sibling: Target) -> Iterator[Action]:
    """They join the ticket of the others on the same way, be it closed meanwhile: they were said
    with the others."""
    ticket, replied_to = sibling.ticket, sibling.link.counterpart
    if sibling.link.role is LinkRole.QUESTION:
        yield from taken_up(inbound, ticket, LinkRole.QUESTION)
        for text, media in with_header(snapshot.texts, Text(), inbound.text, inbound.media):
            yield under_wrapper(snapshot, inbound, ticket, LinkRole.MEDIA_COPY, text, media)
    elif sibling.link.role is LinkRole.FOLLOW_UP:
        yield from go_on(snapshot, inbound, ticket, inbound.text, replied_to)
    else:
        target = snapshot.target
        link = target.link if target is not None else None
        yield from answer(snapshot, inbound, ticket, inbound.text, link)
