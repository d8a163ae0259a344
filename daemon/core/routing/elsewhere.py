"""Groups that are none of ours: not yet, or no longer.

Nothing new is taken from there. What is open from the time when it was a customer group goes on,
so that nobody who was promised an answer is left standing.
"""

from __future__ import annotations

from collections.abc import Iterator

from daemon.core.commands import Command, Name, is_known, without_mentions
from daemon.core.model import Inbound, InboundKind, TicketStatus
from daemon.core.routing.actions import Action, Send
from daemon.core.routing.by_number import ticket_named
from daemon.core.routing.customer import go_on
from daemon.core.routing.snapshot import Snapshot, may_command


def from_elsewhere(
    snapshot: Snapshot, inbound: Inbound, command: Command | None
) -> Iterator[Action]:
    if command is not None and is_known(command):
        if command.name in (Name.T, Name.TICKET) and may_command(inbound):
            found = ticket_named(snapshot, inbound, command)
            if not isinstance(found, Send) and found[0].status is TicketStatus.OPEN:
                ticket, text = found
                yield from go_on(snapshot, inbound, ticket, text)
        return
    target = snapshot.target
    if inbound.kind is not InboundKind.NEW or target is None or not target.link.role.by_bot:
        return
    if target.ticket.status is TicketStatus.OPEN:
        text = without_mentions(inbound.text, snapshot.bot)
        yield from go_on(snapshot, inbound, target.ticket, text, target.link.key)
