"""Random conversations in several groups: nothing ever goes where it must not go."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from daemon.core.model import (
    ChatId,
    ChatRole,
    Inbound,
    InboundKind,
    LinkRole,
    MessageKey,
    Sender,
    TicketStatus,
)
from daemon.core.routing import (
    Action,
    AddLink,
    OpenTicket,
    Send,
    SetStatus,
    Target,
    UnderWrapper,
    concerns,
)
from tests.builders import (
    ACME,
    ADMIN,
    ALICE,
    BOB,
    BOT,
    GLOBEX,
    NICK,
    STAFF,
    TEXTS,
    TICKET,
    a_photo,
    a_sticker,
    an_inbound,
    an_uncopyable,
)
from tests.property.conversation import ELSEWHERE, Conversation

CHATS = [STAFF, ACME, GLOBEX, ELSEWHERE]
RELAYED = {
    LinkRole.WRAPPER,
    LinkRole.CONTEXT,
    LinkRole.MEDIA_COPY,
    LinkRole.CONTINUATION,
    LinkRole.ANSWER,
}
ROBO = Sender(ChatId(44), "Robo", "robo_bot", is_bot=True)

known = st.sampled_from(
    [
        *("/ask", "/close", "/done", "/reopen", "/CLOSE", "/start", "/help", "/t", "/ticket"),
        *("/addgroup", "/removegroup", "/listgroups"),
    ]
)
suffixes = st.sampled_from(["", "", "@support_bot", "@other_bot"])
marks = st.sampled_from(["", "", "."])
unknown = st.just("/unknown")
commands = st.tuples(known, suffixes, marks).map("".join) | st.tuples(unknown, suffixes).map(
    "".join
)
openings = st.sampled_from(["", "Hello", "@support_bot", "@support_bot2", "see /close", "@alice"])
tails = st.sampled_from(["", "words", f"{TICKET + 1} words", f"#{TICKET + 2} words", "1 words"])
senders = st.sampled_from([ALICE, NICK, BOB, ADMIN, ROBO, Sender(STAFF, "Staff")])


@st.composite
def texts(draw: st.DrawFn) -> str:
    opening = draw(openings | commands)
    return f"{opening} {draw(tails)}".strip()


class Conversations(RuleBasedStateMachine):
    """People write, reply and edit at random; each message is checked as it is routed."""

    def __init__(self) -> None:
        super().__init__()
        self.world = Conversation()
        self.asked: set[MessageKey] = set()

    @initialize(follow_ups=st.booleans())
    def configure(self, follow_ups: bool) -> None:
        self.world.follow_ups = follow_ups

    def keys_in(self, chat: ChatId) -> list[MessageKey]:
        return [MessageKey(chat, number) for number in range(1, self.world.last_ids[chat] + 1)]

    @rule(
        data=st.data(),
        chat=st.sampled_from(CHATS),
        sender=senders,
        text=texts(),
        media=st.sampled_from([(), (a_photo(), a_photo()), (a_sticker(), an_uncopyable())]),
        forwarded=st.sampled_from([False, False, False, True]),
        via_bot=st.sampled_from([False, False, False, True]),
    )
    def write(self, data: st.DataObject, chat: ChatId, **more: Any) -> None:
        elsewhere = data.draw(st.sampled_from(CHATS))
        keys = [None, *self.keys_in(chat), *self.keys_in(elsewhere)]
        reply_to = data.draw(st.sampled_from(keys))
        key = self.world.new_key(chat)
        self.receive(an_inbound(key=key, reply_to=reply_to, **more))

    @rule(
        group=st.sampled_from([ACME, GLOBEX]),
        sender=st.sampled_from([ALICE, NICK]),
        text=st.sampled_from(["@support_bot Help", "and this"]),
    )
    def ask_or_talk(self, group: ChatId, sender: Sender, text: str) -> None:
        self.receive(an_inbound(text, key=self.world.new_key(group), sender=sender))

    @rule(data=st.data(), command=st.sampled_from(["/close", "/done bye"]))
    def close(self, data: st.DataObject, command: str) -> None:
        wrappers = [key for key, send in self.world.sent if send.role is LinkRole.WRAPPER]
        if wrappers:
            here = self.world.new_key(STAFF)
            wrapper = data.draw(st.sampled_from(wrappers))
            self.receive(an_inbound(command, key=here, sender=BOB, reply_to=wrapper))

    @rule(
        data=st.data(),
        text=texts()
        | st.sampled_from(["Well", "/close", "/close bye", "/reopen", "/reopen words"]),
        sender=st.sampled_from([ALICE, BOB]),
    )
    def reply_to_the_bot(self, data: st.DataObject, text: str, sender: Sender) -> None:
        if self.world.sent:
            key, _ = data.draw(st.sampled_from(self.world.sent))
            here = self.world.new_key(key.chat_id)
            self.receive(an_inbound(text, key=here, sender=sender, reply_to=key))

    @rule(data=st.data(), text=texts())
    def edit(self, data: st.DataObject, text: str) -> None:
        if self.world.written:
            old = data.draw(st.sampled_from(list(self.world.written.values())))
            self.receive(
                an_inbound(
                    text,
                    kind=InboundKind.EDIT,
                    key=old.key,
                    sender=old.sender,
                    reply_to=old.reply_to,
                    forwarded=old.forwarded,
                    via_bot=old.via_bot,
                )
            )

    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        """Telegram delivers a message again whose first effect was stored."""
        world = self.world
        linked = [inbound for key, inbound in world.written.items() if key in world.links]
        if linked:
            assert self.receive(data.draw(st.sampled_from(linked))) == []

    def receive(self, inbound: Inbound) -> list[Action]:
        target = self.world.target_of(inbound)
        known = inbound.key in self.world.links
        role = self.world.role_of(inbound.key.chat_id)
        before = dict(self.world.tickets)
        actions = self.world.receive(inbound)
        sends = [action for action in actions if isinstance(action, Send)]
        if actions:
            dropped = not concerns(inbound, BOT, follow_ups=self.world.follow_ups)
            assert not dropped, "the intake would have dropped it"
            assert not inbound.sender.is_bot
            assert not known
        for send in sends:
            self.check_destination(inbound, send)
            self.check_no_command_is_relayed(inbound, send)
        reopened = {
            action.ticket_id
            for action in actions
            if isinstance(action, SetStatus) and action.status is TicketStatus.OPEN
        }
        for send in sends:
            ticket = before.get(send.ticket_id) if send.ticket_id else None
            if ticket is not None and ticket.ticket_id not in reopened:
                assert ticket.status is TicketStatus.OPEN or send.role not in RELAYED
        if role is ChatRole.STAFF and not inbound.text.text.startswith("/"):
            assert not sends or (target is not None and target.link.role.by_bot)
        if not known:
            self.check_nothing_is_dropped(inbound, role, target, sends)
        self.asked |= {a.ticket.question for a in actions if isinstance(a, OpenTicket)}
        return actions

    def check_destination(self, inbound: Inbound, send: Send) -> None:
        assert send.source == inbound.key
        here = inbound.key.chat_id
        if send.role in (LinkRole.NOTICE, LinkRole.HINT):
            to_the_staff = (STAFF, None) if inbound.sender == ADMIN else None
            told = (send.destination, send.reply_to)
            assert told in ((here, inbound.key), to_the_staff)
            return
        assert send.ticket_id is not None
        group = self.world.tickets[send.ticket_id].question.chat_id
        assert group != STAFF
        if send.role is LinkRole.ANSWER:
            assert here == STAFF
            assert send.destination == group
            assert isinstance(send.reply_to, MessageKey)
            assert send.reply_to.chat_id == group
            assert self.world.links[send.reply_to].ticket_id == send.ticket_id
        else:
            assert here == group
            assert send.destination == STAFF
            under = None if send.role is LinkRole.WRAPPER else UnderWrapper()
            assert send.reply_to == under

    def check_no_command_is_relayed(self, inbound: Inbound, send: Send) -> None:
        text = inbound.text.text
        if send.destination == STAFF and text.startswith("/unknown"):
            return  # no command of ours, so a customer's words like any other
        if text.startswith("/") and send.role in RELAYED - {LinkRole.CONTEXT}:
            assert text.split()[0] not in send.text.text.split()
            assert "@other_bot" not in text
            assert not inbound.forwarded
            assert not inbound.via_bot

    def check_nothing_is_dropped(
        self, inbound: Inbound, role: ChatRole, target: Target | None, sends: list[Send]
    ) -> None:
        """A reply to a message of the bot has a visible effect."""
        is_command = inbound.text.text.startswith("/")
        if (
            role in (ChatRole.STAFF, ChatRole.CUSTOMER)
            and inbound.kind is InboundKind.NEW
            and not inbound.sender.is_bot
            and not is_command
            and target is not None
            and target.link.role.by_bot
        ):
            assert sends

    @invariant()
    def every_ticket_has_one_wrapper_and_every_question_one_ticket(self) -> None:
        for ticket_id in self.world.tickets:
            assert len(self.world.wrappers_of(ticket_id)) == 1
        assert len(self.asked) == len(self.world.tickets)

    @invariant()
    def customers_see_answers_and_notices_alone(self) -> None:
        known_notices = (
            TEXTS.ask_usage,
            TEXTS.closed_for_customer,
            TEXTS.help_elsewhere,
            TEXTS.not_a_customer_group,
            *("ℹ️ Ask with", "ℹ️ Write the ticket's number", "⚠️ There is no ticket #"),
            "⚠️ words is not a ticket's number",
        )
        for key, send in self.world.sent:
            if key.chat_id != STAFF:
                assert send.role in {LinkRole.ANSWER, LinkRole.NOTICE, LinkRole.HINT}
                assert send.role is LinkRole.ANSWER or send.text.text.startswith(known_notices)
                assert "t.me/c/" not in send.text.text

    @invariant()
    def the_staff_group_is_no_customer(self) -> None:
        assert STAFF not in self.world.enrolled


Conversations.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, report_multiple_bugs=False
)
TestConversations = Conversations.TestCase


def test_the_model_links_what_it_takes_up() -> None:
    world = Conversation()
    actions = world.receive(an_inbound("/ask Help", key=world.new_key(ACME)))
    assert [type(action) for action in actions] == [OpenTicket, AddLink, Send]
    assert len(world.links) == 2
