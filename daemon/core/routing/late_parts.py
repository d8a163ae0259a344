"""Parts of an album that come when the others were routed already."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.core.commands import Command, Name, parse_command
from daemon.core.model import ChatRole, Inbound, LinkRole
from daemon.core.routing.actions import Action
from daemon.core.routing.administration import ADMIN_COMMANDS
from daemon.core.routing.composing import taken_up, with_header
from daemon.core.routing.customer import GoesOn, go_on, in_own_words, under_wrapper
from daemon.core.routing.snapshot import Snapshot, Target, may_command
from daemon.core.routing.staff import answer
from daemon.core.text import Text


def is_late_part(snapshot: Snapshot, inbound: Inbound, command: Command | None) -> bool:
    """Whether the message joins the others of its album. A command that does something is obeyed
    in place of that; one that does nothing where it is written keeps no customer's part back.
    Among the staff no command goes out."""
    if snapshot.sibling is None or command is None:
        return snapshot.sibling is not None
    if snapshot.sibling.link.role is LinkRole.STAFF_REPLY:
        return False
    if command.for_other_bot or not may_command(inbound):
        return True
    if command.name in ADMIN_COMMANDS:
        return not snapshot.sender_is_admin
    obeyed = {Name.T, Name.TICKET}
    if snapshot.role is ChatRole.CUSTOMER:
        obeyed.add(Name.ASK)
    return command.name not in obeyed


def late_parts(snapshot: Snapshot, inbound: Inbound, sibling: Target) -> Iterator[Action]:
    """They join the ticket of the others on the same way, be it closed meanwhile: they were said
    with the others."""
    ticket, replied_to = sibling.ticket, sibling.link.counterpart
    if sibling.link.role is not LinkRole.STAFF_REPLY:
        inbound, _ = in_own_words(inbound, parse_command(inbound.text, snapshot.bot))
    if sibling.link.role is LinkRole.QUESTION:
        yield from taken_up(inbound, ticket, LinkRole.QUESTION)
        for text, media in with_header(snapshot.texts, Text(), inbound.text, inbound.media):
            yield under_wrapper(snapshot, inbound, ticket, LinkRole.MEDIA_COPY, text, media)
    elif sibling.link.role is LinkRole.FOLLOW_UP:
        yield from go_on(snapshot, inbound, GoesOn(ticket, inbound.text, replied_to))
    else:
        target = snapshot.target
        link = target.link if target is not None else None
        yield from answer(snapshot, inbound, ticket, inbound.text, link)
