"""The conversation of the usage examples, played by people and checked message by message.

The words are those of the specification, on purpose not those that the daemon's code holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.demo.expectation import Expected, Observer
from tests.demo.failure import DemoFailure
from tests.demo.picture import screenshot
from tests.demo.stage import BOT, CUSTOMERS, Cast

_RULE = "─" * 30
_SHORT_RULE = "─" * 20

QUESTION = "My order #12345 hasn't arrived yet"
ANSWER = "Your order #12345 was shipped yesterday.\nTracking: SF1234567890\nExpected: 2-3 days"
FOLLOW_UP = "Can you help me track it?"
SECOND_ANSWER = "Sure! Track here: https://track.com/SF1234567890"
LATE_QUESTION = "One more question..."

_NUMBER = re.compile(r"🎫 Ticket #([0-9]+)\n")


class Conversation:
    """`play` it, then make sure by `nothing_else` that this was all."""

    def __init__(
        self, cast: Cast, bot_id: int, patience_s: float, done: Callable[[str], None]
    ) -> None:
        """`done` is told of each step that went well."""
        self._cast = cast
        self._done = done
        self._customers = Observer(cast.customer, cast.customers_group, bot_id, patience_s)
        self._staff = Observer(cast.staff, cast.staff_group, bot_id, patience_s)

    async def play(self) -> None:
        """Raises `DemoFailure` at the first thing that is not as it should be."""
        cast, customers, staff = self._cast, self._customers, self._staff
        alice, bob, ada = cast.customer, cast.staff, cast.admin
        here, there = cast.customers_group, cast.staff_group

        await ada.say(ada.group(CUSTOMERS), "/addgroup")
        self._done(f"{ada.name} enrols “{here.title}” with /addgroup, and the bot keeps silent")

        question = await alice.say(here, f"@{BOT} {QUESTION}")
        wrapper = await staff.next("the ticket's wrapper")
        found = _NUMBER.match(wrapper.text)
        if found is None:
            raise DemoFailure(f"instead of a ticket's wrapper the staff got {wrapper.text!r}")
        number = found[1]
        await staff.check(
            wrapper,
            Expected(
                "the ticket's wrapper",
                f"🎫 Ticket #{number}\n📍 From group: {here.title}\n👤 User: @alice\n"
                f"{_RULE}\n{QUESTION}",
                reply_to=None,
                mention=alice,
            ),
        )
        self._done(f"{alice.name} asks; {bob.name} gets the wrapper of ticket #{number}")

        reply = await bob.say(there, ANSWER, reply_to=wrapper.id)
        answer_header = f"💬 Staff reply (Ticket #{number})\n📢 @alice\n{_RULE}\n"
        answer = await customers.gets(
            Expected("the answer", answer_header + ANSWER, reply_to=question, mention=alice)
        )
        confirmed = "✅ Reply sent to customer group"
        await staff.gets(Expected("the confirmation", confirmed, reply_to=reply))
        self._done(f"{bob.name} replies; {alice.name} is answered under the question, by mention")

        picture = screenshot()
        await alice.say(here, FOLLOW_UP, reply_to=answer.id, photo=picture)
        await staff.gets(
            Expected(
                "the continuation",
                f"💬 Continued message (Ticket #{number})\n👤 @alice\n{_SHORT_RULE}\n{FOLLOW_UP}",
                reply_to=wrapper,
                mention=alice,
                photo=picture,
            )
        )
        self._done(f"{alice.name} continues with a screenshot; {bob.name} gets both, in the ticket")

        reply = await bob.say(there, SECOND_ANSWER, reply_to=wrapper.id)
        second = await customers.gets(
            Expected(
                "the second answer",
                answer_header + SECOND_ANSWER,
                reply_to=question,
                mention=alice,
            )
        )
        await staff.gets(Expected("the second confirmation", confirmed, reply_to=reply))
        self._done(f"{bob.name} replies again; {alice.name} gets the link")

        close = await bob.say(there, "/close", reply_to=wrapper.id)
        await staff.gets(
            Expected("the ticket's end", f"✅ Ticket #{number} closed", reply_to=close)
        )
        self._done(f"{bob.name} closes the ticket with /close")

        late = await alice.say(here, LATE_QUESTION, reply_to=second.id)
        notice = "⚠️ This ticket is closed. Please @bot or /ask to create a new ticket."
        await customers.gets(Expected("the notice", notice, reply_to=late))
        self._done(f"{alice.name} asks one more question, and is told that the ticket is closed")

    async def nothing_else(self) -> None:
        """Raises `DemoFailure` if the bot wrote more than it should have."""
        await self._customers.sees_nothing_else()
        await self._staff.sees_nothing_else()
        self._done("the bot wrote nothing else, in neither group")
