"""Asking the handlers without a server, and watching what they push."""

from __future__ import annotations

from dataclasses import dataclass, field

from telethon.extensions import BinaryReader

import tests.loopback.api  # noqa: F401 - registers the handlers
from tests.loopback.rpc import HANDLERS, Context, TlObject
from tests.loopback.world import Person, World


@dataclass(slots=True)
class FakeCaller:
    """A session without a line."""

    user_id: int | None = None
    session_id: int = 1
    dc_id: int = 2

    def log_in(self, user_id: int) -> None:
        self.user_id = user_id

    def log_out(self) -> None:
        self.user_id = None


@dataclass(slots=True)
class Pushed:
    user_id: int
    updates: TlObject
    except_session: int | None


@dataclass(slots=True)
class FakeDelivery:
    """Keeps what would have been sent, as it would have been read."""

    pushed: list[Pushed] = field(default_factory=list)
    absent: set[int] = field(default_factory=set)
    """Accounts that nobody is connected as."""

    def push(self, user_id: int, updates: TlObject, *, except_session: int | None = None) -> None:
        self.pushed.append(Pushed(user_id, read(updates), except_session))

    def connections(self, user_id: int) -> int:
        return int(user_id not in self.absent)

    def to(self, person: Person) -> list[TlObject]:
        """The single updates that an account was sent, oldest first."""
        return [
            update
            for each in self.pushed
            if each.user_id == person.id
            for update in each.updates.updates
        ]


def read(sent: TlObject) -> TlObject:
    """An object as the other side of the line reads it."""
    return BinaryReader(bytes(sent)).tgread_object()


async def ask(world: World, person: Person | FakeCaller | None, request: TlObject) -> TlObject:
    """What a request is answered, for an account or for a session of its own. Raises RpcError."""
    if isinstance(person, FakeCaller):
        caller = person
    else:
        caller = FakeCaller(None if person is None else person.id)
    asked = read(request)
    answer = await HANDLERS[asked.CONSTRUCTOR_ID](Context(world, caller), asked)
    if isinstance(answer, bool):
        return answer
    return [read(item) for item in answer] if isinstance(answer, list) else read(answer)
