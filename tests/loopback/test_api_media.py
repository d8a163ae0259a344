"""Requests with media: sends, albums, forwards, uploads and downloads."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from telethon.tl import functions, types

from tests.loopback.fakes import FakeCaller, ask
from tests.loopback.rpc import RpcError, TlObject
from tests.loopback.world import Person, StoredMessage, Supergroup, World


@dataclass
class Scene:
    world: World = field(default_factory=lambda: World(seed=1))
    alice: Person = field(init=False)
    bot: Person = field(init=False)
    customers: Supergroup = field(init=False)
    staff: Supergroup = field(init=False)

    def __post_init__(self) -> None:
        self.alice = self.world.add_user("Alice", phone="4915100000001")
        self.bot = self.world.add_bot("Bot", username="support_bot", privacy=False)
        self.customers = self.world.add_supergroup("Customers", members=[self.alice, self.bot])
        self.staff = self.world.add_supergroup("Staff", members=[self.bot])

    def peer(self, group: Supergroup) -> TlObject:
        return types.InputPeerChannel(group.id, self.world.access_hash(self.bot, group))

    def random_id(self) -> int:
        return self.world.random.getrandbits(60) + 1

    async def fetched(self, message: StoredMessage) -> TlObject:
        """The message as the bot reads it."""
        request = functions.channels.GetMessagesRequest(
            types.InputChannel(message.chat.id, 0), [types.InputMessageID(message.id)]
        )
        return (await ask(self.world, self.bot, request)).messages[0]

    async def send(self, media: TlObject, text: str = "") -> StoredMessage:
        request = functions.messages.SendMediaRequest(
            self.peer(self.staff), media, text, random_id=self.random_id()
        )
        await ask(self.world, self.bot, request)
        return self.staff.messages[-1]

    async def upload(self, content: bytes, file_id: int = 9) -> TlObject:
        for part in range(0, len(content), 1024):
            piece = content[part : part + 1024]
            request = functions.upload.SaveFilePartRequest(file_id, part // 1024, piece)
            assert await ask(self.world, self.bot, request)
        return types.InputFile(file_id, -(-len(content) // 1024), "name.bin", "")

    async def download(self, location: TlObject, size: int) -> bytes:
        content = b""
        while len(content) < size:
            request = functions.upload.GetFileRequest(location, len(content), 4096)
            content += (await ask(self.world, self.bot, request)).bytes
        return content


@pytest.fixture
def scene() -> Scene:
    return Scene()


def input_photo(message: TlObject) -> TlObject:
    photo = message.media.photo
    return types.InputMediaPhoto(
        types.InputPhoto(photo.id, photo.access_hash, photo.file_reference)
    )


def input_document(message: TlObject) -> TlObject:
    document = message.media.document
    return types.InputMediaDocument(
        types.InputDocument(document.id, document.access_hash, document.file_reference)
    )


async def test_a_photo_and_a_document_are_sent_again_by_reference(scene: Scene) -> None:
    photo = scene.customers.say(scene.alice, media=scene.world.media.photo())
    voice = scene.customers.say(scene.alice, media=scene.world.media.voice())

    sent = await scene.send(input_photo(await scene.fetched(photo)), "caption")
    spoken = await scene.send(input_document(await scene.fetched(voice)))

    assert (sent.media.photo.id, sent.text) == (photo.media.photo.id, "caption")
    assert spoken.media.document.id == voice.media.document.id
    assert spoken.media.voice


async def test_an_old_reference_is_refused_until_the_message_is_read_again(scene: Scene) -> None:
    photo = scene.customers.say(scene.alice, media=scene.world.media.photo())
    old = input_photo(await scene.fetched(photo))
    scene.world.files.expire_references()

    with pytest.raises(RpcError, match="400 FILE_REFERENCE_EXPIRED"):
        await scene.send(old)
    sent = await scene.send(input_photo(await scene.fetched(photo)))
    assert sent.media.photo.id == photo.media.photo.id


async def test_what_is_uploaded_is_sent_and_comes_back_the_same(scene: Scene) -> None:
    content = bytes(range(256)) * 40 + b"end"
    name = types.DocumentAttributeFilename("name.bin")
    media = types.InputMediaUploadedDocument(
        await scene.upload(content), "application/octet-stream", [name]
    )

    document = (await scene.fetched(await scene.send(media))).media.document

    assert (document.size, document.mime_type) == (len(content), "application/octet-stream")
    location = types.InputDocumentFileLocation(
        document.id, document.access_hash, document.file_reference, ""
    )
    assert await scene.download(location, len(content)) == content


async def test_a_photo_is_downloaded_in_the_size_asked_for(scene: Scene) -> None:
    content = bytes(range(256)) * 8
    media = types.InputMediaUploadedPhoto(await scene.upload(content))

    photo = (await scene.fetched(await scene.send(media))).media.photo

    largest = max(photo.sizes, key=lambda size: size.size)
    location = types.InputPhotoFileLocation(
        photo.id, photo.access_hash, photo.file_reference, largest.type
    )
    assert await scene.download(location, len(content)) == content


@pytest.mark.parametrize(
    "offset, limit, precise, error",
    [
        (1, 4096, False, "OFFSET_INVALID"),
        (-4096, 4096, False, "OFFSET_INVALID"),
        (0, 4095, False, "LIMIT_INVALID"),
        (0, 0, False, "LIMIT_INVALID"),
        (0, 12288, False, "LIMIT_INVALID"),
        (0, 2 * 1024 * 1024, False, "LIMIT_INVALID"),
        (1024, 1024 * 1024, True, "LIMIT_INVALID"),
        (1024, 3072, True, None),
        (0, 1024 * 1024, False, None),
    ],
)
async def test_ranges_of_a_file(
    scene: Scene, offset: int, limit: int, precise: bool, error: str | None
) -> None:
    document = scene.world.media.document(5_000).document
    location = types.InputDocumentFileLocation(
        document.id, document.access_hash, document.file_reference, ""
    )
    request = functions.upload.GetFileRequest(location, offset, limit, precise=precise)

    if error is None:
        answer = await ask(scene.world, scene.bot, request)
        assert len(answer.bytes) == min(limit, 5_000 - offset)
    else:
        with pytest.raises(RpcError, match=error):
            await ask(scene.world, scene.bot, request)


async def test_media_without_a_file(scene: Scene) -> None:
    point = types.InputGeoPoint(48.1, 11.5)
    question = types.TextWithEntities("Why?", [])
    answers = [types.PollAnswer(types.TextWithEntities(each, []), each.encode()) for each in "ab"]

    contact = await scene.send(types.InputMediaContact("+4915100000001", "A", "", "card"))
    geo = await scene.send(types.InputMediaGeoPoint(point))
    venue = await scene.send(types.InputMediaVenue(point, "Cafe", "Street", "x", "id", "type"))
    dice = await scene.send(types.InputMediaDice("🎲"))
    poll = await scene.send(types.InputMediaPoll(types.Poll(0, question, answers, 0)))

    assert (contact.media.user_id, contact.media.vcard) == (scene.alice.id, "card")
    assert (geo.media.geo.lat, geo.media.geo.long) == (48.1, 11.5)
    assert (venue.media.title, venue.media.geo.lat) == ("Cafe", 48.1)
    assert 1 <= dice.media.value <= 6
    assert poll.media.poll.id != 0
    assert [answer.option for answer in poll.media.poll.answers] == [b"a", b"b"]
    with pytest.raises(RpcError, match="MEDIA_EMPTY"):
        await scene.send(types.InputMediaEmpty())
    with pytest.raises(NotImplementedError, match="InputMediaStory"):
        await scene.send(types.InputMediaStory(types.InputPeerSelf(), 1))


def album(scene: Scene, *media: TlObject) -> TlObject:
    return functions.messages.SendMultiMediaRequest(
        scene.peer(scene.staff),
        [
            types.InputSingleMedia(each, f"caption {n}", random_id=scene.random_id())
            for n, each in enumerate(media)
        ],
    )


async def test_an_album_is_sent_whole_and_again_by_the_same_ids(scene: Scene) -> None:
    sources = scene.customers.album(
        scene.alice, [scene.world.media.photo(), scene.world.media.document()], "look"
    )
    first, second = [await scene.fetched(message) for message in sources]
    request = album(scene, input_photo(first), input_document(second))

    answer = await ask(scene.world, scene.bot, request)
    again = await ask(scene.world, scene.bot, request)

    told = [u for u in answer.updates if isinstance(u, types.UpdateMessageID)]
    assert [u.random_id for u in told] == [each.random_id for each in request.multi_media]
    new = [u for u in answer.updates if isinstance(u, types.UpdateNewChannelMessage)]
    assert [u.message.id for u in new] == [u.id for u in told]
    assert len({u.message.grouped_id for u in new}) == 1
    assert new[0].message.grouped_id != sources[0].grouped_id
    assert [m.text for m in scene.staff.messages] == ["caption 0", "caption 1"]
    assert [u.pts_count for u in again.updates if hasattr(u, "pts")] == [0, 0]


async def test_an_error_about_a_reference_says_which_item_of_the_album(scene: Scene) -> None:
    photo = scene.customers.say(scene.alice, media=scene.world.media.photo())
    old = input_photo(await scene.fetched(photo))
    scene.world.files.expire_references()
    new = input_photo(await scene.fetched(photo))

    with pytest.raises(RpcError, match="FILE_REFERENCE_1_EXPIRED"):
        await ask(scene.world, scene.bot, album(scene, new, old))
    assert scene.staff.messages == []


async def test_albums_that_cannot_be(scene: Scene) -> None:
    photo = input_photo(
        await scene.fetched(scene.customers.say(scene.alice, media=scene.world.media.photo()))
    )
    uploaded = types.InputMediaUploadedPhoto(await scene.upload(b"photo"))

    for request, error in [
        (album(scene), "MEDIA_EMPTY"),
        (album(scene, *[photo] * 11), "MULTI_MEDIA_TOO_LONG"),
        (album(scene, photo, uploaded), "MEDIA_INVALID"),
    ]:
        with pytest.raises(RpcError, match=error):
            await ask(scene.world, scene.bot, request)
    upload = functions.messages.UploadMediaRequest(scene.peer(scene.staff), uploaded)
    ready = await ask(scene.world, scene.bot, upload)
    assert isinstance(ready, types.MessageMediaPhoto)


def forward(scene: Scene, source: Supergroup, ids: list[int], **settings: TlObject) -> TlObject:
    settings.setdefault("random_id", [scene.random_id() for _ in ids])
    return functions.messages.ForwardMessagesRequest(
        scene.peer(source), ids, scene.peer(scene.staff), **settings
    )


async def test_forwards_with_and_without_the_author(scene: Scene) -> None:
    message = scene.customers.say(scene.alice, "look", media=scene.world.media.dice())

    named = await ask(scene.world, scene.bot, forward(scene, scene.customers, [message.id]))
    bare = await ask(
        scene.world,
        scene.bot,
        forward(scene, scene.customers, [message.id], drop_author=True, drop_media_captions=True),
    )

    assert named.updates[1].message.fwd_from.from_id.user_id == scene.alice.id
    assert scene.alice.id in {user.id for user in named.users}
    copy = bare.updates[1].message
    assert (copy.fwd_from, copy.message) == (None, "")
    assert copy.media.value == message.media.value, "a forwarded die is not thrown again"


async def test_a_repeated_forward_is_answered_with_the_originals(scene: Scene) -> None:
    ids = [scene.customers.say(scene.alice, text).id for text in ("a", "b")]
    request = forward(scene, scene.customers, ids)

    first = await ask(scene.world, scene.bot, request)
    again = await ask(scene.world, scene.bot, request)

    assert [u.id for u in first.updates[:2]] == [u.id for u in again.updates[:2]]
    assert len(scene.staff.messages) == 2


async def test_forwards_leave_out_what_is_missing(scene: Scene) -> None:
    kept, gone = (scene.customers.say(scene.alice, text) for text in ("kept", "gone"))
    scene.customers.delete(gone)

    await ask(scene.world, scene.bot, forward(scene, scene.customers, [kept.id, gone.id]))

    assert [m.text for m in scene.staff.messages] == ["kept"]
    for request, error in [
        (forward(scene, scene.customers, [gone.id]), "MESSAGE_ID_INVALID"),
        (forward(scene, scene.customers, []), "MESSAGE_IDS_EMPTY"),
        (forward(scene, scene.customers, [kept.id], random_id=[1, 2]), "RANDOM_ID_INVALID"),
        (forward(scene, scene.customers, [1]), "MESSAGE_ID_INVALID"),  # a service message
        (forward(scene, scene.customers, [kept.id] * 101), "LIMIT_INVALID"),
    ]:
        with pytest.raises(RpcError, match=error):
            await ask(scene.world, scene.bot, request)


async def test_protected_messages_are_not_forwarded_but_can_be_sent_again(scene: Scene) -> None:
    scene.customers.protected = True
    photo = scene.customers.say(scene.alice, media=scene.world.media.photo())

    with pytest.raises(RpcError, match="CHAT_FORWARDS_RESTRICTED"):
        await ask(scene.world, scene.bot, forward(scene, scene.customers, [photo.id]))
    sent = await scene.send(input_photo(await scene.fetched(photo)))
    assert sent.media.photo.id == photo.media.photo.id


async def test_a_message_can_be_protected_by_itself(scene: Scene) -> None:
    request = functions.messages.SendMessageRequest(
        scene.peer(scene.staff), "for your eyes only", noforwards=True, random_id=1
    )
    sent = await ask(scene.world, scene.bot, request)

    assert sent.updates[1].message.noforwards
    with pytest.raises(RpcError, match="CHAT_FORWARDS_RESTRICTED"):
        await ask(scene.world, scene.bot, forward(scene, scene.staff, [sent.updates[0].id]))


async def test_files_of_protected_chats_may_be_kept_from_being_sent_again(scene: Scene) -> None:
    scene.world.protected_files_resent = False
    free = scene.customers.say(scene.alice, media=scene.world.media.photo())
    scene.customers.protected = True
    kept = scene.customers.say(scene.alice, media=scene.world.media.photo())
    await scene.send(input_photo(await scene.fetched(free)))
    with pytest.raises(RpcError, match="CHAT_FORWARDS_RESTRICTED"):
        await scene.send(input_photo(await scene.fetched(kept)))


async def test_a_file_is_given_out_where_it_is_kept_alone(scene: Scene) -> None:
    scene.world.home_dc = 4
    document = scene.world.media.document(b"content").document
    request = functions.upload.GetFileRequest(
        types.InputDocumentFileLocation(
            document.id, document.access_hash, document.file_reference, ""
        ),
        0,
        4096,
    )
    with pytest.raises(RpcError, match="FILE_MIGRATE_4"):
        await ask(scene.world, FakeCaller(scene.bot.id, dc_id=2), request)
    there = FakeCaller(dc_id=4)
    with pytest.raises(RpcError, match="AUTH_KEY_UNREGISTERED"):
        await ask(scene.world, there, request)
    with pytest.raises(RpcError, match="DC_ID_INVALID"):
        await ask(scene.world, scene.bot, functions.auth.ExportAuthorizationRequest(2))

    exported = await ask(scene.world, scene.bot, functions.auth.ExportAuthorizationRequest(4))
    login = functions.auth.ImportAuthorizationRequest(exported.id, exported.bytes)
    await ask(scene.world, there, login)
    assert there.user_id == scene.bot.id
    assert (await ask(scene.world, there, request)).bytes == b"content"
    with pytest.raises(RpcError, match="AUTH_BYTES_INVALID"):
        await ask(scene.world, FakeCaller(dc_id=4), login)


async def test_the_answer_of_a_quiz_is_told_when_it_is_over(scene: Scene) -> None:
    running = scene.customers.say(
        scene.alice, media=scene.world.media.poll("2+2?", "3", "4", quiz=True)
    )
    over = scene.customers.say(
        scene.alice, media=scene.world.media.poll("2+2?", "3", "4", quiz=True, told_answer=1)
    )
    assert (await scene.fetched(running)).media.results.results is None
    poll = (await scene.fetched(over)).media
    assert poll.poll.closed
    assert [bool(voters.correct) for voters in poll.results.results] == [False, True]
