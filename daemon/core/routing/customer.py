"""The customers' side: questions, and what customers say to answers."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.core import wrapper
from daemon.core.commands import Command, Name, is_known, mentions, without_mentions
from daemon.core.media import messages_of
from daemon.core.model import (
    Inbound,
    InboundKind,
    Link,
    LinkRole,
    Media,
    MessageKey,
    Ticket,
    TicketStatus,
)
from daemon.core.routing.actions import Action, AddLink, OpenTicket, Send, UnderWrapper
from daemon.core.routing.by_number import ticket_named
from daemon.core.routing.composing import copyable, notice, with_header
from daemon.core.routing.snapshot import Snapshot, may_command
from daemon.core.text import MESSAGE_LIMIT, Text, fill, joined, split, utf16_len


def from_customer(
    snapshot: Snapshot, inbound: Inbound, command: Command | None
) -> Iterator[Action]:
    if command is not None and is_known(command):
        if command.name == Name.ASK and not inbound.forwarded and not inbound.via_bot:
            yield from _ask(snapshot, inbound, command.arguments)
        elif command.name in (Name.T, Name.TICKET) and may_command(inbound):
            yield from _go_on_by_number(snapshot, inbound, command)
        return  # those of the staff are nothing here

    target = snapshot.target
    mentioned = mentions(inbound.text, snapshot.bot) and not inbound.forwarded
    if target is not None and target.link.role.by_bot and inbound.kind is InboundKind.NEW:
        is_open = target.ticket.status is TicketStatus.OPEN
        if is_open:
            text = without_mentions(inbound.text, snapshot.bot)
            yield from go_on(snapshot, inbound, target.ticket, text, target.link.key)
            return
        if not mentioned:
            yield notice(inbound, fill(snapshot.texts.closed_for_customer), target.ticket)
            return
    if mentioned:
        yield from _ask(snapshot, inbound, without_mentions(inbound.text, snapshot.bot))


def _ask(snapshot: Snapshot, inbound: Inbound, question: Text) -> Iterator[Action]:
    if not question and not inbound.media:
        if inbound.kind is InboundKind.NEW:
            yield notice(inbound, fill(snapshot.texts.ask_usage), None)
        return
    sender = inbound.sender
    ticket = Ticket(
        ticket_id=snapshot.new_ticket_id,
        question=inbound.key,
        user_id=sender.id,
        username=sender.username,
        user_name=sender.name,
        status=TicketStatus.OPEN,
    )
    yield OpenTicket(ticket)
    yield AddLink(Link(inbound.key, ticket.ticket_id, LinkRole.QUESTION))
    header = wrapper.wrapper_header(snapshot.texts, ticket.ticket_id, inbound)
    body = joined((wrapper.media_lines(snapshot.texts, inbound.media), question))
    first, *rest = split(body, MESSAGE_LIMIT - utf16_len(header.text))
    yield Send(
        destination=snapshot.staff_group,
        role=LinkRole.WRAPPER,
        ticket_id=ticket.ticket_id,
        text=header + first,
        reply_to=None,
        source=inbound.key,
    )
    for part in rest:
        yield _under_wrapper(snapshot, inbound, ticket, LinkRole.CONTINUATION, part)
    for media in messages_of(copyable(inbound.media)):
        yield _under_wrapper(snapshot, inbound, ticket, LinkRole.MEDIA_COPY, Text(), media)


def _go_on_by_number(snapshot: Snapshot, inbound: Inbound, command: Command) -> Iterator[Action]:
    found = ticket_named(snapshot, inbound, command)
    if isinstance(found, Send):
        yield found
        return
    ticket, text = found
    if ticket.status is TicketStatus.CLOSED:
        yield notice(inbound, fill(snapshot.texts.closed_for_customer), ticket)
    else:
        yield from go_on(snapshot, inbound, ticket, text)


def go_on(
    snapshot: Snapshot,
    inbound: Inbound,
    ticket: Ticket,
    text: Text,
    replied_to: MessageKey | None = None,
) -> Iterator[Action]:
    """The text, and the message's media, become part of the ticket."""
    yield AddLink(Link(inbound.key, ticket.ticket_id, LinkRole.FOLLOW_UP, replied_to))
    header = wrapper.continuation_header(snapshot.texts, ticket.ticket_id, inbound.sender)
    for part, media in with_header(snapshot.texts, header, text, inbound.media):
        yield _under_wrapper(snapshot, inbound, ticket, LinkRole.CONTINUATION, part, media)


def _under_wrapper(
    snapshot: Snapshot,
    inbound: Inbound,
    ticket: Ticket,
    role: LinkRole,
    text: Text,
    media: tuple[Media, ...] = (),
) -> Send:
    return Send(
        destination=snapshot.staff_group,
        role=role,
        ticket_id=ticket.ticket_id,
        text=text,
        reply_to=UnderWrapper(),
        media=media,
        source=inbound.key,
    )
