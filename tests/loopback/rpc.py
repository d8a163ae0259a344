"""What a request handler sees of the connection it serves, and how it refuses a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from tests.loopback.world import World

TlObject = Any
"""An instance of a class of `telethon.tl`, which ships no type hints."""


class RpcError(Exception):
    """A handler refuses a request: the caller is sent `rpc_error` with this code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


class Caller(Protocol):
    """The session a request came in by."""

    @property
    def session_id(self) -> int: ...

    @property
    def user_id(self) -> int | None:
        """The user this authorization key is logged in as, None before a login."""

    @property
    def dc_id(self) -> int:
        """The data centre that was asked."""

    def log_in(self, user_id: int) -> None:
        """Bind the caller's authorization key, and so all its sessions, to a user."""

    def log_out(self) -> None: ...


class Delivery(Protocol):
    """The way of pushed updates from the world to whoever is connected."""

    def push(self, user_id: int, updates: TlObject, *, except_session: int | None = None) -> None:
        """Send `updates` to every live session of the user, but not to the one whose request
        caused them: that one is told in the request's result. Nobody connected: nothing happens,
        the difference brings it later."""

    def connections(self, user_id: int) -> int:
        """How many lines the user has: what nobody would get need not be made."""


@dataclass(frozen=True, slots=True)
class Context:
    """All that a handler may use."""

    world: World
    caller: Caller


Handler = Callable[[Context, TlObject], Awaitable[TlObject]]

HANDLERS: dict[int, Handler] = {}
"""Constructor id of a request → its handler. A request without one fails the running test."""


def handles(request_type: Any) -> Callable[[Handler], Handler]:
    """Register the decorated coroutine as the handler of a request class of Telethon."""

    def register(handler: Handler) -> Handler:
        constructor = request_type.CONSTRUCTOR_ID
        if constructor in HANDLERS:
            raise ValueError(f"{request_type.__name__} has a handler already")
        HANDLERS[constructor] = handler
        return handler

    return register
