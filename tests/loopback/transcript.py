"""A chat as a terminal shows it."""

from __future__ import annotations

from collections.abc import Callable

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.channel import Channel
from tests.loopback.world.chat import Chat
from tests.loopback.world.message import StoredMessage

QUOTED = 40
"""Characters of the replied-to message that are shown."""
INDENT = "    "


def render(chat: Chat) -> str:
    """The conversation, oldest first: who, what it replies to, what it says. Mentions stand in
    brackets, media as what they are with their size, deleted messages not at all."""
    heading = f"── {chat.title} "
    lines = [heading + "─" * max(3, 60 - len(heading))]
    for message in chat.history:
        if not message.deleted:
            lines.extend(_lines(message))
    return "\n".join(lines)


def _lines(message: StoredMessage) -> list[str]:
    if message.action is not None:
        return [f"  * {_action(message)}"]
    lines = [f"{_name(message)}:{_remarks(message)}"]
    if message.reply_to is not None:
        quoted = message.quote.text if message.quote is not None else _summary(message.reply_to)
        lines.append(f"{INDENT}↪ {_name(message.reply_to)}: {_shortened(quoted)}")
    if message.media is not None:
        lines.append(INDENT + describe(message.media))
    lines.extend(INDENT + line for line in _marked(message).splitlines())
    if message.reactions:
        lines.append(INDENT + " ".join(e for given in message.reactions.values() for e in given))
    return lines


def _name(message: StoredMessage) -> str:
    if message.send_as is not None:
        return f"{message.send_as.title} (channel)"
    if message.anonymous:
        return f"{message.chat.title} (anonymous admin)"
    person = message.sender
    return f"{person.full_name} (bot)" if person.is_bot else person.full_name


def _remarks(message: StoredMessage) -> str:
    remarks = []
    if message.forward is not None:
        remarks.append(f"forwarded from {_forwarded_from(message)}")
    if message.via_bot is not None:
        remarks.append(f"via @{message.via_bot.username}")
    if message.edit_date is not None:
        remarks.append("edited")
    return f" ({', '.join(remarks)})" if remarks else ""


def _forwarded_from(message: StoredMessage) -> str:
    header: TlObject = message.forward
    if header.from_id is None:
        return str(header.from_name)
    origin = message.chat.world.behind(header.from_id)
    if origin is None:
        return "somebody unknown"
    return origin.title if isinstance(origin, Chat | Channel) else origin.full_name


def _summary(message: StoredMessage) -> str:
    if message.deleted:
        return "[deleted message]"
    if message.text:
        return message.text
    return describe(message.media) if message.media is not None else _action(message)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUOTED else line[: QUOTED - 1] + "…"


def _marked(message: StoredMessage) -> str:
    """The text with each mention in brackets, and whom it means where the text does not say."""
    encoded = message.text.encode("utf-16-le")
    shown = b""
    done = 0
    for entity in message.entities:
        start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
        if start < done:
            continue
        mentioned = encoded[start:end].decode("utf-16-le")
        if isinstance(entity, types.MessageEntityMentionName):
            person = message.chat.world.people.get(entity.user_id)
            text = f"[{mentioned} → {person.full_name if person else entity.user_id}]"
        elif isinstance(entity, types.MessageEntityMention):
            text = f"[{mentioned}]"
        else:
            continue
        shown += encoded[done:start] + text.encode("utf-16-le")
        done = end
    return (shown + encoded[done:]).decode("utf-16-le")


def _action(message: StoredMessage) -> str:
    chat = message.chat
    actor = message.sender.full_name
    match message.action:
        case types.MessageActionChatAddUser(users=users):
            said = f"{actor} added {', '.join(_person(chat, user) for user in users)}"
        case types.MessageActionChatDeleteUser(user_id=message.sender.id):
            said = f"{actor} left"
        case types.MessageActionChatDeleteUser(user_id=user):
            said = f"{actor} removed {_person(chat, user)}"
        case types.MessageActionChatMigrateTo():
            said = "the group became a supergroup"
        case types.MessageActionChannelMigrateFrom(title=title):
            said = f"the supergroup was the group {title}"
        case types.MessageActionChatCreate() | types.MessageActionChannelCreate():
            said = f"{actor} created the group"
        case action:
            said = f"{actor}: {type(action).__name__.removeprefix('MessageAction')}"
    return said


def _person(chat: Chat, user_id: int) -> str:
    person = chat.world.people.get(user_id)
    return str(user_id) if person is None else person.full_name


def describe(media: TlObject) -> str:
    """Media in brackets: [photo 12 KB], [document report.pdf 20 KB], [dice 🎲 4]."""
    make = _DESCRIPTIONS.get(type(media))
    return f"[{make(media) if make else type(media).__name__.removeprefix('MessageMedia').lower()}]"


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} KB" if size < 999_500 else f"{size / 1_000_000:.1f} MB"


def _document(media: TlObject) -> str:
    document = media.document
    by_type = {type(attribute): attribute for attribute in document.attributes}
    name = by_type.get(types.DocumentAttributeFilename)
    if (sticker := by_type.get(types.DocumentAttributeSticker)) is not None:
        return f"sticker {sticker.alt}"
    if types.DocumentAttributeAnimated in by_type:
        kind = "animation"
    elif (video := by_type.get(types.DocumentAttributeVideo)) is not None:
        kind = "video note" if video.round_message else "video"
    elif (audio := by_type.get(types.DocumentAttributeAudio)) is not None:
        kind = "voice" if audio.voice else "audio"
    else:
        kind = "document"
    shown = "" if name is None else f" {name.file_name}"
    return f"{kind}{shown} {_size(document.size)}"


def _point(geo: TlObject) -> str:
    return f"{geo.lat:.4f}, {geo.long:.4f}"


_DESCRIPTIONS: dict[type, Callable[[TlObject], str]] = {
    types.MessageMediaPhoto: lambda m: (
        f"photo {_size(max(s.size for s in m.photo.sizes))}" if m.photo else "photo, gone"
    ),
    types.MessageMediaDocument: _document,
    types.MessageMediaContact: lambda m: (
        f"contact {m.first_name} {m.last_name}".rstrip() + f" {m.phone_number}"
    ),
    types.MessageMediaGeo: lambda m: f"location {_point(m.geo)}",
    types.MessageMediaGeoLive: lambda m: f"live location {_point(m.geo)}",
    types.MessageMediaVenue: lambda m: f"venue {m.title}, {m.address}",
    types.MessageMediaDice: lambda m: f"dice {m.emoticon} {m.value}",
    types.MessageMediaPoll: lambda m: f"poll {m.poll.question.text}",
    types.MessageMediaGame: lambda m: f"game {m.game.title}",
    types.MessageMediaInvoice: lambda m: (
        f"invoice {m.title} {m.total_amount / 100:.2f} {m.currency}"
    ),
    types.MessageMediaToDo: lambda m: f"checklist {m.todo.title.text}",
    types.MessageMediaWebPage: lambda m: f"link {m.webpage.url}",
}
