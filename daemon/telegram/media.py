"""Media of messages: what is kept of it on the way in, what is sent of it on the way out.

https://core.telegram.org/api/files
"""

from __future__ import annotations

from typing import Any

from telethon.extensions import BinaryReader
from telethon.tl import types

from daemon.core.model import Media, MediaKind, MessageKey

_NO_MEDIA = (type(None), types.MessageMediaEmpty, types.MessageMediaWebPage)
"""A link preview is made by the server again from the copied text."""


def to_media(media: Any, source: MessageKey) -> Media | None:
    """What a message carries beside its text; None where that is nothing to be copied."""
    if isinstance(media, _NO_MEDIA):
        return None
    blob = bytes(media)
    kind, label = MediaKind.UNSUPPORTED, type(media).__name__.removeprefix("MessageMedia")
    if getattr(media, "ttl_seconds", None):
        return Media(kind, source, blob, f"Self-destructing {label}")
    if isinstance(media, types.MessageMediaPhoto) and isinstance(media.photo, types.Photo):
        kind, label = MediaKind.PHOTO, "Photo"
    elif isinstance(media, types.MessageMediaDocument) and isinstance(
        media.document, types.Document
    ):
        kind, label = MediaKind.DOCUMENT, _file_name(media.document)
    return Media(kind, source, blob, label)


def _file_name(document: Any) -> str:
    for attribute in document.attributes:
        if isinstance(attribute, types.DocumentAttributeFilename):
            return str(attribute.file_name)
    return "Document"


def to_input_media(media: Media) -> Any:
    """The media as it is sent again, without a download: by its id and file reference."""
    with BinaryReader(media.blob) as reader:
        message_media = reader.tgread_object()
    spoiler = message_media.spoiler or None
    if media.kind is MediaKind.PHOTO:
        photo = message_media.photo
        reference = types.InputPhoto(photo.id, photo.access_hash, photo.file_reference)
        return types.InputMediaPhoto(reference, spoiler=spoiler)
    document = message_media.document
    reference = types.InputDocument(document.id, document.access_hash, document.file_reference)
    return types.InputMediaDocument(reference, spoiler=spoiler)
