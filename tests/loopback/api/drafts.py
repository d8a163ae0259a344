"""Requests to send, as drafts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from telethon.tl import types

from tests.loopback.api.peers import chat_of
from tests.loopback.rpc import TlObject
from tests.loopback.world.chat import Chat
from tests.loopback.world.draft import Draft
from tests.loopback.world.message import Quote, StoredMessage
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.world import World

_NOT_KNOWN = (
    "schedule_date",
    "schedule_repeat_period",
    "send_as",
    "quick_reply_shortcut",
    "effect",
    "suggested_post",
    "rich_message",
    "allow_paid_stars",
)


def refuse_unknown(request: TlObject) -> None:
    """Fail the test if a request asks for what this Telegram does not know."""
    for name in _NOT_KNOWN:
        if getattr(request, name, None) is not None:
            raise NotImplementedError(f"{type(request).__name__}.{name}")


def draft_of(
    world: World,
    sender: Person,
    chat: Chat,
    request: TlObject,
    *,
    text: str,
    entities: Iterable[TlObject] | None,
    random_id: int,
    media: TlObject | None = None,
    grouped_id: int | None = None,
) -> Draft:
    """One message of a request to send; what an album has once is taken from the request."""
    if not random_id:
        raise refusal("RANDOM_ID_EMPTY")
    reply_to, quote = replied_to(world, sender, chat, request.reply_to)
    return Draft(
        text=text,
        entities=tuple(entities_of(world, sender, entities or ())),
        media=media,
        reply_to=reply_to,
        quote=quote,
        random_id=random_id,
        grouped_id=grouped_id,
        reply_markup=getattr(request, "reply_markup", None),
        silent=bool(request.silent),
        protected=bool(request.noforwards),
    )


def replied_to(
    world: World, sender: Person, chat: Chat, reply: TlObject | None
) -> tuple[StoredMessage | None, Quote | None]:
    """What an InputReplyTo means. Raises REPLY_MESSAGE_ID_INVALID, or PEER_ID_INVALID for a
    reply across chats where there are none.

    https://core.telegram.org/constructor/inputReplyToMessage
    """
    if reply is None:
        return None, None
    if not isinstance(reply, types.InputReplyToMessage):
        raise NotImplementedError(type(reply).__name__)
    place = chat
    if reply.reply_to_peer_id is not None:
        place = chat_of(world, sender, reply.reply_to_peer_id)
        if place is not chat and not world.replies_across_chats:
            raise refusal("PEER_ID_INVALID")
    message = place.find(sender, reply.reply_to_msg_id)
    if message is None:
        raise refusal("REPLY_MESSAGE_ID_INVALID")
    if reply.quote_text is None:
        return message, None
    quoted = tuple(entities_of(world, sender, reply.quote_entities or ()))
    return message, Quote(reply.quote_text, quoted, reply.quote_offset)


def entities_of(world: World, sender: Person, entities: Iterable[TlObject]) -> Iterator[TlObject]:
    """Entities as they are stored: a mention by InputUser names the user; a mention in the form
    in which Telegram itself tells of it is no input and is left out.

    Bots may mention with access hash 0. Telethon's parsers put an InputPeerUser where the schema
    has an InputUser, and Telegram takes it.
    """
    for entity in entities:
        if isinstance(entity, types.MessageEntityMentionName):
            continue
        if not isinstance(entity, types.InputMessageEntityMentionName):
            yield entity
            continue
        user = entity.user_id
        if isinstance(user, types.InputUserSelf | types.InputPeerSelf):
            person: Person | None = sender
        elif isinstance(user, types.InputUser | types.InputPeerUser):
            person = world.people.get(user.user_id)
            hashes = {person and world.access_hash(sender, person), 0 if sender.is_bot else None}
            if user.access_hash not in hashes:
                person = None
        elif sender.is_bot:
            raise refusal("FROM_MESSAGE_BOT_DISABLED")
        else:
            raise NotImplementedError(type(user).__name__)
        if person is None:
            raise refusal("ENTITY_MENTION_USER_INVALID")
        yield types.MessageEntityMentionName(entity.offset, entity.length, person.id)
