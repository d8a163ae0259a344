"""Who may write what. https://core.telegram.org/api/rights"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.draft import Draft
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal

if TYPE_CHECKING:
    from tests.loopback.world.group import Group

_BY_ATTRIBUTE = (
    ("DocumentAttributeSticker", "send_stickers", "CHAT_SEND_STICKERS_FORBIDDEN"),
    ("DocumentAttributeAnimated", "send_gifs", "CHAT_SEND_GIFS_FORBIDDEN"),
)


def check_may_write(group: Group, sender: Person, draft: Draft) -> None:
    """Raise what Telegram answers if this member may not send this."""
    member = group.members[sender.id]
    if group.shares_ids and sender.spam_limited:
        raise refusal("USER_BANNED_IN_CHANNEL")
    if member.is_admin:
        return
    for rights in (group.default_restrictions, member.restrictions):
        if rights is None:
            continue
        for right, error in _needed(draft):
            if getattr(rights, right):
                raise refusal(error)


def _needed(draft: Draft) -> Iterator[tuple[str, str]]:
    """Each right of ChatBannedRights that must not be set, with the error if it is."""
    yield "view_messages", "CHAT_WRITE_FORBIDDEN"
    if draft.media is None or isinstance(draft.media, types.MessageMediaWebPage):
        yield "send_messages", "CHAT_WRITE_FORBIDDEN"
        yield "send_plain", "CHAT_SEND_PLAIN_FORBIDDEN"
        return
    yield "send_messages", "CHAT_WRITE_FORBIDDEN"
    yield "send_media", "CHAT_SEND_MEDIA_FORBIDDEN"
    if isinstance(draft.media, types.MessageMediaPhoto):
        yield "send_photos", "CHAT_SEND_PHOTOS_FORBIDDEN"
    elif isinstance(draft.media, types.MessageMediaPoll):
        yield "send_polls", "CHAT_SEND_POLL_FORBIDDEN"
    elif isinstance(draft.media, types.MessageMediaDocument):
        yield _document_right(draft.media.document)


def _document_right(document: TlObject) -> tuple[str, str]:
    by_name = {type(attribute).__name__: attribute for attribute in document.attributes}
    for name, right, error in _BY_ATTRIBUTE:
        if name in by_name:
            return right, error
    if (audio := by_name.get("DocumentAttributeAudio")) is not None:
        if audio.voice:
            return "send_voices", "CHAT_SEND_VOICES_FORBIDDEN"
        return "send_audios", "CHAT_SEND_AUDIOS_FORBIDDEN"
    if (video := by_name.get("DocumentAttributeVideo")) is not None:
        if video.round_message:
            return "send_roundvideos", "CHAT_SEND_ROUNDVIDEOS_FORBIDDEN"
        return "send_videos", "CHAT_SEND_VIDEOS_FORBIDDEN"
    return "send_docs", "CHAT_SEND_DOCS_FORBIDDEN"
