"""Figures of a measurement: what is made of the samples, and how they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    key: str
    """Its name in the JSON file."""
    value: float
    unit: str
    meaning: str
    goal: float | None = None
    """At most this."""
    least: float | None = None
    """Below it the value is no better, but noise."""

    @property
    def is_noise(self) -> bool:
        return self.least is not None and self.value < self.least

    def line(self) -> str:
        return f"  {self.meaning:<58} {self.value:>10.2f} {self.unit:<8} {self._judged()}".rstrip()

    def _judged(self) -> str:
        if self.goal is None:
            return ""
        goal = f"{self.goal:.4g}" if self.least is None else f"{self.least:.4g} to {self.goal:.4g}"
        if self.is_noise:
            return f"goal {goal}: below, so noise"
        return f"goal {goal}: {'kept' if self.value <= self.goal else 'MISSED'}"


def table(sections: Mapping[str, Sequence[Figure]]) -> str:
    """The figures below the headings of their sections."""
    return "\n".join(
        line
        for heading, figures in sections.items()
        for line in (heading, *map(Figure.line, figures))
    )


def percentile(samples: Sequence[float], percent: int) -> float:
    """The sample that so many percent do not exceed."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
