"""upload.*: https://core.telegram.org/api/files"""

from __future__ import annotations

from telethon.tl import functions, types

from tests.loopback.api.callers import account
from tests.loopback.rpc import Context, TlObject, handles
from tests.loopback.world.refusals import file_migrate, refusal

CHUNK_LIMIT = 1024 * 1024
"""Bytes; a request stays within one chunk of this size."""
BLOCK = 4 * 1024
"""Bytes that offsets and limits are multiples of; a precise request counts in 1 KB."""


@handles(functions.upload.SaveFilePartRequest)
async def save_file_part(context: Context, request: TlObject) -> bool:
    context.world.uploads.save(account(context), request.file_id, request.file_part, request.bytes)
    return True


@handles(functions.upload.SaveBigFilePartRequest)
async def save_big_file_part(context: Context, request: TlObject) -> bool:
    if request.file_part >= request.file_total_parts:
        raise refusal("FILE_PART_INVALID")
    context.world.uploads.save(account(context), request.file_id, request.file_part, request.bytes)
    return True


@handles(functions.upload.GetFileRequest)
async def get_file(context: Context, request: TlObject) -> TlObject:
    account(context)
    if context.caller.dc_id != context.world.home_dc:
        raise file_migrate(context.world.home_dc)
    _check_range(request)
    files = context.world.files
    location = request.location
    if isinstance(location, types.InputPhotoFileLocation):
        file, kind = files.opened(location, types.Photo), types.storage.FileJpeg()
    elif isinstance(location, types.InputDocumentFileLocation):
        file, kind = files.opened(location, types.Document), types.storage.FilePartial()
    else:
        raise NotImplementedError(type(location).__name__)
    content = files.content(file, location.thumb_size)
    part = content[request.offset : request.offset + request.limit]
    return types.upload.File(kind, int(context.world.clock()), part)


def _check_range(request: TlObject) -> None:
    """https://core.telegram.org/api/files#downloading-files"""
    offset, limit = request.offset, request.limit
    block = 1024 if request.precise else BLOCK
    if offset < 0 or offset % block:
        raise refusal("OFFSET_INVALID")
    if not 0 < limit <= CHUNK_LIMIT or limit % block:
        raise refusal("LIMIT_INVALID")
    if not request.precise and CHUNK_LIMIT % limit:
        raise refusal("LIMIT_INVALID")
    if offset // CHUNK_LIMIT != (offset + limit - 1) // CHUNK_LIMIT:
        raise refusal("LIMIT_INVALID")
