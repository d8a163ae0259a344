"""Emoji under messages. https://core.telegram.org/api/reactions"""

from __future__ import annotations

from collections import Counter

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal


def react(message: StoredMessage, person: Person, *emoji: str) -> None:
    """Put these reactions of one person in place of those it gave before. Users in the chat are
    told of the sum; bots that are admins of who reacted, unless that was a bot."""
    chat = message.chat
    if not chat.may_read(person) or message.deleted or not message.seen_by(person):
        raise refusal("MESSAGE_ID_INVALID")
    before = message.reactions.get(person.id, ())
    message.reactions[person.id] = emoji
    if not emoji:
        del message.reactions[person.id]
    world = chat.world
    for reader in chat.readers():
        if not message.seen_by(reader):
            continue
        if not reader.is_bot:
            update = types.UpdateMessageReactions(
                chat.peer(reader), message.id_for(reader), summary(message, reader)
            )
            world.push_about(reader, chat, update, person)
        elif not person.is_bot and chat.is_admin(reader):
            mailbox = world.mailbox(reader)
            update = types.UpdateBotMessageReaction(
                peer=chat.peer(reader),
                msg_id=message.id_for(reader),
                date=world.now(),
                actor=types.PeerUser(person.id),
                old_reactions=[types.ReactionEmoji(each) for each in before],
                new_reactions=[types.ReactionEmoji(each) for each in emoji],
                qts=mailbox.next_qts(),
            )
            mailbox.note(update)
            world.push_about(reader, chat, update, person)
    chat.watchers.tell(message)


def summary(message: StoredMessage, viewer: Person) -> TlObject:
    """The reactions to a message as MessageReactions."""
    counts = Counter(emoji for given in message.reactions.values() for emoji in given)
    own = message.reactions.get(viewer.id, ())
    return types.MessageReactions(
        [
            types.ReactionCount(
                types.ReactionEmoji(emoji),
                count,
                chosen_order=own.index(emoji) if emoji in own else None,
            )
            for emoji, count in counts.items()
        ]
    )
