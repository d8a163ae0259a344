"""What follows from a message: a pure function from what is known to what is to be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from daemon.core import ticket_life, wrapper
from daemon.core.commands import Command, Name, mentions, parse_command, without_mentions
from daemon.core.model import (
    Bot,
    ChatId,
    ChatRole,
    Inbound,
    InboundKind,
    Link,
    LinkRole,
    Media,
    MediaKind,
    MessageKey,
    Ticket,
    TicketId,
    TicketStatus,
)
from daemon.core.text import CAPTION_LIMIT, MESSAGE_LIMIT, Text, clean, fill, split, utf16_len
from daemon.core.texts import Texts


@dataclass(frozen=True, slots=True)
class Target:
    """The message that is replied to, where it belongs to a ticket."""

    link: Link
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the relay knows at the moment of routing one message."""

    bot: Bot
    texts: Texts
    staff_group: ChatId
    role: ChatRole
    sender_is_admin: bool
    target: Target | None
    in_a_ticket: bool
    """The message itself belongs to a ticket already: this is a later edit of it."""
    new_ticket_id: TicketId
    """The number that a ticket opened now gets."""


@dataclass(frozen=True, slots=True)
class UnderWrapper:
    """Reply to the wrapper of the ticket, sent or still waiting to be sent."""


@dataclass(frozen=True, slots=True)
class Send:
    """One message to be written to the outbox."""

    destination: ChatId
    role: LinkRole
    ticket_id: TicketId | None
    text: Text
    reply_to: MessageKey | UnderWrapper | None
    media: tuple[Media, ...] = ()
    source: MessageKey | None = None
    """The person's message that this one copies or answers; failures are told under it."""
    confirm: bool = False
    """Tell the staff under `source` once it is sent."""


@dataclass(frozen=True, slots=True)
class OpenTicket:
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class SetStatus:
    ticket_id: TicketId
    status: TicketStatus


@dataclass(frozen=True, slots=True)
class AddLink:
    """Note that a person's own message belongs to a ticket."""

    link: Link


@dataclass(frozen=True, slots=True)
class EnrolGroup:
    chat_id: ChatId
    title: str


Action = Send | OpenTicket | SetStatus | AddLink | EnrolGroup


def concerns(inbound: Inbound, bot: Bot) -> bool:
    """Whether a message can matter to the relay at all. Decided without knowing which groups
    are enrolled: that may change by the very message before it."""
    if inbound.sender.is_bot or inbound.key.chat_id > 0:
        return False
    return (
        inbound.reply_to is not None
        or parse_command(inbound.text, bot) is not None
        or mentions(inbound.text, bot)
    )


def route(snapshot: Snapshot, inbound: Inbound) -> list[Action]:
    """The actions that follow from one message, in order; none where it is not for the relay."""
    if inbound.sender.is_bot or snapshot.in_a_ticket:
        return []
    command = parse_command(inbound.text, snapshot.bot)
    if command is not None and command.for_other_bot:
        return []
    routes = {
        ChatRole.STAFF: _from_staff,
        ChatRole.CUSTOMER: _from_customer,
        ChatRole.OTHER: _from_elsewhere,
    }
    return list(routes[snapshot.role](snapshot, inbound, command))


def _from_elsewhere(
    snapshot: Snapshot, inbound: Inbound, command: Command | None
) -> Iterator[Action]:
    if command and command.name == Name.ADDGROUP and _may_administer(snapshot, inbound):
        yield EnrolGroup(inbound.key.chat_id, inbound.chat_title)


def _may_administer(snapshot: Snapshot, inbound: Inbound) -> bool:
    return snapshot.sender_is_admin and _may_command(inbound)


def _may_command(inbound: Inbound) -> bool:
    """Commands run only from what a person wrote here, and just now."""
    return inbound.kind is InboundKind.NEW and not inbound.forwarded and not inbound.via_bot


# --- the customers' side ---


def _from_customer(
    snapshot: Snapshot, inbound: Inbound, command: Command | None
) -> Iterator[Action]:
    if command is not None:
        if command.name == Name.ASK and not inbound.forwarded and not inbound.via_bot:
            yield from _ask(snapshot, inbound, command.arguments)
        elif command.name == Name.ADDGROUP and _may_administer(snapshot, inbound):
            yield EnrolGroup(inbound.key.chat_id, inbound.chat_title)
        return

    target = snapshot.target
    mentioned = mentions(inbound.text, snapshot.bot) and not inbound.forwarded
    if target is not None and target.link.role.by_bot and inbound.kind is InboundKind.NEW:
        is_open = target.ticket.status is TicketStatus.OPEN
        if is_open:
            yield from _continue(snapshot, inbound, target)
            return
        if not mentioned:
            yield _notice(inbound, Text(snapshot.texts.closed_for_customer), target.ticket)
            return
    if mentioned:
        yield from _ask(snapshot, inbound, without_mentions(inbound.text, snapshot.bot))


def _ask(snapshot: Snapshot, inbound: Inbound, question: Text) -> Iterator[Action]:
    if not question and inbound.media is None:
        if inbound.kind is InboundKind.NEW:
            yield _notice(inbound, Text(snapshot.texts.ask_usage), None)
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
    body = question
    if inbound.media is not None:
        body = wrapper.media_body(snapshot.texts, inbound.media, question)
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
    media = _copyable(inbound.media)
    if media:
        yield _under_wrapper(snapshot, inbound, ticket, LinkRole.MEDIA_COPY, Text(), media)


def _continue(snapshot: Snapshot, inbound: Inbound, target: Target) -> Iterator[Action]:
    ticket = target.ticket
    yield AddLink(Link(inbound.key, ticket.ticket_id, LinkRole.FOLLOW_UP, target.link.key))
    header = wrapper.continuation_header(snapshot.texts, ticket.ticket_id, inbound.sender)
    body = without_mentions(inbound.text, snapshot.bot)
    for text, media in _with_header(snapshot.texts, header, body, inbound.media):
        yield _under_wrapper(snapshot, inbound, ticket, LinkRole.CONTINUATION, text, media)


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


# --- the staff's side ---


def _from_staff(snapshot: Snapshot, inbound: Inbound, command: Command | None) -> Iterator[Action]:
    if inbound.kind is not InboundKind.NEW:
        return
    target = snapshot.target
    if command is not None:
        if _may_command(inbound):
            yield from _staff_command(snapshot, inbound, command)
        return
    if target is None or not target.link.role.by_bot:
        return  # talk among colleagues stays inside
    if target.ticket.status is TicketStatus.CLOSED:
        text = fill(snapshot.texts.closed_for_staff, ticket=str(target.ticket.ticket_id))
        yield _notice(inbound, text, target.ticket)
        return
    if _is_uncopyable(inbound.media):
        yield _media_not_sent(snapshot, inbound, target.ticket)
        return
    yield from _answer(snapshot, inbound, target, inbound.text)


def _staff_command(snapshot: Snapshot, inbound: Inbound, command: Command) -> Iterator[Action]:
    texts, target = snapshot.texts, snapshot.target
    shown = {"command": f"/{command.name}"}
    if command.name == Name.ADDGROUP:
        if snapshot.sender_is_admin:
            yield _notice(inbound, Text(texts.staff_group_is_not_a_customer), None)
    elif command.name in (Name.CLOSE, Name.DONE, Name.REOPEN):
        if target is None:
            yield _notice(inbound, fill(texts.reply_to_a_ticket, **shown), None)
        elif command.name == Name.REOPEN:
            yield from _reopen(snapshot, inbound, target)
        else:
            yield from _close(snapshot, inbound, target, command.arguments)
    elif target is not None and target.link.role.by_bot:
        yield _notice(inbound, fill(texts.command_not_sent, **shown), target.ticket)


def _close(
    snapshot: Snapshot, inbound: Inbound, target: Target, last_words: Text
) -> Iterator[Action]:
    ticket = target.ticket
    number = str(ticket.ticket_id)
    if ticket_life.after(ticket.status, ticket_life.Event.CLOSE) is None:
        yield _notice(inbound, fill(snapshot.texts.already_closed, ticket=number), ticket)
        return
    if _is_uncopyable(inbound.media):
        yield _media_not_sent(snapshot, inbound, ticket)
        return
    if last_words or inbound.media is not None:
        yield from _answer(snapshot, inbound, target, last_words)
    else:
        yield AddLink(Link(inbound.key, ticket.ticket_id, LinkRole.STAFF_REPLY, target.link.key))
    yield SetStatus(ticket.ticket_id, TicketStatus.CLOSED)
    yield _notice(inbound, fill(snapshot.texts.closed, ticket=number), ticket)


def _reopen(snapshot: Snapshot, inbound: Inbound, target: Target) -> Iterator[Action]:
    ticket = target.ticket
    number = str(ticket.ticket_id)
    if ticket_life.after(ticket.status, ticket_life.Event.REOPEN) is None:
        yield _notice(inbound, fill(snapshot.texts.already_open, ticket=number), ticket)
        return
    yield AddLink(Link(inbound.key, ticket.ticket_id, LinkRole.STAFF_REPLY, target.link.key))
    yield SetStatus(ticket.ticket_id, TicketStatus.OPEN)
    yield _notice(inbound, fill(snapshot.texts.reopened, ticket=number), ticket)


def _answer(snapshot: Snapshot, inbound: Inbound, target: Target, text: Text) -> Iterator[Action]:
    """To the customer's group, under the customer's message that the staff member looked at: a
    continuation's own message where one was replied to, else the question."""
    ticket, link = target.ticket, target.link
    under = ticket.question
    if link.role is LinkRole.CONTINUATION and link.counterpart is not None:
        under = link.counterpart
    yield AddLink(Link(inbound.key, ticket.ticket_id, LinkRole.STAFF_REPLY, link.key))
    header = wrapper.answer_header(snapshot.texts, ticket, wrapper.asker_of(ticket))
    parts = list(_with_header(snapshot.texts, header, text, inbound.media))
    for position, (part, media) in enumerate(parts, start=1):
        yield Send(
            destination=ticket.question.chat_id,
            role=LinkRole.ANSWER,
            ticket_id=ticket.ticket_id,
            text=part,
            reply_to=under,
            media=media,
            source=inbound.key,
            confirm=position == len(parts),
        )


def _media_not_sent(snapshot: Snapshot, inbound: Inbound, ticket: Ticket) -> Send:
    """Nothing of the message is sent: a customer cannot follow a link into the staff group."""
    label = inbound.media.label if inbound.media else ""
    return _notice(inbound, fill(snapshot.texts.media_not_sent, kind=clean(label)), ticket)


# --- both sides ---


def _is_uncopyable(media: Media | None) -> bool:
    return media is not None and media.kind is MediaKind.UNSUPPORTED


def _copyable(media: Media | None) -> tuple[Media, ...]:
    return () if media is None or _is_uncopyable(media) else (media,)


def _with_header(
    texts: Texts, header: Text, body: Text, media: Media | None
) -> Iterator[tuple[Text, tuple[Media, ...]]]:
    """Header and body as few messages as Telegram's limits allow; the first carries the media."""
    if media is not None:
        body = wrapper.media_body(texts, media, body)
    carried = _copyable(media)
    limit = CAPTION_LIMIT if carried else MESSAGE_LIMIT
    first, *rest = split(body, limit - utf16_len(header.text))
    yield header + first, carried
    for part in rest:
        yield part, ()


def _notice(inbound: Inbound, text: Text, ticket: Ticket | None) -> Send:
    return Send(
        destination=inbound.key.chat_id,
        role=LinkRole.NOTICE,
        ticket_id=ticket.ticket_id if ticket else None,
        text=text,
        reply_to=inbound.key,
        source=inbound.key,
    )
