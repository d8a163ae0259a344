"""Files downloaded and uploaded again at once, part by part: there is never more of a file than
one part in memory, and nothing on disk.

Known limitations: thumbnails and covers are left to Telegram, which makes its own for photos and
most videos; while a large file is on its way, nothing else goes to its destination.

https://core.telegram.org/api/files
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from telethon.tl import functions, types

from daemon.core.model import Media, MediaKind
from daemon.core.retry import ErrorKind, Failure
from daemon.core.text import clean_file_name
from daemon.telegram.calls import Calls, RequestFailed
from daemon.telegram.input_media import message_media_of

PART = 512 * 1024
"""Bytes asked for and sent at a time; no request takes more."""

_SMALL = 10 * 1024 * 1024
"""Bytes up to which a file goes with a checksum; a larger one must go as a big one."""

_TRIES = 3
"""Attempts for one part; asking again for a part or saving it again changes nothing."""
_PAUSE_S = 1.0
_PATIENCE_S = 60.0
"""Longest wait ordered by Telegram that is waited for in the middle of a file."""


@dataclass(frozen=True, slots=True)
class _File:
    location: Any
    dc_id: int
    size: int
    """Bytes."""


class Transfer:
    """Copies files. `cap_bytes`: the largest that is copied."""

    def __init__(
        self, calls: Calls, cap_bytes: int, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._calls = calls
        self._cap_bytes = cap_bytes
        self._sleep = sleep

    async def uploaded(self, media: Media) -> Any:
        """The media's file uploaded again, ready to be sent. What a file was called, how long it
        plays and what else was told of it stays.

        Raises `RequestFailed` or `SessionRefused`."""
        message_media = message_media_of(media)
        file = _file_in(message_media)
        if file is None or file.size <= 0:
            raise RequestFailed(Failure(ErrorKind.NO_COPY, "no file"))
        if file.size > self._cap_bytes:
            raise RequestFailed(Failure(ErrorKind.TOO_LARGE, f"{file.size} bytes"))
        uploaded = await self._copy(file)
        if isinstance(message_media, types.MessageMediaPhoto):
            return types.InputMediaUploadedPhoto(uploaded, spoiler=message_media.spoiler)
        document = message_media.document
        return types.InputMediaUploadedDocument(
            uploaded,
            mime_type=document.mime_type,
            attributes=_attributes(document),
            spoiler=message_media.spoiler,
            # A video without sound would become a GIF, a picture sent as a file a photo.
            nosound_video=media.kind is MediaKind.VIDEO or None,
            force_file=media.kind is MediaKind.DOCUMENT or None,
        )

    async def _copy(self, file: _File) -> Any:
        file_id = secrets.randbits(63)
        total = -(-file.size // PART)
        is_big = file.size > _SMALL
        checksum = hashlib.md5(usedforsecurity=False)
        for number in range(total):
            part = await self._download(file, number * PART)
            checksum.update(part)
            await self._ask(
                functions.upload.SaveBigFilePartRequest(file_id, number, total, part)
                if is_big
                else functions.upload.SaveFilePartRequest(file_id, number, part)
            )
        if is_big:
            return types.InputFileBig(file_id, total, "file")
        return types.InputFile(file_id, total, "file", checksum.hexdigest())

    async def _download(self, file: _File, offset: int) -> bytes:
        request = functions.upload.GetFileRequest(file.location, offset=offset, limit=PART)
        answer = await self._ask(request, file.dc_id)
        part = bytes(getattr(answer, "bytes", b""))  # none where it is a redirect, not for bots
        if len(part) != min(PART, file.size - offset):
            raise RequestFailed(Failure(ErrorKind.NO_COPY, "not of the size that was told"))
        return part

    async def _ask(self, request: Any, dc_id: int | None = None) -> Any:
        tries = 0
        while True:
            tries += 1
            try:
                return await self._calls.answer_to(request, dc_id)
            except RequestFailed as error:
                match error.failure:
                    case Failure(kind=ErrorKind.FLOOD_WAIT, wait_s=wait_s) if wait_s < _PATIENCE_S:
                        await self._sleep(wait_s)
                    case Failure(kind=ErrorKind.UNKNOWN_OUTCOME) if tries < _TRIES:
                        await self._sleep(_PAUSE_S)
                    case _:
                        raise


def _file_in(media: Any) -> _File | None:
    """What to download, and from where; of a photo its largest size."""
    if isinstance(media, types.MessageMediaPhoto):
        photo = media.photo
        sizes = {size.type: _bytes_in(size) for size in photo.sizes}
        if not sizes:
            return None
        largest = max(sizes, key=lambda kind: sizes[kind])
        location = types.InputPhotoFileLocation(
            photo.id, photo.access_hash, photo.file_reference, largest
        )
        return _File(location, photo.dc_id, sizes[largest])
    if isinstance(media, types.MessageMediaDocument):
        document = media.document
        location = types.InputDocumentFileLocation(
            document.id, document.access_hash, document.file_reference, ""
        )
        return _File(location, document.dc_id, document.size)
    return None


def _bytes_in(size: Any) -> int:
    """https://core.telegram.org/type/PhotoSize; 0 for what is no file of its own."""
    match size:
        case types.PhotoSize():
            return int(size.size)
        case types.PhotoSizeProgressive():
            return max(size.sizes, default=0)
        case _:
            return 0


def _attributes(document: Any) -> list[Any]:
    attributes = []
    for attribute in document.attributes:
        match attribute:
            case types.DocumentAttributeHasStickers():
                continue  # would have to name them
            case types.DocumentAttributeFilename():
                kept = types.DocumentAttributeFilename(clean_file_name(attribute.file_name))
            case types.DocumentAttributeSticker():
                kept = types.DocumentAttributeSticker(attribute.alt, types.InputStickerSetEmpty())
            case _:
                kept = attribute
        attributes.append(kept)
    return attributes
