"""What the peers in a request stand for.

https://core.telegram.org/api/peers - a hash is good for one account alone; bots may put 0 for
what they are in touch with.
"""

from __future__ import annotations

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.basic_group import BasicGroup
from tests.loopback.world.chat import Chat
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.supergroup import Supergroup
from tests.loopback.world.world import World


def chat_of(world: World, viewer: Person, peer: TlObject) -> Chat:
    """The chat that an InputPeer names. Raises PEER_ID_INVALID, CHAT_ID_INVALID,
    CHANNEL_INVALID or CHANNEL_PRIVATE."""
    if isinstance(peer, types.InputPeerChat):
        return basic_group_of(world, peer.chat_id)
    if isinstance(peer, types.InputPeerChannel):
        return supergroup_of(world, viewer, peer)
    return world.private(viewer, person_of(world, viewer, peer, "PEER_ID_INVALID"))


def basic_group_of(world: World, chat_id: int) -> BasicGroup:
    group = world.by_marked_id(-chat_id)
    if not isinstance(group, BasicGroup):
        raise refusal("CHAT_ID_INVALID")
    return group


def supergroup_of(world: World, viewer: Person, channel: TlObject) -> Supergroup:
    """The supergroup that an InputChannel or InputPeerChannel names."""
    if not isinstance(channel, types.InputChannel | types.InputPeerChannel):
        raise refusal("CHANNEL_INVALID")
    group = world.group_of(types.PeerChannel(channel.channel_id))
    if not isinstance(group, Supergroup):
        raise refusal("CHANNEL_INVALID")
    inside = group.may_read(viewer)
    if channel.access_hash != world.access_hash(viewer, group) and not (
        channel.access_hash == 0 and viewer.is_bot and inside
    ):
        raise refusal("CHANNEL_INVALID")
    if not inside and (group.username is None or viewer.id in group.bans):
        raise refusal("CHANNEL_PRIVATE")
    return group


def person_of(
    world: World, viewer: Person, peer: TlObject, error: str = "USER_ID_INVALID"
) -> Person:
    """The user that an InputUser or InputPeerUser names; raises `error` if there is none."""
    if isinstance(peer, types.InputUserSelf | types.InputPeerSelf):
        return viewer
    if isinstance(peer, types.InputUserFromMessage | types.InputPeerUserFromMessage):
        if viewer.is_bot:
            raise refusal("FROM_MESSAGE_BOT_DISABLED")
        message = chat_of(world, viewer, peer.peer).find(viewer, peer.msg_id)
        if message is None or message.sender.id != peer.user_id:
            raise refusal(error)
        return message.sender
    if not isinstance(peer, types.InputUser | types.InputPeerUser):
        raise refusal(error)
    person = world.people.get(peer.user_id)
    if person is None:
        raise refusal(error)
    known = peer.access_hash == world.access_hash(viewer, person) or (
        peer.access_hash == 0 and viewer.is_bot and world.have_met(viewer, person)
    )
    if not known:
        raise refusal(error)
    return person
