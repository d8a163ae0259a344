"""updates.*: https://core.telegram.org/api/updates"""

from __future__ import annotations

from telethon.tl import functions

from tests.loopback.api.callers import account
from tests.loopback.api.peers import supergroup_of
from tests.loopback.rpc import Context, TlObject, handles
from tests.loopback.world import difference


@handles(functions.updates.GetStateRequest)
async def get_state(context: Context, request: TlObject) -> TlObject:
    return difference.account_state(context.world, account(context))


@handles(functions.updates.GetDifferenceRequest)
async def get_difference(context: Context, request: TlObject) -> TlObject:
    return difference.account_difference(
        context.world,
        account(context),
        request.pts,
        request.date,
        request.qts,
        request.pts_total_limit,
    )


@handles(functions.updates.GetChannelDifferenceRequest)
async def get_channel_difference(context: Context, request: TlObject) -> TlObject:
    viewer = account(context)
    group = supergroup_of(context.world, viewer, request.channel)
    return difference.channel_difference(context.world, viewer, group, request.pts, request.limit)
