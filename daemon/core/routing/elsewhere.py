"""Groups that are none of ours: not yet, or no longer.

Nothing new is taken from there. What is open from the time when it was a customer group goes on,
so that nobody who was promised an answer is left standing.
"""

from __future__ import annotations

from collections.abc import Iterator

from daemon.core.commands import Command
from daemon.core.model import Inbound
from daemon.core.routing.actions import Action
from daemon.core.routing.customer import GoesOn, go_on, gone_on_with, in_own_words
from daemon.core.routing.snapshot import Snapshot


def from_elsewhere(
    snapshot: Snapshot, inbound: Inbound, command: Command | None
) -> Iterator[Action]:
    inbound, command = in_own_words(inbound, command)
    found = gone_on_with(snapshot, inbound, command)
    if isinstance(found, GoesOn):  # of anything else nothing is said there
        yield from go_on(snapshot, inbound, found)
