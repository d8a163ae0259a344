"""Which chats the alarm asks for, and when it goes off."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from daemon.core.arrears import LOOKS
from daemon.core.model import ChatId
from daemon.core.retry import ErrorKind, Failure
from daemon.core.sync import ACCOUNT
from daemon.relay.alarm import Alarm, UpdatesStalled
from daemon.relay.clock import Clock
from daemon.telegram.calls import RequestFailed

CHATS = [ChatId(-1001900000000 - number) for number in range(25)]
BEHIND = CHATS[13]
LIMIT_S = 600.0
ENOUGH = 30
"""Looks."""


@dataclass
class Telegram:
    """What the alarm is told: each chat stands at 5, here and there."""

    troubles: int = 0
    is_up: bool = True
    theirs_at: dict[ChatId, int] = field(default_factory=dict)
    owes: set[ChatId] = field(default_factory=set)
    refuses: set[ChatId] = field(default_factory=set)
    asked: list[ChatId] = field(default_factory=list)

    def watched(self) -> list[ChatId]:
        return CHATS

    def owed(self) -> set[ChatId]:
        return self.owes

    def ours(self, _sequence: ChatId) -> int | None:
        return 5

    async def theirs(self, sequence: ChatId) -> int:
        self.asked.append(sequence)
        if sequence in self.refuses:
            raise RequestFailed(Failure(ErrorKind.FORBIDDEN, "CHANNEL_PRIVATE"))
        return self.theirs_at.get(sequence, 5)


class Enough(Exception):
    """The looks have been looked."""


class Looks:
    """Time that goes by until there were enough looks."""

    def __init__(self, telegram: Telegram, *, troubled: bool = False) -> None:
        self.count = 0
        self.seconds = 0.0
        self._telegram = telegram
        self._troubled = troubled

    async def sleep(self, seconds: float) -> None:
        if self.count == ENOUGH:
            raise Enough
        self.count += 1
        self.seconds += seconds
        self._telegram.troubles += self._troubled


async def look(telegram: Telegram, *, troubled: bool = False, full: bool = False) -> Looks:
    """Raises `UpdatesStalled`, or `Enough`."""
    looks = Looks(telegram, troubled=troubled)
    alarm = Alarm(telegram, Clock(sleep=looks.sleep), LIMIT_S, lambda: full)
    with pytest.raises(UpdatesStalled, match=str(BEHIND)):
        await alarm.run()
    return looks


async def test_each_chat_has_its_turn_and_no_look_asks_for_all() -> None:
    telegram = Telegram()
    with pytest.raises(Enough):
        await look(telegram)
    assert set(telegram.asked) == {ACCOUNT, *CHATS}
    assert len(telegram.asked) == ENOUGH * 11


async def test_one_that_is_behind_is_looked_at_until_it_goes_off() -> None:
    telegram = Telegram(theirs_at={BEHIND: 6})
    looks = await look(telegram)
    assert telegram.asked.count(BEHIND) == LOOKS
    assert looks.count <= LOOKS + len(CHATS) // 10


async def test_one_that_telegram_owes_an_answer_for_comes_first() -> None:
    telegram = Telegram(theirs_at={BEHIND: 6}, owes={BEHIND})
    looks = await look(telegram)
    assert looks.count == LOOKS
    assert looks.seconds == LIMIT_S


async def test_a_chat_that_shut_us_out_hides_no_other() -> None:
    telegram = Telegram(theirs_at={BEHIND: 6}, refuses=set(CHATS) - {BEHIND})
    looks = await look(telegram)
    assert looks.count <= LOOKS + len(CHATS) // 10


@pytest.mark.parametrize(
    "telegram,troubled,full",
    [
        (Telegram(theirs_at={BEHIND: 6}), True, False),
        (Telegram(theirs_at={BEHIND: 6}), False, True),
        (Telegram(theirs_at={BEHIND: 6}, is_up=False), False, False),
        (Telegram(theirs_at={BEHIND: 6}, refuses={BEHIND}), False, False),
    ],
    ids=["new lines or refusals", "a full disk", "no line", "a chat that shut us out"],
)
async def test_what_has_another_reason_sets_nothing_off(
    telegram: Telegram, troubled: bool, full: bool
) -> None:
    with pytest.raises(Enough):
        await look(telegram, troubled=troubled, full=full)
