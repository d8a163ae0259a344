"""What people write to the bot itself: it points them to the groups."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.core.commands import Command, is_known
from daemon.core.model import Inbound, InboundKind
from daemon.core.routing.actions import Action
from daemon.core.routing.composing import notice
from daemon.core.routing.snapshot import Snapshot
from daemon.core.text import fill


def from_private(snapshot: Snapshot, inbound: Inbound, command: Command | None) -> Iterator[Action]:
    if inbound.kind is not InboundKind.NEW:
        return
    if command is not None and is_known(command):
        text = fill(snapshot.texts.not_in_a_group, command=f"/{command.name}")
    else:
        text = fill(snapshot.texts.help_private, bot=snapshot.bot.username)
    yield notice(inbound, text, None)
