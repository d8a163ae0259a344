"""Parts of files on their way in. https://core.telegram.org/api/files#uploading-files"""

from __future__ import annotations

from hashlib import md5

from tests.loopback.rpc import TlObject
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal

PART_LIMIT = 512 * 1024
"""Bytes of one part."""


class Uploads:
    """Parts that were saved and not yet used, by the account and the id it chose for the file."""

    def __init__(self) -> None:
        self._parts: dict[tuple[int, int], dict[int, bytes]] = {}

    def save(self, uploader: Person, file_id: int, part: int, data: bytes) -> None:
        """Keep a part. Raises FILE_PART_INVALID, FILE_PART_EMPTY or FILE_PART_TOO_BIG."""
        if part < 0:
            raise refusal("FILE_PART_INVALID")
        if not data:
            raise refusal("FILE_PART_EMPTY")
        if len(data) > PART_LIMIT:
            raise refusal("FILE_PART_TOO_BIG")
        self._parts.setdefault((uploader.id, file_id), {})[part] = data

    def whole(self, uploader: Person, file: TlObject) -> bytes:
        """The content of an InputFile or InputFileBig; its parts stay, so that a request can be
        made again. Raises FILE_PARTS_INVALID, FILE_PART_n_MISSING, FILE_PART_SIZE_CHANGED or
        MD5_CHECKSUM_INVALID."""
        if file.parts <= 0:
            raise refusal("FILE_PARTS_INVALID")
        parts = self._parts.get((uploader.id, file.id), {})
        for number in range(file.parts):
            if number not in parts:
                raise refusal(f"FILE_PART_{number}_MISSING")
        ordered = [parts[number] for number in range(file.parts)]
        if any(len(part) != len(ordered[0]) for part in ordered[:-1]):
            raise refusal("FILE_PART_SIZE_CHANGED")
        content = b"".join(ordered)
        checksum = getattr(file, "md5_checksum", "")
        if checksum and md5(content).hexdigest() != checksum:
            raise refusal("MD5_CHECKSUM_INVALID")
        return content
