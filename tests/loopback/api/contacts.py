"""contacts.*"""

from __future__ import annotations

from telethon.tl import functions, types

from tests.loopback.api.callers import view_of
from tests.loopback.rpc import Context, TlObject, handles
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal


@handles(functions.contacts.ResolveUsernameRequest)
async def resolve_username(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    found = context.world.by_username(request.username.lstrip("@"))
    if found is None:
        raise refusal("USERNAME_NOT_OCCUPIED")
    if isinstance(found, Person):
        user = view.portraits.user(found)
        return types.contacts.ResolvedPeer(types.PeerUser(found.id), [], [user])
    channel = view.portraits.channel(found)
    return types.contacts.ResolvedPeer(types.PeerChannel(found.id), [channel], [])
