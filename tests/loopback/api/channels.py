"""channels.*: https://core.telegram.org/api/channel"""

from __future__ import annotations

from functools import partial

from telethon.tl import functions, types

from tests.loopback.api.callers import account, view_of
from tests.loopback.api.fetching import fetched
from tests.loopback.api.peers import person_of, supergroup_of
from tests.loopback.rpc import Context, TlObject, handles
from tests.loopback.world import sending
from tests.loopback.world.participants import banned_participant, channel_participant
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.supergroup import Supergroup
from tests.loopback.world.view import View


def _inside(context: Context, channel: TlObject) -> tuple[View, Supergroup]:
    """The caller's view and the supergroup named, which the caller has to be in."""
    view = view_of(context)
    group = supergroup_of(context.world, view.viewer, channel)
    if not group.may_read(view.viewer):
        raise refusal("CHANNEL_PRIVATE")
    return view, group


@handles(functions.channels.GetMessagesRequest)
async def get_messages(context: Context, request: TlObject) -> TlObject:
    view, group = _inside(context, request.channel)
    find = partial(group.find, view.viewer)
    messages, (users, chats) = fetched(view, request.id, find, group)
    return types.messages.ChannelMessages(group.log.pts, len(messages), messages, [], chats, users)


@handles(functions.channels.GetChannelsRequest)
async def get_channels(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    groups = [supergroup_of(context.world, view.viewer, channel) for channel in request.id]
    return types.messages.Chats([view.portraits.channel(group) for group in groups])


@handles(functions.channels.GetFullChannelRequest)
async def get_full_channel(context: Context, request: TlObject) -> TlObject:
    view, group = _inside(context, request.channel)
    is_told = context.world.bots_have_read or not view.viewer.is_bot
    top = group.top_id(view.viewer) if is_told else 0
    old = group.migrated_from
    bots = [person for person in group.readers() if person.is_bot]
    linked = view.portraits.linked_channel(group)
    full = types.ChannelFull(
        id=group.id,
        about="",
        read_inbox_max_id=top,
        read_outbox_max_id=top,
        unread_count=0,
        chat_photo=types.PhotoEmpty(0),
        notify_settings=types.PeerNotifySettings(),
        bot_info=[types.BotInfo(bot.id, description="") for bot in bots],
        pts=group.log.pts,
        can_view_participants=True,
        participants_count=len(group.members),
        admins_count=sum(member.is_admin for member in group.members.values()),
        migrated_from_chat_id=None if old is None else old.id,
        migrated_from_max_id=None if old is None else old.top_id(view.viewer),
        linked_chat_id=None if linked is None else linked.id,
    )
    users, chats = view.crowd(chats=[group], people=bots)
    return types.messages.ChatFull(full, [*chats, *([linked] if linked else [])], users)


@handles(functions.channels.GetParticipantRequest)
async def get_participant(context: Context, request: TlObject) -> TlObject:
    view, group = _inside(context, request.channel)
    person = person_of(context.world, view.viewer, request.participant, "PARTICIPANT_ID_INVALID")
    users, chats = view.crowd(chats=[group], people=[person])
    if (member := group.members.get(person.id)) is not None:
        participant = channel_participant(member, view.viewer)
    elif (ban := group.bans.get(person.id)) is not None:
        participant = banned_participant(ban)
    else:
        raise refusal("USER_NOT_PARTICIPANT")
    return types.channels.ChannelParticipant(participant, chats, users)


@handles(functions.channels.GetParticipantsRequest)
async def get_participants(context: Context, request: TlObject) -> TlObject:
    view, group = _inside(context, request.channel)
    chosen = _filtered(view.viewer, group, request.filter)
    page = chosen[request.offset : request.offset + request.limit]
    people = [context.world.people[user_id] for user_id, _ in page]
    users, chats = view.crowd(chats=[group], people=people)
    return types.channels.ChannelParticipants(
        len(chosen), [participant for _, participant in page], chats, users
    )


def _filtered(viewer: Person, group: Supergroup, wanted: TlObject) -> list[tuple[int, TlObject]]:
    """Ids and participants that a filter chooses.
    https://core.telegram.org/type/ChannelParticipantsFilter"""
    members = list(group.members.values())
    if isinstance(wanted, types.ChannelParticipantsKicked | types.ChannelParticipantsBanned):
        if not group.members[viewer.id].is_admin:
            raise refusal("CHAT_ADMIN_REQUIRED")
        if isinstance(wanted, types.ChannelParticipantsKicked):
            return [(ban.person.id, banned_participant(ban)) for ban in group.bans.values()]
        members = [m for m in members if m.restrictions is not None]
    elif isinstance(wanted, types.ChannelParticipantsAdmins):
        members = [m for m in members if m.is_admin]
    elif isinstance(wanted, types.ChannelParticipantsBots):
        members = [m for m in members if m.person.is_bot]
    elif isinstance(wanted, types.ChannelParticipantsSearch):
        members = [m for m in members if wanted.q.lower() in m.person.full_name.lower()]
    elif not isinstance(wanted, types.ChannelParticipantsRecent):
        raise NotImplementedError(type(wanted).__name__)
    return [(m.person.id, channel_participant(m, viewer)) for m in members]


@handles(functions.channels.DeleteMessagesRequest)
async def delete_messages(context: Context, request: TlObject) -> TlObject:
    view, group = _inside(context, request.channel)
    found = [group.find(view.viewer, message_id) for message_id in request.id]
    count = sending.delete(
        group,
        view.viewer,
        [message for message in found if message is not None],
        session=context.caller.session_id,
    )
    return types.messages.AffectedMessages(group.log.pts, count)


@handles(functions.channels.ReadHistoryRequest)
async def read_history(context: Context, request: TlObject) -> bool:
    viewer = account(context)
    if viewer.is_bot:
        raise refusal("BOT_METHOD_INVALID")
    supergroup_of(context.world, viewer, request.channel)
    return True
