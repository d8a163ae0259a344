"""What is wrong with a configuration, told at once and in full."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class ConfigError(Exception):
    """The configuration cannot be used."""

    def __init__(self, file: str, problems: Iterable[str]) -> None:
        """`problems` are one line each: dotted path, what is wrong, what to do; no secrets."""
        self.file = file
        self.problems = tuple(problems)
        super().__init__(file, self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        head = f"{self.file}: {count} problem{'s' if count != 1 else ''}"
        return "\n  - ".join([head, *self.problems])


class Invalid(Exception):
    """A value cannot be accepted. The message goes on from "<path>: " and holds no secret."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint such as ` (did you mean "admins"?)`, or nothing when no known word is near."""
    near = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f' (did you mean "{near[0]}"?)' if near else ""
