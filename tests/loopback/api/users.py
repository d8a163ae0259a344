"""users.*"""

from __future__ import annotations

from telethon.tl import functions, types

from tests.loopback.api.callers import view_of
from tests.loopback.api.peers import person_of
from tests.loopback.rpc import Context, RpcError, TlObject, handles


@handles(functions.users.GetUsersRequest)
async def get_users(context: Context, request: TlObject) -> list[TlObject]:
    """Those that the caller does not know come as userEmpty."""
    view = view_of(context)
    found = []
    for peer in request.id:
        try:
            person = person_of(context.world, view.viewer, peer)
        except RpcError:
            found.append(types.UserEmpty(getattr(peer, "user_id", 0)))
        else:
            found.append(view.portraits.user(person))
    return found


@handles(functions.users.GetFullUserRequest)
async def get_full_user(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    person = person_of(context.world, view.viewer, request.id)
    full = types.UserFull(
        id=person.id,
        settings=types.PeerSettings(),
        notify_settings=types.PeerNotifySettings(),
        common_chats_count=len(context.world.common_groups(view.viewer, person)),
        blocked=person.id in view.viewer.blocked or None,
        bot_info=types.BotInfo(person.id, description="") if person.is_bot else None,
    )
    return types.users.UserFull(full, [], [view.portraits.user(person)])
