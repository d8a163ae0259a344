"""--keep: a person types as the customer and as the staff member, and sees what comes of it."""

from __future__ import annotations

import sys

from telethon import errors

from tests.demo.chronicle import Chronicle, Entry
from tests.demo.keyboard import Keyboard
from tests.demo.participant import Participant
from tests.demo.seen import GroupSeen
from tests.demo.stage import BOT, Cast
from tests.demo.terminal import Terminal
from tests.demo.transcript import WIDEST, Transcript
from tests.demo.typed import Choose, Role, Say, meaning
from tests.demo.width import Line, Span, Style


class Talk:
    """The conversation goes on, by hand."""

    def __init__(
        self, cast: Cast, chronicle: Chronicle, transcript: Transcript, terminal: Terminal
    ) -> None:
        self._cast = cast
        self._chronicle = chronicle
        self._transcript = transcript
        self._terminal = terminal
        self._sides: dict[Role, tuple[Participant, GroupSeen]] = {
            Role.CUSTOMER: (cast.customer, cast.customers_group),
            Role.STAFF: (cast.staff, cast.staff_group),
        }
        self._chosen = Role.CUSTOMER
        self._keyboard = Keyboard()

    def end(self) -> None:
        """Let `go_on` return."""
        self._keyboard.end()

    async def go_on(self) -> None:
        """Until there is nothing more to read, or `end` is called."""
        self._explain()
        self._chronicle.on_entry = self._show
        try:
            self._show_prompt()
            async for line in self._keyboard.lines():
                self._show_prompt()
                await self._obey(line)
        finally:
            self._chronicle.on_entry = None
            self._terminal.end_prompt()

    def _explain(self) -> None:
        customer, staff = self._cast.customer.name, self._cast.staff.name
        self._terminal.say()
        self._terminal.say(
            f"c: TEXT speaks as {customer} (customer), s: TEXT as {staff} (staff), r 5 TEXT replies"
            " to message 5; c or s alone chooses who says lines with nothing in front."
        )
        self._terminal.say(
            f"Try  c: @{BOT} Where is it?  then  r N TEXT  with the number of the 🎫 message, later"
            "  r N /close  on it. Ctrl-C ends everything."
        )

    async def _obey(self, line: str) -> None:
        match meaning(line):
            case Choose(role):
                self._chosen = role
                self._show_prompt()
            case Say() as say:
                await self._say(say)
            case None if line.strip():
                self._complain("Write some words behind it.")

    async def _say(self, say: Say) -> None:
        role = say.role
        reply_to = None
        if say.reply_to is not None:
            entry = self._chronicle.numbered(say.reply_to)
            if entry is None:
                self._complain(f"There is no message {say.reply_to}.")
                return
            reply_to = entry.message.id
            there = self._role_in(entry.message.chat_id)
            if role not in (None, there):
                person, group = self._sides[there]
                self._complain(f"Message {say.reply_to} is in “{group.title}”: {person.name}'s.")
                return
            role = there
        person, group = self._sides[role or self._chosen]
        try:
            await person.say(group, say.text, reply_to=reply_to)
        except errors.RPCError as error:
            self._complain(f"Telegram refuses it: {error}")

    def _role_in(self, chat_id: int) -> Role:
        return next(role for role, (_, group) in self._sides.items() if group.chat_id == chat_id)

    def _show(self, entry: Entry) -> None:
        _, group = self._sides[self._role_in(entry.message.chat_id)]
        name, *body = self._transcript.block(entry, min(self._terminal.columns, WIDEST))
        first: Line = [*name, Span(f"  in “{group.title}”", Style.REPLY)]
        self._terminal.show([first, *body])

    def _show_prompt(self) -> None:
        if sys.stdin.isatty():
            self._terminal.prompt(f"{self._sides[self._chosen][0].name}> ")

    def _complain(self, text: str) -> None:
        self._terminal.show([[Span(text, Style.BAD)]])
