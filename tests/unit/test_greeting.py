"""What the relay says of itself at its start."""

from __future__ import annotations

from dataclasses import replace

from daemon.core.greeting import Greeting
from daemon.core.model import ChatId
from tests.builders import ADMIN, BOT, STAFF

GREETING = Greeting(BOT, STAFF, (ADMIN.id, ChatId(32)), customer_groups=3, sees_all_messages=True)


def test_the_lines_are_those_that_operators_know() -> None:
    first, *others = GREETING.lines()
    assert first == "Bot starting: @support_bot"
    assert others[:5] == [
        "Token is set: yes",
        "Staff group ID: -1001000000001",
        "Admin user ID: 31, 32",
        "Privacy mode: off",
        "⚠️ Important reminders:",
    ]
    assert [line[:3] for line in others[5:]] == ["1. ", "2. ", "3. "]
    assert "; 3 so far" in others[-1]


def test_privacy_mode_that_is_on_comes_with_the_way_to_turn_it_off() -> None:
    deaf = replace(GREETING, sees_all_messages=False)
    assert "Privacy mode: on" in deaf.lines()
    assert deaf.facts()["privacy_mode"] == "on"
    assert "it is ON. @BotFather → /mybots → @support_bot" in deaf.reminders()[1]
    assert "it is off" in GREETING.reminders()[1]
