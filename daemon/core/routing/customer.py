"""The customers' side: questions, and what customers say to answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from daemon.core import wrapper
from daemon.core.commands import (
    Command,
    Name,
    is_known,
    mentions,
    parse_command,
    without_mentions,
)
from daemon.core.media import ALBUM_LIMIT, messages_of
from daemon.core.model import (
    ChatRole,
    Inbound,
    InboundKind,
    LinkRole,
    Media,
    MessageKey,
    Ticket,
    TicketStatus,
)
from daemon.core.routing.actions import Action, OpenTicket, Send, UnderWrapper
from daemon.core.routing.by_number import ticket_named
from daemon.core.routing.composing import copyable, headed, notice, taken_up, with_header
from daemon.core.routing.snapshot import Snapshot, Target, may_command
from daemon.core.text import MESSAGE_LIMIT, Text, fill, joined

OF_THE_STAFF = frozenset({Name.CLOSE, Name.DONE, Name.REOPEN, Name.RETRY})


@dataclass(frozen=True, slots=True)
class GoesOn:
    """What a message goes on with."""

    ticket: Ticket
    text: Text
    replied_to: MessageKey | None = None


def from_customer(
    snapshot: Snapshot, inbound: Inbound, command: Command | None
) -> Iterator[Action]:
    inbound, command = in_own_words(inbound, command)
    question = _question_in(snapshot, inbound, command)
    if question is not None:
        yield from _ask(snapshot, inbound, question)
        return
    found = gone_on_with(snapshot, inbound, command) or _just_asked(snapshot, inbound, command)
    if isinstance(found, GoesOn):
        yield from go_on(snapshot, inbound, found)
    elif found is not None:
        yield found


def in_own_words(inbound: Inbound, command: Command | None) -> tuple[Inbound, Command | None]:
    """The message without a command of the staff in front, where there is more to it: the command
    is nothing here, and what stands behind it is not to be lost."""
    if command is None or command.name not in OF_THE_STAFF or command.for_other_bot:
        return inbound, command
    if not command.arguments and not inbound.media:
        return inbound, command
    return replace(inbound, text=command.arguments), None


def gone_on_with(
    snapshot: Snapshot, inbound: Inbound, command: Command | None
) -> GoesOn | Send | None:
    """What a message goes on with by a reply or a ticket's number, or the notice that it does not;
    None where it is about no ticket."""
    if command is not None and is_known(command):
        if command.name not in (Name.T, Name.TICKET) or not may_command(inbound):
            return None
        named = ticket_named(snapshot, inbound, command)
        if isinstance(named, Send):
            return named
        found = GoesOn(*named)
    else:
        target = _replied_to_bot(snapshot, inbound)
        if target is None:
            return None
        text = without_mentions(inbound.text, snapshot.bot)
        found = GoesOn(target.ticket, text, target.link.key)
    if found.ticket.status is TicketStatus.CLOSED:
        return notice(inbound, fill(snapshot.texts.closed_for_customer), found.ticket)
    return found


def _just_asked(snapshot: Snapshot, inbound: Inbound, command: Command | None) -> GoesOn | None:
    """The ticket that a message belongs to because it follows the question so soon: the
    screenshot that was forgotten. A reply to what is not said in that ticket is about something
    else, and what is forwarded in a channel's name Telegram forwards by itself: a post of the
    channel."""
    ticket = snapshot.just_asked
    if ticket is None or ticket.status is TicketStatus.CLOSED:
        return None
    if command is not None and is_known(command):
        return None
    if inbound.kind is not InboundKind.NEW or inbound.key < ticket.question:
        return None
    if inbound.forwarded and inbound.sender.id < 0:
        return None
    target = snapshot.target
    is_said_there = target is not None and target.ticket.ticket_id == ticket.ticket_id
    if inbound.reply_to in (None, ticket.question) or is_said_there:
        return GoesOn(ticket, inbound.text)
    return None


def context_wanted(snapshot: Snapshot, inbound: Inbound) -> MessageKey | None:
    """What a question replies to and is not known here: it has to be fetched first. A message of
    the bot itself is no context."""
    reply_to = inbound.reply_to
    if reply_to is None or reply_to.chat_id not in (inbound.key.chat_id, snapshot.former_chat):
        return None
    if snapshot.target is not None and snapshot.target.link.role.by_bot:
        return None
    if snapshot.answers_hint or not _asks(snapshot, inbound):
        return None
    return reply_to


def album_wanted(snapshot: Snapshot, inbound: Inbound) -> bool:
    """Whether the message is about an album of which other parts may have been passed by: those
    that came apart from it and said nothing to the bot, or came before it was edited."""
    if inbound.grouped_id is None or len(inbound.keys) >= ALBUM_LIMIT:
        return False
    if snapshot.named is not None:
        return _is_customers(snapshot, inbound) and may_command(inbound)
    return _asks(snapshot, inbound)


def _is_customers(snapshot: Snapshot, inbound: Inbound) -> bool:
    """Whether a customer said it, and for the first time."""
    is_new_here = not snapshot.in_a_ticket and not inbound.sender.is_bot
    return snapshot.role is ChatRole.CUSTOMER and is_new_here


def _asks(snapshot: Snapshot, inbound: Inbound) -> bool:
    """Whether the message is a question, of one that is still to be routed."""
    if not _is_customers(snapshot, inbound):
        return False
    said = in_own_words(inbound, parse_command(inbound.text, snapshot.bot))
    return _question_in(snapshot, *said) is not None


def _question_in(snapshot: Snapshot, inbound: Inbound, command: Command | None) -> Text | None:
    """The question that the message asks, empty where it has no words; None where it asks none."""
    if command is not None and command.for_other_bot:
        return None
    if command is not None and is_known(command):
        asks = command.name == Name.ASK and not inbound.forwarded and not inbound.via_bot
        return command.arguments if asks else None
    if snapshot.answers_hint and inbound.kind is InboundKind.NEW:
        return without_mentions(inbound.text, snapshot.bot)
    if inbound.forwarded or not mentions(inbound.text, snapshot.bot):
        return None
    target = _replied_to_bot(snapshot, inbound)
    if target is not None and target.ticket.status is TicketStatus.OPEN:
        return None  # the bot is mentioned while its ticket goes on
    return without_mentions(inbound.text, snapshot.bot)


def _replied_to_bot(snapshot: Snapshot, inbound: Inbound) -> Target | None:
    """The message of the bot that somebody just replied to, where it belongs to a ticket."""
    target = snapshot.target
    if target is None or inbound.kind is not InboundKind.NEW:
        return None
    return target if target.link.role.by_bot else None


def _ask(snapshot: Snapshot, inbound: Inbound, question: Text) -> Iterator[Action]:
    if not question and not inbound.media and snapshot.context is None:
        if inbound.kind is InboundKind.NEW:
            hint = notice(inbound, fill(snapshot.texts.ask_usage), None)
            yield replace(hint, role=LinkRole.HINT)
        return
    sender = inbound.sender
    ticket = Ticket(
        ticket_id=snapshot.new_ticket_id,
        question=inbound.key,
        user_id=sender.id,
        username=sender.username,
        user_name=sender.name,
        status=TicketStatus.OPEN,
        asked_at=inbound.date,
    )
    yield OpenTicket(ticket)
    yield from taken_up(inbound, ticket, LinkRole.QUESTION)
    header = wrapper.wrapper_header(snapshot.texts, ticket.ticket_id, inbound)
    body = joined((wrapper.media_lines(snapshot.texts, inbound.media), question))
    first, *rest = headed(header, body, MESSAGE_LIMIT)
    yield Send(
        destination=snapshot.staff_group,
        role=LinkRole.WRAPPER,
        ticket_id=ticket.ticket_id,
        text=first,
        reply_to=None,
        source=inbound.key,
    )
    for part in rest:
        yield under_wrapper(snapshot, inbound, ticket, LinkRole.CONTINUATION, part)
    if snapshot.context is not None:
        yield from _context(snapshot, inbound, ticket, snapshot.context)
    for media in messages_of(copyable(inbound.media)):
        yield under_wrapper(snapshot, inbound, ticket, LinkRole.MEDIA_COPY, Text(), media)


def _context(
    snapshot: Snapshot, inbound: Inbound, ticket: Ticket, context: Inbound
) -> Iterator[Action]:
    header = wrapper.context_header(snapshot.texts, context.sender)
    for part, media in with_header(snapshot.texts, header, context.text, context.media):
        yield under_wrapper(snapshot, inbound, ticket, LinkRole.CONTEXT, part, media)


def go_on(snapshot: Snapshot, inbound: Inbound, found: GoesOn) -> Iterator[Action]:
    """The text, and the message's media, become part of the ticket."""
    ticket = found.ticket
    yield from taken_up(inbound, ticket, LinkRole.FOLLOW_UP, found.replied_to)
    header = wrapper.continuation_header(snapshot.texts, ticket.ticket_id, inbound.sender)
    for part, media in with_header(snapshot.texts, header, found.text, inbound.media):
        yield under_wrapper(snapshot, inbound, ticket, LinkRole.CONTINUATION, part, media)


def under_wrapper(
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
