"""A test of the test: the relay with one line broken, which the judge must notice.

A copy of the daemon and of this runner is made in a temporary folder, one line is replaced there,
and some scenarios are played in a process of their own. Nothing of the daemon is patched. A line
that is no longer there is an error: the mutation has to be thought out anew.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

_COPIED = ("daemon", "tests/__init__.py", "tests/scene.py", "tests/loopback", "tests/soak")


@dataclass(frozen=True, slots=True)
class Mutation:
    """`old`: a text that is in `file` exactly once. `faults` and `seeds`: the few scenarios of
    which one shows it. `figure`: what must not be 0 in the end."""

    name: str
    file: str
    old: str
    new: str
    faults: str
    figure: str
    seeds: range = range(1, 9)
    quick: bool = True
    """Whether it is worth its time in each run of the tests."""


MUTATIONS = (
    Mutation(
        "a fresh random_id on each attempt",
        "daemon/relay/delivery.py",
        "row.way, row.reply_to, row.random_ids\n",
        "row.way, row.reply_to, tuple(self._clock.random_id() for _ in row.random_ids)\n",
        "random_id_original",
        "duplicated",
    ),
    Mutation(
        "the newest row first",
        "daemon/storage/outbox.py",
        "ORDER BY urgent DESC, id LIMIT 1\n",
        "ORDER BY urgent DESC, id DESC LIMIT 1\n",
        "flood_wait_long",
        "misrouted",
        seeds=range(9, 11),  # in which no wait is longer than the patience
    ),
    Mutation(
        "answers always under the question",
        "daemon/core/routing/staff.py",
        "under = link.counterpart\n",
        "under = ticket.question\n",
        "line_cut",
        "misrouted",
    ),
    Mutation(
        "a row that was claimed before a stop is sent as a new one",
        "daemon/relay/claiming.py",
        "return Step(outbox.sending(tx, destination), left_over=True)\n",
        "if left_over := outbox.sending(tx, destination):\n"
        "                outbox.redirect(tx, left_over, self._clock.random_id)\n"
        "            return self.next(tx, destination)\n",
        "stop_and_start,slow_answers",
        "duplicated",
    ),
    Mutation(
        "a ticket is closed in words alone",
        "daemon/core/routing/staff.py",
        "    yield SetStatus(ticket.ticket_id, TicketStatus.CLOSED)\n",
        "",
        "line_cut",
        "misrouted",
        quick=False,
    ),
    Mutation(
        "what is behind a difference too long is not fetched",
        "daemon/telegram/message_box.py",
        "elif top < top_message:\n",
        "elif top < 0:\n",
        "channel_difference_too_long",
        "lost",
        quick=False,
    ),
    Mutation(
        "how far was read is stored before the messages are",
        "daemon/relay/intake.py",
        "            batch.moves = await self._store(",
        "            await self._store('state', lambda tx: sync_state.put_state(tx, batch))\n"
        "            await self._clock.sleep(4)\n"
        "            batch.moves = await self._store(",
        "kill_9",
        "lost",
        seeds=range(1, 7),
        quick=False,
    ),
)


class NotThere(Exception):
    """The line that is to be replaced is not there, or not once."""


def noticed(mutation: Mutation) -> tuple[bool, str]:
    """Whether the judge notices a mutation, and what the run printed. Raises `NotThere`."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Path(folder)
        _copy(copy)
        _mutate(copy / mutation.file, mutation)
        figures = copy / "figures.json"
        first, last = mutation.seeds.start, mutation.seeds[-1]
        options = (
            "--faults",
            mutation.faults,
            "--jobs",
            "1",
            "--stop-at-first",
            "--patience",
            "0.3",
        )
        span = ("--seed", str(first), "--scenarios", str(last - first + 1))
        done = subprocess.run(
            [sys.executable, "-m", "tests.soak", *options, *span, "--json", str(figures)],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
        told = done.stdout + done.stderr
        if not figures.exists():
            return False, told
        return done.returncode == 1 and json.loads(figures.read_text())[mutation.figure] > 0, told


def _copy(to: Path) -> None:
    for name in _COPIED:
        source, target = CHECKOUT / name, to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            # With the compiled files, which stay good: their sources keep their times.
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)


def _mutate(file: Path, mutation: Mutation) -> None:
    text = file.read_text("utf-8")
    if text.count(mutation.old) != 1:
        count = text.count(mutation.old)
        raise NotThere(f"{mutation.name}: {mutation.old!r} is {count} times in {mutation.file}")
    file.write_text(text.replace(mutation.old, mutation.new), "utf-8")
