"""Customers and staff who talk, at their own pace, while the relay has its troubles.

They see what the loopback Telegram shows them and nothing else. Whoever is told that an answer was
not sent writes it again, as people do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random

from tests.loopback.world import Chat, Group, Person, StoredMessage
from tests.loopback.world.waiting import Predicate
from tests.soak.ledger import Case, Fate, Ledger, Wanted

_FOR_EVER_S = 1e9
_FOR_LONG_S = 3 * 3600.0
_TRIES = 8
"""So often an answer is written again of which the staff are told that it was not sent."""


class People:
    """Everybody but the bot. `thinking_s`: the longest that somebody takes for a message."""

    def __init__(
        self,
        rng: Random,
        ledger: Ledger,
        bot: Person,
        staff: Group,
        colleagues: Sequence[Person],
        thinking_s: float,
    ) -> None:
        self._rng = rng
        self._ledger = ledger
        self._bot = bot
        self._staff = staff
        self._colleagues = colleagues
        self._thinking_s = thinking_s

    async def live_a_case(self, case: Case, rounds: int) -> None:
        """From a question to the ticket's end."""
        await self._think()
        await self._ask(case)
        for _ in range(rounds):
            await self._answers(case)
            await self._follow_ups(case)
        await self._answers(case)
        if self._rng.random() < 0.8:
            await self._close(case)
        case.done = True

    def talk(self, group: Group, person: Person) -> None:
        """Say something that is none of the relay's business."""
        token = self._ledger.new_token()
        self._ledger.note(group.say(person, f"Nice weather {token}"), Fate.NOTHING, token)

    def ask_the_unreadable(self, group: Group, person: Person) -> Wanted:
        """A video as long as no number can tell: no program expects it."""
        token = self._ledger.new_token()
        video = group.world.media.video(100, seconds=float("nan"))
        said = group.say(person, f"/ask odd {token}", media=video)
        return self._ledger.note(said, Fate.DEAD_LETTER, token)

    def ask_now(self, case: Case) -> Wanted:
        """Write a question, without waiting for what comes of it."""
        token = self._ledger.new_token()
        words = self._rng.choice(["/ask Where is {}?", "@support_bot I miss {}", "/ask {} ?"])
        media = None
        if self._rng.random() < 0.2:
            media = case.group.world.media.photo(500)
        said = case.group.say(case.customer, words.format(token), media=media)
        case.asked = self._ledger.note(said, Fate.TICKET, token, case)
        return case.asked

    def ask_in_passing(self, group: Group, person: Person) -> None:
        """A question that no conversation follows."""
        case = self._ledger.open_case(group, person)
        self.ask_now(case)
        case.done = True

    # A ticket's life

    async def _ask(self, case: Case) -> None:
        await self._sees(self._staff, self.ask_now(case).token)

    async def _answers(self, case: Case) -> None:
        """One or several answers, and what comes of the last."""
        last = [self._answer(case) for _ in range(self._rng.choice([1, 1, 1, 2, 3]))][-1]
        for _ in range(_TRIES):
            if await self._arrives(case.group, last):
                break
            await self._think()
            last = self._answer(case)
        await self._think()

    def _answer(self, case: Case) -> Wanted:
        token = self._ledger.new_token()
        target = self._rng.choice(self._shown_of(case))
        media = None
        if self._rng.random() < 0.1:
            media = case.group.world.media.photo(500)
        colleague = self._rng.choice(self._colleagues)
        said = self._staff.say(colleague, f"It is {token}", reply_to=target, media=media)
        under = tuple(f.said for f in case.follow_ups if f.token in target.text)
        question = (case.asked.said,) if case.asked is not None else ()
        return self._ledger.note(said, Fate.ANSWER, token, case, under or question)

    async def _follow_ups(self, case: Case) -> None:
        count = self._rng.choice([0, 1, 1, 2, 3])
        for _ in range(count):
            mine = [m for m in self._bots(case.group) if self._is_answer_in(case, m)]
            if not mine:  # the staff could not answer: nothing to go on with
                return
            token = self._ledger.new_token()
            media = case.group.world.media.photo(500) if self._rng.random() < 0.1 else None
            text = f"And {token}?"
            said = case.group.say(case.customer, text, reply_to=self._rng.choice(mine), media=media)
            wanted = self._ledger.note(said, Fate.CONTINUATION, token, case)
            case.follow_ups.append(wanted)
            if self._rng.random() < 0.5:
                await self._think()
        if count:
            await self._sees(self._staff, case.follow_ups[-1].token)
        await self._think()

    async def _close(self, case: Case) -> None:
        await self._command(case, "/close", Fate.CLOSED)
        if self._rng.random() < 0.4:
            await self._think()
            said = self._turned_away(case)
            if said is not None and not await self._is_answered(said):
                return
        if self._rng.random() < 0.3:
            await self._think()
            await self._command(case, "/reopen", Fate.REOPENED)
            await self._answers(case)

    async def _command(self, case: Case, command: str, fate: Fate) -> None:
        colleague = self._rng.choice(self._colleagues)
        said = self._staff.say(colleague, command, reply_to=self._shown_of(case)[0])
        self._ledger.note(said, fate, case=case)
        await self._replied(self._staff, said, "✅")

    async def _is_answered(self, said: StoredMessage) -> bool:
        """Whether the bot replies in time; it may not be let write just then."""
        try:
            async with asyncio.timeout(_FOR_LONG_S):
                await self._replied(said.chat, said, "⚠️")
        except TimeoutError:
            return False
        return True

    def _turned_away(self, case: Case) -> StoredMessage | None:
        """Go on with a ticket that is closed, where there is an answer to reply to."""
        answers = [m for m in self._bots(case.group) if self._is_answer_in(case, m)]
        if not answers:
            return None
        token = self._ledger.new_token()
        said = case.group.say(
            case.customer, f"One more thing {token}", reply_to=self._rng.choice(answers)
        )
        self._ledger.note(said, Fate.TURNED_AWAY, token, case)
        return said

    # What they see

    def _bots(self, chat: Chat) -> list[StoredMessage]:
        return [m for m in chat.messages if m.sender is self._bot]

    def _shown_of(self, case: Case) -> list[StoredMessage]:
        """The wrapper, and what stands under it: copies of media, continuations."""
        token = case.asked.token if case.asked is not None else ""
        shown = self._bots(self._staff)
        wrapper = next(m for m in shown if token in m.text)
        return [wrapper, *(m for m in shown if m.reply_to is wrapper)]

    def _is_answer_in(self, case: Case, message: StoredMessage) -> bool:
        mine = {w.said for w in (case.asked, *case.follow_ups) if w is not None}
        return message.reply_to in mine and "💬 Staff reply" in message.text

    async def _sees(self, chat: Chat, token: str) -> StoredMessage:
        return await chat.wait_for(lambda m: m.sender is self._bot and token in m.text, _FOR_EVER_S)

    async def _replied(self, chat: Chat, said: StoredMessage, mark: str) -> StoredMessage:
        return await chat.wait_for(_reply_of(self._bot, said, mark), _FOR_EVER_S)

    async def _arrives(self, group: Group, wanted: Wanted) -> bool:
        """Whether an answer arrives; False once the staff are told that it does not."""
        seen = asyncio.create_task(self._sees(group, wanted.token))
        told = asyncio.create_task(self._replied(self._staff, wanted.said, "❌"))
        try:
            await asyncio.wait({seen, told}, return_when=asyncio.FIRST_COMPLETED)
            return seen.done()
        finally:
            for task in (seen, told):
                task.cancel()

    async def _think(self) -> None:
        await asyncio.sleep(self._rng.uniform(0, self._thinking_s))


def _reply_of(bot: Person, said: StoredMessage, mark: str) -> Predicate:
    return lambda m: m.sender is bot and m.reply_to is said and mark in m.text
