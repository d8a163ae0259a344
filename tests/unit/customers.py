"""What a customer group and the staff group see, as routing would send it."""

from __future__ import annotations

from dataclasses import replace

from daemon.core.model import (
    Link,
    LinkRole,
    TicketStatus,
)
from daemon.core.routing import (
    AddLink,
    OpenTicket,
    Send,
)
from daemon.core.text import Text
from tests.builders import (
    ACME,
    QUESTION,
    STAFF,
    TICKET,
    a_target,
    a_ticket,
)

HEADER = (
    "🎫 Ticket #1737456789000\n"
    "📍 From group: Customer Support\n"
    "👤 User: @alice\n"
    "──────────────────────────────\n"
)
CONTINUED = "💬 Continued message (Ticket #1737456789000)\n👤 @alice\n────────────────────\n"
BY_BOT = [role for role in LinkRole if role.by_bot]
BY_PEOPLE = [role for role in LinkRole if not role.by_bot]
OPEN = a_target(LinkRole.ANSWER)
CLOSED = a_target(LinkRole.ANSWER, TicketStatus.CLOSED)


def wrapped(question: str) -> Send:
    return Send(STAFF, LinkRole.WRAPPER, TICKET, Text(HEADER + question), None, source=QUESTION)


def notice(text: str, ticket: bool = False) -> Send:
    number = TICKET if ticket else None
    return Send(ACME, LinkRole.NOTICE, number, Text(text), QUESTION, source=QUESTION)


def hint(text: str) -> Send:
    return replace(notice(text), role=LinkRole.HINT)


OPENED = [OpenTicket(a_ticket()), AddLink(Link(QUESTION, TICKET, LinkRole.QUESTION))]
