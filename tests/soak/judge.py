"""Holds what was noted as it was written against what stands in the groups at the end.

It reads the world of the loopback server, as the people in it would, and nothing of the relay: not
its tables, not its log. For every message that should have been relayed it says whether it is there
exactly once, in the right chat, under the right message, with the right header, and behind what the
same person said before in the ticket. One message of the relay may carry several of theirs.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.loopback.world import Chat, Group, Person, StoredMessage, World
from tests.soak.ledger import Case, Fate, Ledger, Wanted

_RELAYED = (Fate.TICKET, Fate.CONTINUATION, Fate.ANSWER)
_NUMBER = re.compile(r"icket #(\d+)")


@dataclass(slots=True)
class Verdict:
    """Counts of messages; `complaints` tells of each that is not as it should be."""

    messages: int = 0
    """That should have been relayed, or answered by the relay itself."""
    told: int = 0
    """Of these, the ones that Telegram would not take and the staff were told of."""
    lost: int = 0
    duplicated: int = 0
    misrouted: int = 0
    """In a wrong chat, under a wrong message, with a wrong header or out of order."""
    stuck: int = 0
    """Tickets that did not come to their end."""
    complaints: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.duplicated or self.misrouted or self.stuck)


class Judge:
    """`may_be_told`: the groups where the bot was not let write for a while, so that an answer may
    have failed, provided that the staff were told. `told_again`: Telegram told everything once
    more, and so the staff may be told again of what cannot be read."""

    def __init__(
        self,
        world: World,
        bot: Person,
        staff: Group,
        may_be_told: Iterable[Group],
        *,
        told_again: bool = False,
    ) -> None:
        self._told_again = told_again
        self._world = world
        self._bot = bot
        self._staff = staff
        self._may_be_told: set[Chat] = set(may_be_told)
        self._said_by_bot = [m for chat in world.chats() for m in chat.messages if m.sender is bot]
        self._verdict = Verdict()

    def judge(self, ledger: Ledger) -> Verdict:
        found: dict[Wanted, StoredMessage] = {}
        for wanted in ledger.wanted:
            message = self._look_for(wanted)
            if message is not None:
                found[wanted] = message
        self._check_order(found)
        for case in ledger.cases:
            if not case.done:
                self._verdict.stuck += 1
                said = None if case.asked is None else case.asked.said
                self._complain("stuck", said, f"the ticket in {case.group.title!r}")
        return self._verdict

    def _look_for(self, wanted: Wanted) -> StoredMessage | None:
        """The message that came of this one, if it is to be had."""
        verdict = self._verdict
        if wanted.fate is Fate.NOTHING:
            for message in self._with(wanted.token):
                verdict.misrouted += 1
                self._complain("misrouted", wanted.said, f"nobody's business, yet: {message}")
            return None
        verdict.messages += 1
        if wanted.fate in _RELAYED:
            return self._relayed(wanted)
        replies = self._replies_expected(wanted)
        if not replies and self._may_fail(wanted):
            verdict.told += 1
        elif not replies:
            verdict.lost += 1
            self._complain("lost", wanted.said, f"no {wanted.fate.name}")
        elif len(replies) > 1 and not (self._told_again and wanted.fate is Fate.DEAD_LETTER):
            verdict.duplicated += 1
            self._complain("duplicated", wanted.said, f"{replies}")
        if wanted.token and wanted.fate is not Fate.DEAD_LETTER and self._with(wanted.token):
            verdict.misrouted += 1
            self._complain("misrouted", wanted.said, "it was relayed all the same")
        return None

    def _may_fail(self, wanted: Wanted) -> bool:
        """A customer cannot be turned away where the bot may not write, of which the admins are
        told."""
        return wanted.fate is Fate.TURNED_AWAY and wanted.said.chat in self._may_be_told

    def _replies_expected(self, wanted: Wanted) -> list[StoredMessage]:
        """What the relay itself says to a message that it does not relay."""
        said = wanted.said
        match wanted.fate:
            case Fate.DEAD_LETTER:
                link = f"/{said.chat.id}/{said.id}"
                return [m for m in self._of(self._staff) if link in m.text and "⚠️" in m.text]
            case Fate.TURNED_AWAY:
                words = "ticket is closed"
            case Fate.CLOSED:
                words = f"#{self._number(wanted.case)} closed"
            case _:
                words = f"#{self._number(wanted.case)} reopened"
        return [m for m in self._of(said.chat) if m.reply_to is said and words in m.text]

    def _relayed(self, wanted: Wanted) -> StoredMessage | None:
        verdict, case = self._verdict, wanted.case
        assert case is not None
        copies = self._with(wanted.token)
        told = self._told(wanted)
        if told and wanted.fate is Fate.ANSWER and case.group in self._may_be_told:
            verdict.told += 1
            if len(told) + len(copies) > 1:
                verdict.duplicated += 1
                self._complain("duplicated", wanted.said, f"told {told}, and there {copies}")
            return None
        if told:
            verdict.lost += not copies
            self._complain("lost", wanted.said, f"told without need: {told}, there {copies}")
            verdict.duplicated += len(told) > 1 or bool(copies)
            return None
        if not copies:
            verdict.lost += 1
            self._complain("lost", wanted.said, "nothing came of it")
            return None
        if len(copies) > 1:
            verdict.duplicated += 1
            self._complain("duplicated", wanted.said, f"{copies}")
        wrong = self._wrong_about(wanted, case, copies[0])
        if wrong:
            verdict.misrouted += 1
            self._complain("misrouted", wanted.said, f"{wrong}: {copies[0]}")
        self._check_media(wanted, copies[0])
        self._check_confirmation(wanted)
        return copies[0]

    def _wrong_about(self, wanted: Wanted, case: Case, message: StoredMessage) -> str:
        """What is wrong with the place or the header of a message; empty where nothing is."""
        number = self._number(case)
        target = message.reply_to
        header: tuple[str, ...]
        asker = _shown(case.customer)
        match wanted.fate:
            case Fate.TICKET:
                chat, under = self._staff, target is None
                header = (f"🎫 Ticket #{number}", f"group: {case.group.title}", f"User: {asker}")
            case Fate.CONTINUATION:
                wrapper = self._wrapper(case)
                chat, under = self._staff, target is wrapper or message is wrapper
                header = (f"icket #{number}", asker)
            case _:
                chat, under = case.group, target in wanted.under
                header = (f"💬 Staff reply (Ticket #{number})", f"📢 {asker}")
        if message.chat is not chat:
            return f"in {message.chat.title!r}"
        if not under:
            return f"it replies to {target}"
        if not all(part in message.text for part in header):
            return f"header without one of {header}"
        return ""

    def _check_media(self, wanted: Wanted, message: StoredMessage) -> None:
        """A photo must be there once: in the message, or in a copy of its own beside it."""
        if wanted.said.media is None:
            return
        photo = self._photo(wanted.said)
        copies = [m for m in self._said_by_bot if m.media is not None and self._photo(m) == photo]
        if not copies:
            self._verdict.lost += 1
            self._complain("lost", wanted.said, f"the photo of {message}")
        elif len(copies) > 1:
            self._verdict.duplicated += 1
            self._complain("duplicated", wanted.said, f"its photo: {copies}")
        elif copies[0].chat is not message.chat:
            self._verdict.misrouted += 1
            self._complain("misrouted", wanted.said, f"its photo: {copies[0]}")

    def _check_confirmation(self, wanted: Wanted) -> None:
        """The staff may be spared the words that an answer arrived, but do not read them twice."""
        if wanted.fate is not Fate.ANSWER:
            return
        said = [m for m in self._of(self._staff) if m.reply_to is wanted.said and "✅" in m.text]
        if len(said) > 1:
            self._verdict.duplicated += 1
            self._complain("duplicated", wanted.said, f"confirmed {len(said)} times")

    def _check_order(self, found: dict[Wanted, StoredMessage]) -> None:
        """What one person said in one ticket stands in its order on the other side."""
        lines: defaultdict[tuple[Case | None, Person, Chat], list[Wanted]] = defaultdict(list)
        for wanted in found:
            lines[wanted.case, wanted.said.sender, wanted.said.chat].append(wanted)
        for line in lines.values():
            line.sort(key=lambda wanted: wanted.said.id)
            for one, other in itertools.pairwise(line):
                if _place(found[one], one) > _place(found[other], other):
                    self._verdict.misrouted += 1
                    self._complain("misrouted", other.said, f"before {one.said}")

    # Looking

    def _of(self, chat: Chat) -> list[StoredMessage]:
        return [m for m in self._said_by_bot if m.chat is chat]

    def _with(self, token: str) -> list[StoredMessage]:
        """The bot's messages with this text, each as often as it has it."""
        return [m for m in self._said_by_bot for _ in range(m.text.count(token))]

    def _told(self, wanted: Wanted) -> list[StoredMessage]:
        """Notices to the staff that a message could not be relayed."""
        said = wanted.said
        notices = [m for m in self._of(self._staff) if "❌" in m.text]
        if said.chat is self._staff:
            return [m for m in notices if m.reply_to is said]
        return [m for m in notices if f"/{said.chat.id}/{said.id}" in m.text]

    def _wrapper(self, case: Case) -> StoredMessage | None:
        """The first message of the ticket in the staff group."""
        asked = case.asked
        if asked is None:
            return None
        return next((m for m in self._of(self._staff) if asked.token in m.text), None)

    def _number(self, case: Case | None) -> str:
        wrapper = None if case is None else self._wrapper(case)
        found = None if wrapper is None else _NUMBER.search(wrapper.text)
        return found.group(1) if found else "?"

    def _photo(self, message: StoredMessage) -> bytes | None:
        """The picture itself: a photo that was uploaded anew has another id."""
        photo = getattr(message.media, "photo", None)
        return None if photo is None else self._world.files.content(photo, "y")

    def _complain(self, what: str, said: StoredMessage | None, why: str) -> None:
        self._verdict.complaints.append(f"{what}: {said} in {said and said.chat}: {why}")


def _shown(person: Person) -> str:
    return f"@{person.username}" if person.username else person.full_name


def _place(message: StoredMessage, wanted: Wanted) -> tuple[int, int]:
    return message.chat.history.index(message), message.text.index(wanted.token)
