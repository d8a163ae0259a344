"""Which messages a bot may see.

https://core.telegram.org/bots/faq#what-messages-will-my-bot-get
Known difference: Telegram tells a bare /command only to the bot that spoke last in the group; it
is told to all of them here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telethon.tl import types

from tests.loopback.world.entities import piece
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.person import Person

if TYPE_CHECKING:
    from tests.loopback.world.group import Group


def hidden_from(group: Group, message: StoredMessage) -> set[int]:
    """Ids of the bots in the group that this message is kept from."""
    return {
        member.person.id
        for member in group.members.values()
        if member.person.is_bot and not sees(member.person, message, is_admin=member.is_admin)
    }


def sees(bot: Person, message: StoredMessage, *, is_admin: bool) -> bool:
    if message.sender is bot or message.action is not None:
        return True
    if message.sender.is_bot and not message.anonymous:
        return message.chat.world.bots_see_bots and is_admin and not bot.privacy
    return is_admin or not bot.privacy or is_meant_for(bot, message)


def is_meant_for(bot: Person, message: StoredMessage) -> bool:
    """Whether a bot in privacy mode gets the message: a reply to it, sent through it, a mention
    of it, or a command that names no other bot."""
    if message.via_bot is bot:
        return True
    if message.reply_to is not None and message.reply_to.sender is bot:
        return True
    name = f"@{bot.username}".lower()
    for entity in message.entities:
        if isinstance(entity, types.MessageEntityMention):
            if piece(message.text, entity).lower() == name:
                return True
        elif isinstance(entity, types.MessageEntityMentionName):
            if entity.user_id == bot.id:
                return True
        elif isinstance(entity, types.MessageEntityBotCommand):
            _, at, addressee = piece(message.text, entity).lower().partition("@")
            if entity.offset == 0 and (not at or at + addressee == name):
                return True
    return False
