"""Basic groups: messages.getChats, messages.getFullChat, messages.migrateChat.

https://core.telegram.org/api/channel#basic-groups
"""

from __future__ import annotations

from telethon.tl import functions, types

from tests.loopback.api.callers import human, view_of
from tests.loopback.api.peers import basic_group_of
from tests.loopback.rpc import Context, TlObject, handles
from tests.loopback.world.participants import chat_participant
from tests.loopback.world.refusals import refusal
from tests.loopback.world.view import View


@handles(functions.messages.GetChatsRequest)
async def get_chats(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    groups = [basic_group_of(context.world, chat_id) for chat_id in request.id]
    return types.messages.Chats([view.portraits.chat(group) for group in groups])


@handles(functions.messages.GetFullChatRequest)
async def get_full_chat(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    group = basic_group_of(context.world, request.chat_id)
    participants = (
        types.ChatParticipants(
            group.id, [chat_participant(m) for m in group.members.values()], group.version
        )
        if group.may_read(view.viewer)
        else types.ChatParticipantsForbidden(group.id)
    )
    bots = [person for person in group.readers() if person.is_bot]
    full = types.ChatFull(
        id=group.id,
        about="",
        participants=participants,
        notify_settings=types.PeerNotifySettings(),
        bot_info=[types.BotInfo(bot.id, description="") for bot in bots] or None,
    )
    users, chats = view.crowd(
        chats=[group, *([group.migrated_to] if group.migrated_to else [])], people=group.readers()
    )
    return types.messages.ChatFull(full, chats, users)


@handles(functions.messages.MigrateChatRequest)
async def migrate_chat(context: Context, request: TlObject) -> TlObject:
    view = View(context.world, human(context))
    old = basic_group_of(context.world, request.chat_id)
    if old.creator is not view.viewer:
        raise refusal("CHAT_ADMIN_REQUIRED")
    new = context.world.migrate(old)
    return view.parcel([types.UpdateChannel(new.id)], chats=[old, new])
