"""What must come of each message that a person writes, noted as it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from tests.loopback.world import Group, Person, StoredMessage


class Fate(Enum):
    TICKET = auto()
    """A wrapper in the staff group."""
    CONTINUATION = auto()
    """Under the ticket's wrapper in the staff group."""
    ANSWER = auto()
    """In the customer's group, under the customer's own message."""
    CLOSED = auto()
    """The staff member is told, under the command, that the ticket is closed."""
    REOPENED = auto()
    """Likewise that it is open again."""
    TURNED_AWAY = auto()
    """The customer is told, under the message, that the ticket is closed; the staff see nothing."""
    DEAD_LETTER = auto()
    """It makes the relay fail: the staff are told, with a link to it."""
    NOTHING = auto()


@dataclass(slots=True, eq=False)
class Case:
    """One ticket, as the people in it live it."""

    group: Group
    customer: Person
    asked: Wanted | None = None
    follow_ups: list[Wanted] = field(default_factory=list)
    done: bool = False
    """Whether the conversation came to its end, or none was meant to follow."""


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """A message of a person, and what must come of it."""

    said: StoredMessage
    fate: Fate
    token: str
    """Text that no other message has; empty for commands without any."""
    case: Case | None = None
    under: tuple[StoredMessage, ...] = ()
    """Of an answer: the customer's messages under one of which it must stand."""


class Ledger:
    """All that was said in one scenario."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._tokens = 0
        self.wanted: list[Wanted] = []
        self.cases: list[Case] = []

    def new_token(self) -> str:
        """No token is part of another one."""
        self._tokens += 1
        return f"<{self._seed}.{self._tokens}>"

    def open_case(self, group: Group, customer: Person) -> Case:
        case = Case(group, customer)
        self.cases.append(case)
        return case

    def note(
        self,
        said: StoredMessage,
        fate: Fate,
        token: str = "",
        case: Case | None = None,
        under: tuple[StoredMessage, ...] = (),
    ) -> Wanted:
        wanted = Wanted(said, fate, token, case, under)
        self.wanted.append(wanted)
        return wanted
