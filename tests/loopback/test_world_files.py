"""Files and the references that open them. https://core.telegram.org/api/file-references"""

from __future__ import annotations

from hashlib import md5

import pytest
from telethon.tl import types

from tests.loopback.rpc import RpcError, TlObject
from tests.loopback.world import World
from tests.loopback.world.view import View


def reference_of(world: World, message: TlObject) -> types.InputDocument:
    document = message.media.document
    return types.InputDocument(document.id, document.access_hash, document.file_reference)


def test_references_expire_and_reading_the_message_renews_them() -> None:
    now = [1_700_000_000.0]
    world = World(seed=1, clock=lambda: now[0])
    world.file_reference_lifetime = 60
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    message = group.say(alice, media=world.media.document(b"content"))
    view = View(world, alice)

    first = reference_of(world, view.message(message))
    assert world.files.content(world.files.opened(first, types.Document)) == b"content"
    now[0] += 61
    with pytest.raises(RpcError, match="FILE_REFERENCE_EXPIRED"):
        world.files.opened(first, types.Document)
    renewed = reference_of(world, view.message(message))

    assert world.files.opened(renewed, types.Document).id == first.id


def test_all_references_can_be_made_to_expire_at_once() -> None:
    world = World(seed=1)
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    message = group.say(alice, media=world.media.document())
    view = View(world, alice)
    before = reference_of(world, view.message(message))

    world.files.expire_references()

    with pytest.raises(RpcError, match="FILE_REFERENCE_EXPIRED"):
        world.files.opened(before, types.Document)
    world.files.opened(reference_of(world, view.message(message)), types.Document)


@pytest.mark.parametrize(
    "reference, error", [(b"", "FILE_REFERENCE_EMPTY"), (b"made up", "FILE_REFERENCE_INVALID")]
)
def test_made_up_references_are_refused(reference: bytes, error: str) -> None:
    world = World(seed=1)
    photo = world.media.photo().photo

    with pytest.raises(RpcError, match=error):
        world.files.opened(types.InputPhoto(photo.id, photo.access_hash, reference), types.Photo)
    with pytest.raises(RpcError, match="MEDIA_INVALID"):
        world.files.opened(
            types.InputPhoto(photo.id, photo.access_hash + 1, photo.file_reference), types.Photo
        )


def test_a_photo_has_two_sizes() -> None:
    world = World(seed=1)
    photo = world.media.photo(bytes(range(256)) * 10).photo

    assert [len(world.files.content(photo, size.type)) for size in photo.sizes] == [1000, 2560]
    with pytest.raises(RpcError, match="LOCATION_INVALID"):
        world.files.content(photo, "z")


def test_uploads_are_put_together_and_checked() -> None:
    world = World(seed=1)
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    whole = b"a" * 1024 + b"b" * 10
    world.uploads.save(alice, 5, 1, whole[1024:])

    with pytest.raises(RpcError, match="FILE_PART_0_MISSING"):
        world.uploads.whole(alice, types.InputFile(5, 2, "x", ""))
    world.uploads.save(alice, 5, 0, whole[:1024])

    checked = types.InputFile(5, 2, "x", md5(whole).hexdigest())
    assert world.uploads.whole(alice, checked) == whole
    assert world.uploads.whole(alice, checked) == whole, "a request may be made again"
    for uploader, file, error in [
        (alice, types.InputFile(5, 2, "x", "0" * 32), "MD5_CHECKSUM_INVALID"),
        (alice, types.InputFile(5, 0, "x", ""), "FILE_PARTS_INVALID"),
        (bob, checked, "FILE_PART_0_MISSING"),
    ]:
        with pytest.raises(RpcError, match=error):
            world.uploads.whole(uploader, file)


@pytest.mark.parametrize(
    "part, data, error",
    [
        (-1, b"x", "FILE_PART_INVALID"),
        (0, b"", "FILE_PART_EMPTY"),
        (0, bytes(512 * 1024 + 1), "FILE_PART_TOO_BIG"),
    ],
)
def test_parts_that_cannot_be_are_refused(part: int, data: bytes, error: str) -> None:
    world = World(seed=1)

    with pytest.raises(RpcError, match=error):
        world.uploads.save(world.add_user("Alice"), 1, part, data)
