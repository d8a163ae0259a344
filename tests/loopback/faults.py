"""What the server does wrong on purpose.

A rule names the requests it is about and how many of them it strikes; the first rule in order of
its making that fits a request and is not used up decides alone. A request is named by its class,
by several classes, or by a predicate over the request and its caller.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from telethon.tl import types

from tests.loopback.mtproto.dispatch import Action, Call, Outcome
from tests.loopback.rpc import Caller, TlObject
from tests.loopback.tally import Tally

Match = Any
"""A request class, a tuple of them, or a predicate `(request, caller) -> bool`."""

Callback = Callable[[TlObject, Caller], Awaitable[None]]

ALWAYS = None
"""As `times`: every request the rule is about."""


class Hold:
    """Answers that wait to be let go, their requests served already."""

    def __init__(self) -> None:
        self._tally: Tally[str] = Tally()
        self._released = asyncio.Event()

    async def reached(self, count: int = 1, within: float = 10) -> None:
        """Return once `count` answers are held back; `TimeoutError` if they are not `within`
        so many seconds."""
        await self._tally.wait_for("held answers", count, within)

    def release(self) -> None:
        """Let all held answers go, and the later ones pass."""
        self._released.set()

    async def _wait(self) -> None:
        self._tally.add("held answers")
        await self._released.wait()


@dataclass(slots=True)
class _Rule:
    name: str
    fits: Callable[[Call], bool]
    left: int | None
    action: Action


class Faults:
    """The rules of one server, and how often each kind of fault was injected."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self.tally: Tally[str] = Tally()

    @property
    def counts(self) -> Counter[str]:
        """Injected faults by the name of the method that ordered them."""
        return self.tally.counts

    async def wait_for(self, name: str, count: int = 1, within: float = 10) -> None:
        """Return once `count` faults of this name were injected; `TimeoutError` if they were not
        `within` so many seconds."""
        await self.tally.wait_for(name, count, within)

    def clear(self) -> None:
        """Take all rules back; the counts stay."""
        self._rules.clear()

    def lose_request(self, match: Match, *, times: int | None = 1) -> None:
        """The request never reaches the server."""

        async def act(call: Call) -> None:
            return None

        self._add("lose_request", match, times, act)

    def lose_answer(self, match: Match, *, times: int | None = 1, cut: bool = False) -> None:
        """The request is served but its answer never arrives.

        `cut`: the line breaks instead of going silent.
        """

        async def act(call: Call) -> Outcome:
            outcome = await call.run()
            if cut and call.session.line is not None:
                call.session.line.cut()
            return outcome._replace(lost=True)

        self._add("lose_answer", match, times, act)

    def hold_answer(self, match: Match, *, times: int | None = 1) -> Hold:
        """The request is served, its answer waits for the test."""
        hold = Hold()

        async def act(call: Call) -> Outcome:
            outcome = await call.run()
            await hold._wait()
            return outcome

        self._add("hold_answer", match, times, act)
        return hold

    def delay_answer(self, match: Match, seconds: float, *, times: int | None = ALWAYS) -> None:
        """The request is served, its answer comes `seconds` late."""

        async def act(call: Call) -> Outcome:
            outcome = await call.run()
            await asyncio.sleep(seconds)
            return outcome

        self._add("delay_answer", match, times, act)

    def before(self, match: Match, callback: Callback, *, times: int | None = 1) -> None:
        """Await the callback before the request is served."""

        async def act(call: Call) -> Outcome:
            await callback(call.request, call.session)
            return await call.run()

        self._add("before", match, times, act)

    def after(self, match: Match, callback: Callback, *, times: int | None = 1) -> None:
        """Await the callback when the request is served, before its answer leaves."""

        async def act(call: Call) -> Outcome:
            outcome = await call.run()
            await callback(call.request, call.session)
            return outcome

        self._add("after", match, times, act)

    def fail(
        self,
        match: Match,
        code: int,
        message: str,
        *,
        times: int | None = 1,
        after_handler: bool = False,
    ) -> None:
        """The answer is an rpc_error, such as 420 FLOOD_WAIT_7.

        `after_handler`: the request is served all the same, only its result is replaced.
        """
        error = bytes(types.RpcError(code, message))

        async def act(call: Call) -> Outcome:
            if after_handler:
                await call.run()
            return Outcome(error, ok=False)

        self._add("fail", match, times, act)

    def intercept(self, call: Call) -> Action | None:
        """The fault this request is to suffer, if any; one use of its rule is spent."""
        for rule in self._rules:
            if rule.left != 0 and rule.fits(call):
                if rule.left is not None:
                    rule.left -= 1
                self.tally.add(rule.name)
                return rule.action
        return None

    def _add(self, name: str, match: Match, times: int | None, action: Action) -> None:
        self._rules.append(_Rule(name, _predicate(match), times, action))


def _predicate(match: Match) -> Callable[[Call], bool]:
    if isinstance(match, type | tuple):
        return lambda call: isinstance(call.request, match)
    return lambda call: bool(match(call.request, call.session))
