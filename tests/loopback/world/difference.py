"""What an account missed, in the form in which it asks for it.

https://core.telegram.org/api/updates#recovering-gaps
"""

from __future__ import annotations

from collections.abc import Sequence as Series
from datetime import datetime
from typing import TYPE_CHECKING

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.chat import Chat
from tests.loopback.world.group import Group
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.sequence import Entry, Event
from tests.loopback.world.supergroup import Supergroup
from tests.loopback.world.view import View

if TYPE_CHECKING:
    from tests.loopback.world.world import World


def channel_difference(
    world: World, viewer: Person, group: Supergroup, pts: int, limit: int
) -> TlObject:
    """The answer to updates.getChannelDifference. Raises CHANNEL_PRIVATE for a stranger and
    PERSISTENT_TIMESTAMP_EMPTY or _INVALID for a pts that cannot be."""
    if not group.may_read(viewer):
        raise refusal("CHANNEL_PRIVATE")
    now = group.log.pts
    if pts <= 0:
        raise refusal("PERSISTENT_TIMESTAMP_EMPTY")
    if pts > now:
        raise refusal("PERSISTENT_TIMESTAMP_INVALID")
    view = View(world, viewer)
    too_many = world.channel_over_limit == "too_long" and pts + limit < now
    if too_many or now - pts > world.channel_history_kept:
        return _channel_too_long(view, group)
    pending = group.log.after(pts)
    part = pending[: min(limit, world.channel_slice or limit)]
    final = len(part) == len(pending)
    told = [entry for entry in part if group.may_know(viewer, entry)]
    reached = part[-1].pts if part else now
    if not told and final:
        return types.updates.ChannelDifferenceEmpty(now, final=True)
    new, other = _fold(view, told)
    users, chats = view.crowd([m for entry in told for m in entry.messages], [group])
    return types.updates.ChannelDifference(
        pts=reached,
        new_messages=[view.message(message) for message in new],
        other_updates=other,
        chats=chats,
        users=users,
        final=final or None,
    )


def _channel_too_long(view: View, group: Supergroup) -> TlObject:
    newest = group.visible_to(view.viewer)[-10:][::-1]
    users, chats = view.crowd(newest, [group])
    return types.updates.ChannelDifferenceTooLong(
        dialog=dialog(view, group),
        messages=[view.message(message) for message in newest],
        chats=chats,
        users=users,
        final=view.world.too_long_final or None,
    )


def dialog(view: View, chat: Chat) -> TlObject:
    """A chat in the list of an account, everything read."""
    top = chat.top_id(view.viewer)
    return types.Dialog(
        peer=chat.peer(view.viewer),
        top_message=top,
        read_inbox_max_id=top,
        read_outbox_max_id=top,
        unread_count=0,
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=types.PeerNotifySettings(),
        pts=chat.pts(view.viewer) if chat.shares_ids else None,
    )


def account_state(world: World, viewer: Person) -> TlObject:
    mailbox = world.mailbox(viewer)
    return types.updates.State(mailbox.log.pts, mailbox.qts, world.now(), 1, 0)


def account_difference(
    world: World,
    viewer: Person,
    pts: int,
    date: datetime | None,
    qts: int,
    pts_total_limit: int | None,
) -> TlObject:
    """The answer to updates.getDifference."""
    mailbox = world.mailbox(viewer)
    if pts <= 0:
        raise refusal("PERSISTENT_TIMESTAMP_EMPTY")
    if pts > mailbox.log.pts:
        raise refusal("PERSISTENT_TIMESTAMP_INVALID")
    missed = mailbox.log.pts - pts
    if missed > (pts_total_limit or world.account_history_kept):
        return types.updates.DifferenceTooLong(mailbox.log.pts)
    pending = mailbox.log.after(pts)
    part = pending[: world.account_slice]
    view = View(world, viewer)
    new, other = _fold(view, part)
    noted = mailbox.noted_after(qts)
    other.extend(noted)
    changed = _changed_groups(world, viewer, date)
    other.extend(types.UpdateChannelTooLong(group.id, group.log.pts) for group in changed)
    if not part and not other:
        return types.updates.DifferenceEmpty(world.now(), 1)
    people, places = _concerned(world, noted)
    messages = [m for entry in part for m in entry.messages]
    users, chats = view.crowd(messages, [*changed, *places], people)
    state = account_state(world, viewer)
    final = len(part) == len(pending)
    if not final:
        state.pts = part[-1].pts
    make = types.updates.Difference if final else types.updates.DifferenceSlice
    return make([view.message(message) for message in new], [], other, chats, users, state)


def _concerned(world: World, noted: Series[TlObject]) -> tuple[list[Person], list[Group]]:
    """The people and the groups that updates of the qts sequence speak of."""
    people, groups = [], []
    for update in noted:
        if isinstance(update, types.UpdateChannelParticipant | types.UpdateChatParticipant):
            people += [world.people[user_id] for user_id in (update.user_id, update.actor_id)]
            channel = isinstance(update, types.UpdateChannelParticipant)
            peer = (
                types.PeerChannel(update.channel_id) if channel else types.PeerChat(update.chat_id)
            )
            group = world.group_of(peer)
            groups += [] if group is None else [group]
    return people, groups


def _changed_groups(world: World, viewer: Person, date: datetime | None) -> list[Supergroup]:
    if not world.account_difference_tells_channels:
        return []
    return [
        group
        for group in world.supergroups()
        if group.may_read(viewer)
        and group.log.last_date is not None
        and (date is None or group.log.last_date >= date)
    ]


def _fold(view: View, entries: Series[Entry]) -> tuple[list[StoredMessage], list[TlObject]]:
    """New messages as they are by now, and the other updates. An edit of a message that is new
    itself is in the message; what was deleted since is not shown."""
    new: dict[StoredMessage, None] = {}
    other: list[TlObject] = []
    for entry in entries:
        message = entry.messages[0]
        if entry.event is Event.DELETED:
            other.append(view.update(entry))
        elif message.deleted or not message.seen_by(view.viewer):
            continue
        elif entry.event is Event.NEW:
            new[message] = None
            if (
                view.world.differences_tell_message_ids
                and message.sender is view.viewer
                and message.random_id is not None
            ):
                known = message.id_for(view.viewer)
                other.append(types.UpdateMessageID(known, message.random_id))
        elif message not in new:
            other.append(view.update(entry))
    return list(new), other
