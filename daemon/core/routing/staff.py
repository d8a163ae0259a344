"""The staff's side: answers to customers, and commands on tickets."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.core import ticket_life, wrapper
from daemon.core.commands import Command, Name
from daemon.core.media import is_copyable, label
from daemon.core.model import Fate, Inbound, InboundKind, Link, LinkRole, Ticket, TicketStatus
from daemon.core.routing.actions import Action, Refusal, Refuse, Retry, Send, SetStatus
from daemon.core.routing.by_number import ticket_named
from daemon.core.routing.composing import notice, taken_up, with_header
from daemon.core.routing.snapshot import Snapshot, Target, may_command
from daemon.core.text import Text, fill


def from_staff(snapshot: Snapshot, inbound: Inbound, command: Command | None) -> Iterator[Action]:
    if inbound.kind is not InboundKind.NEW:
        return
    target = snapshot.target
    if not snapshot.sender_may_answer:
        yield from _from_stranger(snapshot, inbound, command)
        return
    if command is not None:
        if may_command(inbound):
            yield from _staff_command(snapshot, inbound, command)
        return
    if target is None or not target.link.role.by_bot:
        return  # talk among colleagues stays inside
    yield from _answer_if_open(snapshot, inbound, target.ticket, inbound.text, target.link)


def _from_stranger(
    snapshot: Snapshot, inbound: Inbound, command: Command | None
) -> Iterator[Action]:
    """Whoever writes an answer, by a reply or by a ticket's number, has to know that it stays
    here."""
    told = fill(snapshot.texts.not_on_staff_list)
    if command is None:
        target = snapshot.target
        if target is not None and target.link.role.by_bot:
            yield notice(inbound, told, target.ticket)
    elif command.name in (Name.T, Name.TICKET) and may_command(inbound):
        yield notice(inbound, told, snapshot.named)
    else:
        yield Refuse(Refusal.NOT_ON_STAFF_LIST)


def _staff_command(snapshot: Snapshot, inbound: Inbound, command: Command) -> Iterator[Action]:
    texts, target = snapshot.texts, snapshot.target
    shown = {"command": f"/{command.name}"}
    if command.name in (Name.CLOSE, Name.DONE, Name.REOPEN):
        if target is None:
            yield notice(inbound, fill(texts.reply_to_a_ticket, **shown), None)
        elif command.name == Name.REOPEN:
            yield from _reopen(snapshot, inbound, target, command.arguments)
        else:
            yield from _close(snapshot, inbound, target, command.arguments)
    elif command.name == Name.RETRY:
        yield from _retry(snapshot, inbound)
    elif command.name in (Name.T, Name.TICKET):
        found = ticket_named(snapshot, inbound, command)
        if isinstance(found, Send):
            yield found
        else:
            yield from _answer_if_open(snapshot, inbound, *found)
    elif target is not None and target.link.role.by_bot:
        yield notice(inbound, fill(texts.command_not_sent, **shown), target.ticket)
    elif snapshot.sibling is not None:  # the others of its album went out
        yield notice(inbound, fill(texts.command_not_sent, **shown), snapshot.sibling.ticket)


def _close(
    snapshot: Snapshot, inbound: Inbound, target: Target, last_words: Text
) -> Iterator[Action]:
    ticket = target.ticket
    number = str(ticket.ticket_id)
    has_content = bool(last_words or inbound.media)
    if ticket_life.after(ticket.status, ticket_life.Event.CLOSE) is None:
        texts = snapshot.texts
        template = texts.closed_for_staff if has_content else texts.already_closed
        yield notice(inbound, fill(template, ticket=number), ticket)
        return
    if not all(map(is_copyable, inbound.media)):
        yield _media_not_sent(snapshot, inbound, ticket)
        return
    if has_content:
        yield from answer(snapshot, inbound, ticket, last_words, target.link)
    else:
        yield from taken_up(inbound, ticket, LinkRole.STAFF_REPLY, target.link.key)
    yield SetStatus(ticket.ticket_id, TicketStatus.CLOSED)
    yield notice(inbound, fill(snapshot.texts.closed, ticket=number), ticket)


def _reopen(snapshot: Snapshot, inbound: Inbound, target: Target, words: Text) -> Iterator[Action]:
    """The words behind it go to the customer, be it that the ticket is open already."""
    ticket = target.ticket
    texts, number = snapshot.texts, str(ticket.ticket_id)
    has_content = bool(words or inbound.media)
    if not all(map(is_copyable, inbound.media)):
        yield _media_not_sent(snapshot, inbound, ticket)
        return
    if ticket_life.after(ticket.status, ticket_life.Event.REOPEN) is None:
        yield notice(inbound, fill(texts.already_open, ticket=number), ticket)
    else:
        if not has_content:
            yield from taken_up(inbound, ticket, LinkRole.STAFF_REPLY, target.link.key)
        yield SetStatus(ticket.ticket_id, TicketStatus.OPEN)
        yield notice(inbound, fill(texts.reopened, ticket=number), ticket)
    if has_content:
        yield from answer(snapshot, inbound, ticket, words, target.link)


def _retry(snapshot: Snapshot, inbound: Inbound) -> Iterator[Action]:
    texts, wanted = snapshot.texts, snapshot.undelivered
    told = texts.retry_usage
    if wanted is not None:
        if wanted.fate is Fate.FAILED:
            yield Retry(wanted.source)
        told = {
            Fate.FAILED: texts.retried,
            Fate.WAITING: texts.retry_waits,
            Fate.ARRIVED: texts.retry_arrived,
        }[wanted.fate]
    yield notice(inbound, fill(told), snapshot.target.ticket if snapshot.target else None)


def _answer_if_open(
    snapshot: Snapshot, inbound: Inbound, ticket: Ticket, text: Text, replied_to: Link | None = None
) -> Iterator[Action]:
    if ticket.status is TicketStatus.CLOSED:
        told = fill(snapshot.texts.closed_for_staff, ticket=str(ticket.ticket_id))
        yield notice(inbound, told, ticket)
    else:
        yield from answer(snapshot, inbound, ticket, text, replied_to)


def answer(
    snapshot: Snapshot, inbound: Inbound, ticket: Ticket, text: Text, replied_to: Link | None
) -> Iterator[Action]:
    """The whole message goes to the customer, or nothing of it."""
    if all(map(is_copyable, inbound.media)):
        yield from _answer(snapshot, inbound, ticket, text, replied_to)
    else:
        yield _media_not_sent(snapshot, inbound, ticket)


def _answer(
    snapshot: Snapshot, inbound: Inbound, ticket: Ticket, text: Text, replied_to: Link | None
) -> Iterator[Action]:
    """To the customer's group, under the customer's message that the staff member looked at: a
    continuation's own message where one was replied to, else the question."""
    under, link = ticket.question, replied_to
    if link is not None and link.role is LinkRole.CONTINUATION and link.counterpart is not None:
        under = link.counterpart
    key = link.key if link is not None else None
    yield from taken_up(inbound, ticket, LinkRole.STAFF_REPLY, key)
    header = wrapper.answer_header(snapshot.texts, ticket, wrapper.asker_of(ticket))
    parts = list(with_header(snapshot.texts, header, text, inbound.media))
    for position, (part, media) in enumerate(parts, start=1):
        yield Send(
            destination=ticket.group,
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
    first = next(item for item in inbound.media if not is_copyable(item))
    kind = label(snapshot.texts, first)
    return notice(inbound, fill(snapshot.texts.media_not_sent, kind=kind), ticket)
