"""Basic groups that become supergroups. https://core.telegram.org/api/channel#migration"""

from __future__ import annotations

from telethon.tl import types

from tests.loopback.world.basic_group import BasicGroup
from tests.loopback.world.refusals import refusal
from tests.loopback.world.supergroup import Supergroup


def migrate(old: BasicGroup) -> Supergroup:
    """Give a basic group's people a supergroup, and say so in both. The old chat can be read but
    not written to any more; its messages keep the ids they have there."""
    if old.migrated_to is not None:
        raise refusal("CHAT_ID_INVALID")
    world = old.world
    new = Supergroup(world, world.new_channel_id(), old.title, old.creator)
    new.protected = old.protected
    new.members = dict(old.members)
    new.bans = dict(old.bans)
    new.default_restrictions = old.default_restrictions
    new.migrated_from = old
    world.adopt(new)
    old.service_message(old.creator, types.MessageActionChatMigrateTo(new.id))
    old.migrated_to = new
    new.service_message(old.creator, types.MessageActionChannelMigrateFrom(old.title, old.id))
    for person in new.readers():
        world.push_about(person, new, types.UpdateChannel(new.id))
        if person.is_bot:  # told as if it had been added: tdlib/telegram-bot-api issue 266
            new.tell_bots(person, old.creator, None)
    return new
