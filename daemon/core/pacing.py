"""When the next message may go: sliding windows that are told the time.

Telegram lets a bot send about 1 message per second to one chat, under 20 per minute to one
group, and about 30 per second in all: https://core.telegram.org/bots/faq. A sliding window,
unlike a token bucket, never lets a burst and its refill meet within one minute.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from daemon.core.model import ChatId


@dataclass(slots=True)
class Window:
    """At most `count` messages within any `seconds`."""

    count: int
    seconds: float
    _sent: deque[float] = field(init=False)

    def __post_init__(self) -> None:
        self._sent = deque(maxlen=self.count)

    def wait(self, now: float, messages: int = 1) -> float:
        """Seconds from `now` (monotonic) until so many more messages fit in. An album of more
        than the window takes needs all of it."""
        over = len(self._sent) + min(messages, self.count) - self.count
        return max(0.0, self._sent[over - 1] + self.seconds - now) if over > 0 else 0.0

    def note(self, now: float) -> None:
        self._sent.append(now)

    def is_idle(self, now: float) -> bool:
        return not self._sent or self._sent[-1] + self.seconds <= now


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages allowed; below what Telegram allows, so that its own clock may differ."""

    per_chat_per_second: float = 1.0
    per_group_per_minute: float = 18.0
    per_second: float = 25.0

    behind_after_s: float = 30.0
    """A chat whose oldest message waits for so long gets fewer ones, see `core.merging`."""
    behind_from_messages: int = 15
    """Likewise one that more than so many wait for."""

    def is_behind(self, age_s: float, messages: int) -> bool:
        """Whether so many messages for a chat, the oldest of this age, are to become fewer."""
        return age_s > self.behind_after_s or messages > self.behind_from_messages

    def seconds_for(self, destination: ChatId, messages: int) -> float:
        """How long so many messages to one chat take."""
        rate = self.per_chat_per_second
        if destination < 0:
            rate = min(rate, self.per_group_per_minute / 60)
        return messages / rate


class Pacer:
    """The windows of all destinations, and the one they share.

    A message is claimed when `wait` allows it, and goes when `go` does, which alone is exact: time
    passes between the two, and what is sent again is claimed only once. `claimed` and `wait` run
    on the database's thread, the others on the loop's; each changes what they share by a single
    operation."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._shared = _window(limits.per_second, 1.0)
        self._chats: dict[ChatId, tuple[Window, ...]] = {}
        self._claimed: set[ChatId] = set()
        """Where a claimed message is to go to and has not gone yet."""

    def wait(self, destination: ChatId, now: float, messages: int = 1) -> float:
        """Seconds until a message to the destination may be claimed, or an album of so many: those
        claimed before it go first. Changes nothing."""
        before = len(self._claimed) - (destination in self._claimed)
        wait_s = self._wait(destination, now, messages)
        if before and before + messages > self._shared.count:
            return max(wait_s, self._shared.seconds)
        return max(wait_s, self._shared.wait(now, before + messages))

    def claimed(self, destination: ChatId) -> None:
        """A message to the destination is claimed, and will go."""
        self._claimed.add(destination)

    def go(self, destination: ChatId, now: float, messages: int = 1) -> float:
        """0.0, and it is noted that a message goes this very moment; else the seconds until it may,
        and it must not."""
        wait_s = self._wait(destination, now, messages)
        if wait_s <= 0:
            self.note(destination, now, messages)
            self._claimed.discard(destination)
        return wait_s

    def over(self, destination: ChatId) -> None:
        """What was claimed has come to its end, gone or not."""
        self._claimed.discard(destination)

    def _wait(self, destination: ChatId, now: float, messages: int) -> float:
        own = self._chats.get(destination, ())
        return max(window.wait(now, messages) for window in (*own, self._shared))

    def note(self, destination: ChatId, now: float, messages: int = 1) -> None:
        """Note that a message goes; an album counts as the messages it consists of."""
        own = self._chats.get(destination)
        if own is None:
            own = self._chats[destination] = self._new_windows(destination)
        for window in (*own, self._shared):
            for _ in range(messages):
                window.note(now)

    def forget_idle(self, now: float) -> None:
        """Drop the windows nothing is left in, so that memory does not grow with the chats."""
        self._chats = {
            chat: windows
            for chat, windows in self._chats.items()
            if not all(window.is_idle(now) for window in windows)
        }

    def _new_windows(self, destination: ChatId) -> tuple[Window, ...]:
        per_second = _window(self.limits.per_chat_per_second, 1.0)
        if destination > 0:
            return (per_second,)
        return (per_second, _window(self.limits.per_group_per_minute, 60.0))


def _window(messages: float, seconds: float) -> Window:
    """A window for a rate; a rate below one message gets a longer window instead."""
    if messages < 1.0:
        return Window(1, seconds / messages)
    return Window(int(messages), seconds)
