"""Telegram's limits for sends by bots.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.loopback.world.person import Person
from tests.loopback.world.refusals import flood_wait

if TYPE_CHECKING:
    from tests.loopback.world.chat import Chat
    from tests.loopback.world.world import World


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `most` messages within `seconds`."""

    name: str
    most: int
    seconds: float


PER_CHAT = Rule("per chat", 1, 1.0)
PER_GROUP = Rule("per group", 20, 60.0)
OVERALL = Rule("overall", 30, 1.0)
TOLERANCE = 0.05
"""Seconds by which a send may come early: the way to the server is not equally long each time."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A bot sent too fast."""

    rule: str
    sender: Person
    chat: Chat
    at: float
    """Seconds of the world's clock."""


class Pacer:
    """Watches how fast bots send. An album or a batch of forwards is one message to the limit per
    second of its chat, and as many as it has to the others."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sends: defaultdict[tuple[object, ...], deque[float]] = defaultdict(deque)
        self.violations: list[Violation] = []

    def check(self, chat: Chat, sender: Person, count: int) -> None:
        """Count a send of so many messages. Raises FLOOD_WAIT_n if the world's `send_limits` say
        so; the send then does not count."""
        mode = self._world.send_limits
        if mode == "off" or not sender.is_bot:
            return
        now = self._world.clock()
        charges: list[tuple[Rule, tuple[object, ...], int]] = [
            (PER_CHAT, (sender.id, chat), 1),
            (OVERALL, (sender.id,), count),
        ]
        if chat.marked_id < 0:
            charges.append((PER_GROUP, (sender.id, chat, "minute"), count))
        waits = []
        for rule, key, amount in charges:
            wait = self._wait(rule, self._sends[key], now, amount)
            if wait > TOLERANCE:
                self.violations.append(Violation(rule.name, sender, chat, now))
                waits.append(wait)
        if waits and mode == "flood_wait":
            raise flood_wait(math.ceil(max(waits)))
        for _, key, amount in charges:
            self._sends[key].extend([now] * amount)

    @staticmethod
    def _wait(rule: Rule, sends: deque[float], now: float, amount: int) -> float:
        """Seconds until so many more messages are within the rule."""
        while sends and now - sends[0] >= rule.seconds:
            sends.popleft()
        surplus = len(sends) + amount - rule.most
        if surplus <= 0 or not sends:
            return 0.0
        return sends[min(surplus, len(sends)) - 1] + rule.seconds - now
