"""`/t <ticket_id> <text>`: a ticket gone on with by its number, in place of a reply."""

from __future__ import annotations

from daemon.core.commands import Command, ticket_and_text, ticket_number
from daemon.core.model import ChatRole, Inbound, Ticket
from daemon.core.routing.actions import Send
from daemon.core.routing.composing import notice
from daemon.core.routing.snapshot import Snapshot
from daemon.core.text import Text, fill, quoted


def ticket_named(
    snapshot: Snapshot, inbound: Inbound, command: Command
) -> tuple[Ticket, Text] | Send:
    """The ticket and the text for it, or a notice of what is wrong. Of another group's ticket a
    customer is told no more than of one that does not exist."""
    texts, shown = snapshot.texts, f"/{command.name}"
    given, text = ticket_and_text(command.arguments)
    number = ticket_number(given)
    if not given:
        return notice(inbound, fill(texts.ticket_usage, command=shown), None)
    if number is None:
        seen = quoted(given) or Text("—")
        wrong = fill(texts.not_a_ticket_number, given=seen, command=shown)
        return notice(inbound, wrong, None)
    ticket = snapshot.named
    if ticket is None or not _is_at_home(snapshot, inbound, ticket):
        return notice(inbound, fill(texts.no_such_ticket, ticket=str(number)), None)
    if not text and not inbound.media:
        return notice(inbound, fill(texts.ticket_usage, command=shown), ticket)
    return ticket, text


def _is_at_home(snapshot: Snapshot, inbound: Inbound, ticket: Ticket) -> bool:
    its_groups = (ticket.group, ticket.question.chat_id)
    return snapshot.role is ChatRole.STAFF or inbound.key.chat_id in its_groups
