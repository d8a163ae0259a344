"""Groups that are none of ours, or not yet."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.core.commands import Command, Name
from daemon.core.model import Inbound
from daemon.core.routing.actions import Action, EnrolGroup
from daemon.core.routing.snapshot import Snapshot, may_administer


def from_elsewhere(
    snapshot: Snapshot, inbound: Inbound, command: Command | None
) -> Iterator[Action]:
    if command and command.name == Name.ADDGROUP and may_administer(snapshot, inbound):
        yield EnrolGroup(inbound.key.chat_id, inbound.chat_title)
