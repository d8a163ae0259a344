"""New messages, edits and deletions: checked, recorded in every sequence, told to everybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.draft import Draft
from tests.loopback.world.entities import FormattedText, take_in
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.sequence import Entry, Event

if TYPE_CHECKING:
    from tests.loopback.world.chat import Chat
    from tests.loopback.world.world import World

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
"""Characters; https://core.telegram.org/api/config `message_length_max`, `caption_length_max`."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a send, for the sender's own eyes."""

    messages: list[StoredMessage]
    """One for each draft, in their order; for a repeated random_id the message of the first."""
    entries: list[Entry]
    """The events in the sender's sequence; none for repeated ones."""


def send(
    chat: Chat, sender: Person, drafts: Sequence[Draft], *, session: int | None = None
) -> Sent:
    """Send all the drafts or none. `session` is the one that asked: it is told by the result
    and not by a push. Raises RpcError as Telegram refuses."""
    world = chat.world
    for draft in drafts:
        chat.check_may_write(sender, draft)
    known = [_already_sent(world, sender, draft) for draft in drafts]
    fresh = known.count(None)
    if fresh:
        world.pacer.check(chat, sender, fresh)
    composed = [
        earlier or _compose(chat, sender, draft)
        for earlier, draft in zip(known, drafts, strict=True)
    ]
    new = [message for message, earlier in zip(composed, known, strict=True) if earlier is None]
    sent = publish(chat, sender, new, session=session)
    return Sent(composed, sent.entries)


def _already_sent(world: World, sender: Person, draft: Draft) -> StoredMessage | None:
    if draft.random_id is None:
        return None
    earlier = world.sent_by.get((sender.id, draft.random_id))
    if earlier is None or _forgotten(world, earlier):
        return None
    if world.repeat_answer == "duplicate_error":
        raise refusal("RANDOM_ID_DUPLICATE")
    return earlier


def _forgotten(world: World, message: StoredMessage) -> bool:
    memory = world.random_id_memory
    return memory is not None and (world.now() - message.date).total_seconds() > memory


def _compose(chat: Chat, sender: Person, draft: Draft) -> StoredMessage:
    if draft.reply_to is not None and (
        draft.reply_to.deleted or not draft.reply_to.seen_by(sender)
    ):
        raise refusal("REPLY_MESSAGE_ID_INVALID")
    if draft.quote and draft.reply_to and draft.quote.text not in draft.reply_to.text:
        raise refusal("QUOTE_TEXT_INVALID")
    body = (
        FormattedText(draft.text, list(draft.entities))
        if draft.verbatim
        else take_in(draft.text, draft.entities, chat.world.entity_overflow)
    )
    _check_length(body.text, draft.media)
    if draft.send_as is not None and draft.send_as.owner is not sender:
        raise refusal("SEND_AS_PEER_INVALID")
    return StoredMessage(
        chat,
        sender,
        chat.world.now(),
        text=body.text,
        entities=body.entities,
        media=draft.media,
        reply_to=draft.reply_to,
        quote=draft.quote,
        forward=draft.forward,
        random_id=draft.random_id,
        grouped_id=draft.grouped_id,
        via_bot=draft.via_bot,
        reply_markup=draft.reply_markup,
        silent=draft.silent,
        protected=draft.protected,
        anonymous=draft.anonymous or chat.is_anonymous(sender),
        send_as=draft.send_as,
    )


def _check_length(text: str, media: TlObject | None) -> None:
    if media is None or isinstance(media, types.MessageMediaWebPage):
        if not text and media is None:
            raise refusal("MESSAGE_EMPTY")
        if len(text) > TEXT_LIMIT:
            raise refusal("MESSAGE_TOO_LONG")
    elif len(text) > CAPTION_LIMIT:
        raise refusal("MEDIA_CAPTION_TOO_LONG")


def publish(
    chat: Chat, actor: Person, messages: Iterable[StoredMessage], *, session: int | None = None
) -> Sent:
    """Put composed messages in the chat and tell everybody."""
    new = list(messages)
    told: dict[Person, list[Entry]] = {}
    for message in new:
        chat.history.append(message)
        chat.hide(message)
        if chat.protected or message.protected:
            chat.world.files.protect(message.media)
        for person, entry in chat.record(Event.NEW, (message,), actor):
            told.setdefault(person, []).append(entry)
        if message.random_id is not None:
            chat.world.sent_by[actor.id, message.random_id] = message
    _tell(chat.world, told, actor, session)
    for message in new:
        chat.watchers.tell(message)
    return Sent(new, told.get(actor, []))


def edit(
    message: StoredMessage,
    editor: Person,
    *,
    text: str | None = None,
    entities: tuple[TlObject, ...] = (),
    media: TlObject | None = None,
    reply_markup: TlObject | None = None,
    session: int | None = None,
) -> Sent:
    """Change what is not None. Raises MESSAGE_AUTHOR_REQUIRED, MESSAGE_ID_INVALID,
    MESSAGE_NOT_MODIFIED and what `send` raises for a text. There is no limit in time."""
    chat = message.chat
    if message.deleted or message.action is not None or message.forward is not None:
        raise refusal("MESSAGE_ID_INVALID")
    if message.sender is not editor:
        raise refusal("MESSAGE_AUTHOR_REQUIRED")
    chat.check_may_write(editor, Draft(text=text or "", media=media or message.media))
    new_media = media or message.media
    body = (
        FormattedText(message.text, message.entities)
        if text is None
        else take_in(text, entities, chat.world.entity_overflow)
    )
    _check_length(body.text, new_media)
    before = (message.text, [e.to_dict() for e in message.entities], message.reply_markup)
    after = (body.text, [e.to_dict() for e in body.entities], reply_markup)
    if before == after and media is None:
        raise refusal("MESSAGE_NOT_MODIFIED")
    message.text, message.entities, message.media = body.text, body.entities, new_media
    message.reply_markup = reply_markup
    message.edit_date = chat.world.now()
    chat.hide(message)
    told: dict[Person, list[Entry]] = {}
    for person, entry in chat.record(Event.EDITED, (message,), editor):
        told.setdefault(person, []).append(entry)
    _tell(chat.world, told, editor, session)
    chat.watchers.tell(message)
    return Sent([message], told.get(editor, []))


def delete(
    chat: Chat,
    actor: Person,
    messages: Iterable[StoredMessage],
    *,
    session: int | None = None,
) -> int:
    """Delete for everybody what is not deleted yet; gives how many that were. Raises
    MESSAGE_DELETE_FORBIDDEN and then deletes nothing."""
    doomed = [message for message in messages if not message.deleted]
    for message in doomed:
        chat.check_may_delete(actor, message)
    if not doomed:
        return 0
    for message in doomed:
        message.deleted = True
    told: dict[Person, list[Entry]] = {}
    for person, entry in chat.record(Event.DELETED, tuple(doomed), actor):
        told.setdefault(person, []).append(entry)
    _tell(chat.world, told, actor, session)
    return len(doomed)


def forget(viewer: Person, messages: Iterable[StoredMessage], *, session: int | None) -> int:
    """Delete messages of basic groups and private chats for the viewer alone; gives how many
    that were."""
    doomed = tuple(message for message in messages if not message.deleted)
    if not doomed:
        return 0
    world = doomed[0].chat.world
    entry = world.mailbox(viewer).log.record(Event.DELETED, doomed, world.now())
    for message in doomed:
        message.hidden_from.add(viewer.id)
    world.push(viewer, [entry], except_session=session)
    return len(doomed)


def _tell(
    world: World, told: dict[Person, list[Entry]], actor: Person, session: int | None
) -> None:
    for person, entries in told.items():
        world.push(person, entries, except_session=session if person is actor else None)
