"""What a typed line means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """Whom a person at the terminal can speak as."""

    CUSTOMER = "c"
    STAFF = "s"


@dataclass(frozen=True, slots=True)
class Choose:
    """From now on, speak as this one."""

    role: Role


@dataclass(frozen=True, slots=True)
class Say:
    """Write a message; without a role named, as the one chosen or as it follows from the reply."""

    text: str
    role: Role | None = None
    reply_to: int | None = None
    """The number of an entry in the chronicle."""


_LINE = re.compile(
    r"(?:(?P<role>[cs])\s*(?::|$)\s*)?(?:r\s+#?(?P<number>[0-9]{1,6})\b:?\s*)?(?P<text>.*)",
    re.DOTALL | re.IGNORECASE,
)


def meaning(line: str) -> Choose | Say | None:
    """None: nothing was typed, or a reply without words."""
    match = _LINE.fullmatch(line.strip())
    if match is None:
        return None
    role = None if match["role"] is None else Role(match["role"].lower())
    number = None if match["number"] is None else int(match["number"])
    if match["text"]:
        return Say(match["text"], role, number)
    return Choose(role) if role is not None and number is None else None
