"""What became of many scenarios: figures for people, and the same as JSON."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.soak.scenario import Outcome


class Report:
    """Counts outcomes as they come."""

    def __init__(self) -> None:
        self.scenarios = 0
        self.messages = 0
        self.told = 0
        self.lost = 0
        self.duplicated = 0
        self.misrouted = 0
        self.stuck = 0
        self.faults: Counter[str] = Counter()
        self.failed: list[Outcome] = []

    def add(self, outcome: Outcome) -> None:
        verdict = outcome.verdict
        self.scenarios += 1
        self.messages += verdict.messages
        self.told += verdict.told
        self.lost += verdict.lost
        self.duplicated += verdict.duplicated
        self.misrouted += verdict.misrouted
        self.stuck += verdict.stuck
        self.faults.update(outcome.counts)
        if not outcome.is_clean:
            self.failed.append(outcome)

    @property
    def is_clean(self) -> bool:
        return not self.failed

    def lines(self) -> list[str]:
        """For people."""
        faults = [f"  {name:32} {count:7}" for name, count in sorted(self.faults.items())]
        return [
            f"scenarios {self.scenarios}, messages {self.messages}: lost {self.lost},"
            f" twice {self.duplicated}, misrouted {self.misrouted}; stuck tickets {self.stuck}",
            f"not taken by Telegram and told to the staff: {self.told}",
            f"faults injected: {self.faults.total()}",
            *faults,
            *(line for outcome in self.failed for line in failure_lines(outcome)),
        ]

    def write_json(self, path: Path) -> None:
        """The same figures, and the seeds of the scenarios that failed."""
        figures = {
            "scenarios": self.scenarios,
            "messages": self.messages,
            "told": self.told,
            "lost": self.lost,
            "duplicated": self.duplicated,
            "misrouted": self.misrouted,
            "stuck": self.stuck,
            "crashes": sum(len(outcome.crashes) for outcome in self.failed),
            "faults": dict(sorted(self.faults.items())),
            "failed_seeds": [outcome.seed for outcome in self.failed],
        }
        path.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def failure_lines(outcome: Outcome) -> list[str]:
    """What went wrong in one scenario; nothing where all went well."""
    wrong = [*outcome.verdict.complaints]
    wrong += [f"the relay ended: {crash}" for crash in outcome.crashes]
    if outcome.error:
        wrong.append(outcome.error)
    if not wrong:
        return []
    again = f"scripts/soak.sh --replay {outcome.seed}"
    return [f"FAILED seed {outcome.seed} ({', '.join(outcome.names)}); {again}", *wrong]
