"""What `check` says of one fact, and `status` in its manner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """What a remark is worth."""

    GOOD = "✓"
    NOTE = "⚠"
    """Works, and should be put right all the same."""
    BAD = "✗"
    """A finding: the relay does not work, or not everywhere."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One fact, in one line for a person."""

    mark: Mark
    text: str

    @property
    def is_finding(self) -> bool:
        """Whether somebody has to do something."""
        return self.mark is Mark.BAD

    def __str__(self) -> str:
        return f"{self.mark} {self.text}"


def summary(remarks: Sequence[Remark]) -> str:
    """The last line."""
    findings = sum(remark.is_finding for remark in remarks)
    if findings == 0:
        return "Everything is in order."
    if findings == 1:
        return f"1 finding: the line with {Mark.BAD} says what to do."
    return f"{findings} findings: the lines with {Mark.BAD} say what to do."
