"""/start and /help: what the bot does, for whom and where it is asked."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.core.commands import Name
from daemon.core.model import ChatRole, Inbound
from daemon.core.routing.actions import Action
from daemon.core.routing.composing import notice
from daemon.core.routing.snapshot import Snapshot, may_command
from daemon.core.text import Text, fill

HELP_COMMANDS = frozenset({Name.START, Name.HELP})


def guide(snapshot: Snapshot, inbound: Inbound) -> Iterator[Action]:
    if may_command(inbound):
        yield notice(inbound, _help(snapshot), None)


def _help(snapshot: Snapshot) -> Text:
    texts, bot = snapshot.texts, snapshot.bot.username
    if snapshot.role is ChatRole.CUSTOMER:
        return fill(texts.help_customer, bot=bot)  # nothing is said here of what admins can do
    if snapshot.role is ChatRole.OTHER:
        return fill(texts.help_elsewhere)
    in_private = snapshot.role is ChatRole.PRIVATE
    text = fill(texts.help_private, bot=bot) if in_private else fill(texts.help_staff)
    return text + Text("\n\n") + fill(texts.help_admin) if snapshot.sender_is_admin else text
