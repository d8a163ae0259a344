"""What a line means that somebody types in --keep."""

from __future__ import annotations

import pytest

from tests.demo.typed import Choose, Role, Say, meaning


@pytest.mark.parametrize(
    "line, meant",
    [
        ("c: Hello", Say("Hello", Role.CUSTOMER)),
        ("s:Hello", Say("Hello", Role.STAFF)),
        ("C : Hello", Say("Hello", Role.CUSTOMER)),
        ("c", Choose(Role.CUSTOMER)),
        (" s: ", Choose(Role.STAFF)),
        ("Hello: you", Say("Hello: you")),
        ("can you help?", Say("can you help?")),
        (":)", Say(":)")),
        ("r 5 Sure", Say("Sure", None, 5)),
        ("r #12: /close", Say("/close", None, 12)),
        ("s: r 5 Sure", Say("Sure", Role.STAFF, 5)),
        ("r 5", None),
        ("s: r 5", None),
        ("r five", Say("r five")),
        ("", None),
    ],
)
def test_meaning(line: str, meant: object) -> None:
    assert meaning(line) == meant
