"""Stored photos and documents, their content and the references that open them.

https://core.telegram.org/api/file-references
"""

from __future__ import annotations

import copy
import struct
from collections.abc import Iterable
from typing import TYPE_CHECKING

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.refusals import refusal

if TYPE_CHECKING:
    from tests.loopback.world.world import World

_REFERENCE = struct.Struct(">IId")
"""Generation, a magic number, and when it was issued."""
_MAGIC = 0x46494C45
_THUMBNAIL = 1_000
"""Bytes of the small size of a photo."""


class FileStore:
    """Photos and documents by id.

    A reference opens a file for `file_reference_lifetime` seconds of the world's behaviour, and
    no longer than until `expire_references`. Fetching a message renews those in it.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._content: dict[int, bytes] = {}
        self._objects: dict[int, TlObject] = {}
        self._generation = 0
        self._protected: set[int] = set()

    # Making

    def photo(self, content: bytes, width: int = 1280, height: int = 720) -> TlObject:
        """Store a photo in two sizes; the small one is the beginning of the large."""
        photo_id = self._keep(content)
        small = min(_THUMBNAIL, len(content))
        photo = types.Photo(
            id=photo_id,
            access_hash=self._world.random.getrandbits(63) or 1,
            file_reference=self._reference(),
            date=self._world.now(),
            sizes=[
                types.PhotoSize("m", 320, 180, small),
                types.PhotoSize("y", width, height, len(content)),
            ],
            dc_id=self._world.home_dc,
        )
        self._objects[photo_id] = photo
        return photo

    def document(self, content: bytes, mime_type: str, attributes: Iterable[TlObject]) -> TlObject:
        document_id = self._keep(content)
        document = types.Document(
            id=document_id,
            access_hash=self._world.random.getrandbits(63) or 1,
            file_reference=self._reference(),
            date=self._world.now(),
            mime_type=mime_type,
            size=len(content),
            dc_id=self._world.home_dc,
            attributes=list(attributes),
        )
        self._objects[document_id] = document
        return document

    def _keep(self, content: bytes) -> int:
        file_id = self._world.random.getrandbits(62)
        self._content[file_id] = content
        return file_id

    # References

    def _reference(self) -> bytes:
        return _REFERENCE.pack(self._generation, _MAGIC, self._world.clock())

    def expire_references(self) -> None:
        """Make every reference that was ever given out invalid."""
        self._generation += 1

    def protect(self, media: TlObject | None) -> None:
        """Note that a file is in a chat with content protection."""
        for name in ("photo", "document"):
            if (file := getattr(media, name, None)) is not None:
                self._protected.add(file.id)

    def check_may_resend(self, file: TlObject) -> None:
        """Raises CHAT_FORWARDS_RESTRICTED."""
        if file.id in self._protected and not self._world.protected_files_resent:
            raise refusal("CHAT_FORWARDS_RESTRICTED")

    def renewed(self, media: TlObject | None) -> TlObject | None:
        """The media as a message carries it now: with references that are good."""
        name = {"MessageMediaPhoto": "photo", "MessageMediaDocument": "document"}.get(
            type(media).__name__
        )
        if name is None or (file := getattr(media, name)) is None:
            return media
        lasting = self._world.file_reference_lifetime is None
        if lasting and _REFERENCE.unpack(file.file_reference)[0] == self._generation:
            return media
        renewed = copy.copy(media)
        fresh = copy.copy(file)
        fresh.file_reference = self._reference()
        setattr(renewed, name, fresh)
        return renewed

    # Opening

    def opened(self, location: TlObject, kind: TlObject) -> TlObject:
        """The photo or document that an InputPhoto, InputDocument or file location names. Raises
        FILE_REFERENCE_EMPTY, _INVALID or _EXPIRED, and MEDIA_INVALID if there is no such file."""
        file: TlObject = self._objects.get(location.id)
        if not isinstance(file, kind) or file.access_hash != location.access_hash:
            raise refusal("MEDIA_INVALID")
        self._check(location.file_reference)
        return file

    def _check(self, reference: bytes) -> None:
        if not reference:
            raise refusal("FILE_REFERENCE_EMPTY")
        try:
            generation, magic, issued = _REFERENCE.unpack(reference)
        except struct.error:
            raise refusal("FILE_REFERENCE_INVALID") from None
        if magic != _MAGIC:
            raise refusal("FILE_REFERENCE_INVALID")
        lifetime = self._world.file_reference_lifetime
        too_old = lifetime is not None and self._world.clock() - issued > lifetime
        if generation != self._generation or too_old:
            raise refusal("FILE_REFERENCE_EXPIRED")

    def content(self, file: TlObject, thumb_size: str = "") -> bytes:
        """The bytes of a file, or of one of the sizes of a photo."""
        whole = self._content[file.id]
        if not isinstance(file, types.Photo):
            if thumb_size:
                raise refusal("LOCATION_INVALID")
            return whole
        size = next((size for size in file.sizes if size.type == thumb_size), None)
        if size is None:
            raise refusal("LOCATION_INVALID")
        return whole[: size.size]
