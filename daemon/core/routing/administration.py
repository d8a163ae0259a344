"""The admins' commands: which groups are customer groups. Anybody else gets no answer."""

from __future__ import annotations

from collections.abc import Iterator

from daemon.core.commands import Command, Name
from daemon.core.model import ChatRole, Inbound, LinkRole
from daemon.core.routing.actions import Action, EnrolGroup, Refusal, Refuse, RemoveGroup, Send
from daemon.core.routing.composing import notice
from daemon.core.routing.snapshot import Snapshot, may_command
from daemon.core.text import MESSAGE_LIMIT, Text, clean, fill, split

ADMIN_COMMANDS = frozenset({Name.ADDGROUP, Name.REMOVEGROUP, Name.LISTGROUPS})


def administer(snapshot: Snapshot, inbound: Inbound, command: Command) -> Iterator[Action]:
    if not may_command(inbound):
        return
    if inbound.sender.id == inbound.key.chat_id < 0:  # an admin of the group, but which one?
        hint = fill(snapshot.texts.anonymous_admin, command=f"/{command.name}")
        yield notice(inbound, hint, None)
    elif not snapshot.sender_is_admin:
        yield Refuse(Refusal.NOT_AN_ADMIN)
    elif command.name == Name.LISTGROUPS:
        yield from _list_groups(snapshot, inbound)
    elif snapshot.role is ChatRole.PRIVATE:
        hint = fill(snapshot.texts.not_in_a_group, command=f"/{command.name}")
        yield notice(inbound, hint, None)
    elif command.name == Name.REMOVEGROUP:
        yield from _remove_group(snapshot, inbound)
    elif snapshot.role is ChatRole.STAFF:
        yield notice(inbound, fill(snapshot.texts.staff_group_is_not_a_customer), None)
    else:
        yield EnrolGroup(inbound.key.chat_id, inbound.chat_title)


def _remove_group(snapshot: Snapshot, inbound: Inbound) -> Iterator[Action]:
    """The staff are told, since they will see no more questions from there; the customers are
    not."""
    chat_id = inbound.key.chat_id
    removed = next((group for group in snapshot.groups if group.chat_id == chat_id), None)
    if removed is None:
        yield notice(inbound, fill(snapshot.texts.not_a_customer_group), None)
        return
    yield RemoveGroup(chat_id)
    title = clean(inbound.chat_title) or str(chat_id)
    text = fill(snapshot.texts.group_removed, group=title, open=str(removed.open_tickets))
    yield _to_the_staff(snapshot, inbound, text)


def _list_groups(snapshot: Snapshot, inbound: Inbound) -> Iterator[Action]:
    """Told where it was asked, but in no group with customers in it: the staff group gets it."""
    for part in split(_listed(snapshot), MESSAGE_LIMIT):
        if snapshot.role in (ChatRole.STAFF, ChatRole.PRIVATE):
            yield notice(inbound, part, None)
        else:
            yield _to_the_staff(snapshot, inbound, part)


def _listed(snapshot: Snapshot) -> Text:
    texts, groups = snapshot.texts, snapshot.groups
    if not groups:
        return fill(texts.groups_none)
    listed = fill(texts.groups_header, count=str(len(groups)))
    for group in groups:
        listed += Text("\n") + fill(
            texts.groups_line,
            group=clean(group.title) or "—",
            open=str(group.open_tickets),
            id=str(group.chat_id),
        )
    return listed


def _to_the_staff(snapshot: Snapshot, inbound: Inbound, text: Text) -> Send:
    in_the_staff_group = snapshot.role is ChatRole.STAFF
    return Send(
        destination=snapshot.staff_group,
        role=LinkRole.NOTICE,
        ticket_id=None,
        text=text,
        reply_to=inbound.key if in_the_staff_group else None,
        source=inbound.key,
    )
