"""What follows from a message: a pure function from what is known to what is to be done."""

from __future__ import annotations

from daemon.core.commands import mentions, parse_command
from daemon.core.model import Bot, ChatRole, Inbound, InboundKind
from daemon.core.routing.actions import (
    Action,
    AddLink,
    EnrolGroup,
    LookAt,
    NoteLook,
    OpenTicket,
    Refusal,
    Refuse,
    Remember,
    RemoveGroup,
    Retry,
    Send,
    SetStatus,
    TellAdmins,
    UnderWrapper,
)
from daemon.core.routing.administration import ADMIN_COMMANDS, administer
from daemon.core.routing.customer import album_wanted, context_wanted, from_customer
from daemon.core.routing.elsewhere import from_elsewhere
from daemon.core.routing.guidance import HELP_COMMANDS, guide
from daemon.core.routing.late_parts import is_late_part, late_parts
from daemon.core.routing.membership import GroupSnapshot, route_membership, route_seen
from daemon.core.routing.private import from_private
from daemon.core.routing.snapshot import Snapshot, Target, Wanted, wanted
from daemon.core.routing.staff import from_staff

__all__ = [
    "Action",
    "AddLink",
    "EnrolGroup",
    "GroupSnapshot",
    "LookAt",
    "NoteLook",
    "OpenTicket",
    "Refusal",
    "Refuse",
    "Remember",
    "RemoveGroup",
    "Retry",
    "Send",
    "SetStatus",
    "Snapshot",
    "Target",
    "TellAdmins",
    "UnderWrapper",
    "Wanted",
    "album_wanted",
    "concerns",
    "context_wanted",
    "route",
    "route_membership",
    "route_seen",
    "wanted",
]


def concerns(inbound: Inbound, bot: Bot, *, follow_ups: bool = False) -> bool:
    """Whether a message can matter to the relay at all. Decided without knowing which groups
    are enrolled: that may change by the very message before it. `follow_ups`: any message may
    belong to a question of its sender."""
    if inbound.sender.is_bot:
        return False
    if inbound.key.chat_id > 0:  # in private everybody is answered
        return inbound.kind is InboundKind.NEW
    if inbound.grouped_id is not None and inbound.kind is InboundKind.NEW:
        return True  # what an album is about may stand on another part
    return (
        (follow_ups and inbound.kind is InboundKind.NEW)
        or inbound.reply_to is not None
        or parse_command(inbound.text, bot) is not None
        or mentions(inbound.text, bot)
    )


def route(snapshot: Snapshot, inbound: Inbound) -> list[Action]:
    """The actions that follow from one message, in order; none where it is not for the relay."""
    if inbound.sender.is_bot or snapshot.in_a_ticket:
        return []
    command = parse_command(inbound.text, snapshot.bot)
    if snapshot.sibling is not None and is_late_part(snapshot, inbound, command):
        return list(late_parts(snapshot, inbound, snapshot.sibling))
    if command is not None and command.for_other_bot:
        return []
    if command is not None and command.name in ADMIN_COMMANDS:
        return list(administer(snapshot, inbound, command))
    if command is not None and command.name in HELP_COMMANDS:
        return list(guide(snapshot, inbound))
    routes = {
        ChatRole.STAFF: from_staff,
        ChatRole.CUSTOMER: from_customer,
        ChatRole.PRIVATE: from_private,
        ChatRole.OTHER: from_elsewhere,
    }
    return list(routes[snapshot.role](snapshot, inbound, command))
