"""A pure model of what the relay keeps: chats, tickets and links, as routing's actions make them.

What is sent arrives at once. The model knows nothing of how routing decides."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from daemon.core.model import (
    ChatId,
    ChatRole,
    CustomerGroup,
    Inbound,
    Link,
    LinkRole,
    MessageKey,
    Ticket,
    TicketId,
)
from daemon.core.routing import (
    Action,
    AddLink,
    EnrolGroup,
    OpenTicket,
    RemoveGroup,
    Send,
    SetStatus,
    Snapshot,
    Target,
    context_wanted,
    route,
    wanted,
)
from tests.builders import ACME, ADMIN, BOT, GLOBEX, STAFF, TEXTS, TICKET

ELSEWHERE = ChatId(-1003000000001)
"""A group that the bot is in and that is not enrolled."""


@dataclass
class Conversation:
    enrolled: set[ChatId] = field(default_factory=lambda: {ACME, GLOBEX})
    tickets: dict[TicketId, Ticket] = field(default_factory=dict)
    links: dict[MessageKey, Link] = field(default_factory=dict)
    sent: list[tuple[MessageKey, Send]] = field(default_factory=list)
    """Every message of the bot."""
    written: dict[MessageKey, Inbound] = field(default_factory=dict)
    """Every message of people, as it was first written."""
    follow_ups: bool = False
    """Whether what follows a question belongs to it; in this model, however late it comes."""
    last_ids: defaultdict[ChatId, int] = field(default_factory=lambda: defaultdict(int))

    def new_key(self, chat: ChatId) -> MessageKey:
        self.last_ids[chat] += 1
        return MessageKey(chat, self.last_ids[chat])

    def target_of(self, inbound: Inbound) -> Target | None:
        """What is replied to; a chat sees its own messages alone."""
        reply_to = inbound.reply_to
        if reply_to is None or reply_to.chat_id != inbound.key.chat_id:
            return None
        link = self.links.get(reply_to)
        return Target(link, self.tickets[link.ticket_id]) if link else None

    def role_of(self, chat: ChatId) -> ChatRole:
        if chat == STAFF:
            return ChatRole.STAFF
        return ChatRole.CUSTOMER if chat in self.enrolled else ChatRole.OTHER

    def just_asked(self, inbound: Inbound) -> Ticket | None:
        here, sender = inbound.key.chat_id, inbound.sender.id
        asked = [
            ticket
            for ticket in self.tickets.values()
            if (ticket.question.chat_id, ticket.user_id) == (here, sender)
        ]
        return asked[-1] if asked and self.follow_ups else None

    def receive(self, inbound: Inbound) -> list[Action]:
        """Route a message and carry out what follows."""
        self.written.setdefault(inbound.key, inbound)
        more = wanted(inbound, BOT)
        snapshot = Snapshot(
            bot=BOT,
            texts=TEXTS,
            staff_group=STAFF,
            role=self.role_of(inbound.key.chat_id),
            sender_is_admin=inbound.sender == ADMIN,
            target=self.target_of(inbound),
            in_a_ticket=inbound.key in self.links,
            new_ticket_id=TicketId(max(self.tickets, default=TICKET) + 1),
            named=self.tickets.get(more.ticket) if more.ticket else None,
            groups=tuple(CustomerGroup(chat, "", 0) for chat in self.enrolled),
            just_asked=self.just_asked(inbound),
        )
        context = context_wanted(snapshot, inbound)
        if context is not None:
            assert context.chat_id == inbound.key.chat_id
            snapshot = replace(snapshot, context=self.written.get(context))
        actions = route(snapshot, inbound)
        for action in actions:
            self._carry_out(action)
        return actions

    def _carry_out(self, action: Action) -> None:
        match action:
            case OpenTicket(ticket):
                assert ticket.ticket_id not in self.tickets
                self.tickets[ticket.ticket_id] = ticket
            case SetStatus(ticket_id, status):
                self.tickets[ticket_id] = replace(self.tickets[ticket_id], status=status)
            case AddLink(link):
                assert link.key not in self.links
                self.links[link.key] = link
            case EnrolGroup(chat_id):
                self.enrolled.add(chat_id)
            case RemoveGroup(chat_id):
                self.enrolled.remove(chat_id)
            case Send():
                key = self.new_key(action.destination)
                self.sent.append((key, action))
                if action.ticket_id is not None:
                    self.links[key] = Link(key, action.ticket_id, action.role, action.source)

    def wrappers_of(self, ticket_id: TicketId) -> list[MessageKey]:
        return [
            key
            for key, send in self.sent
            if send.ticket_id == ticket_id and send.role is LinkRole.WRAPPER
        ]
