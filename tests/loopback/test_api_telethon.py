"""The world through the real client, over the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from telethon import TelegramClient, errors, events
from telethon.crypto import rsa
from telethon.sessions import MemorySession
from telethon.tl import functions, types

from tests.loopback.server import LoopbackTelegram
from tests.loopback.world import BasicGroup, Person, Supergroup, World

PHONE = "+4915100000001"


@dataclass
class Scene:
    telegram: LoopbackTelegram
    world: World
    alice: Person
    bot: Person
    group: Supergroup
    basic: BasicGroup
    sessions: dict[int, MemorySession] = field(default_factory=dict)

    @asynccontextmanager
    async def logged_in(self, person: Person, **settings: Any) -> AsyncIterator[TelegramClient]:
        """A client of this account; the next one goes on with its session."""
        session = self.sessions.setdefault(person.id, MemorySession())
        if session.auth_key is None:
            session.set_dc(self.telegram.dc_id, self.telegram.host, self.telegram.port)
        client = TelegramClient(session, 1, "x" * 32, **settings)
        TelegramClient._config = None  # kept on the class: another server's ports
        try:
            await client.connect()
            if person.is_bot:
                await client.start(bot_token=person.token)
            else:
                await client.start(phone=PHONE, code_callback=lambda: "12345")
                await client.get_dialogs()  # where a user's client learns of its chats
            yield client
        finally:
            await client.disconnect()


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    world = World(seed=1)
    alice = world.add_user("Alice", username="alice", phone=PHONE)
    bot = world.add_bot("Support", username="support_bot", privacy=False)
    group = world.add_supergroup("Acme", members=[alice, bot])
    basic = world.add_basic_group("Basic", members=[alice, bot])
    async with LoopbackTelegram(world=world) as telegram:
        rsa.add_key(telegram.public_key_path.read_text(), old=False)
        yield Scene(telegram, world, alice, bot, group, basic)


class Inbox:
    """The messages that a client's handlers got."""

    def __init__(self, client: TelegramClient) -> None:
        self._got: asyncio.Queue[Any] = asyncio.Queue()
        client.add_event_handler(self._put, events.NewMessage())

    async def _put(self, event: Any) -> None:
        self._got.put_nowait(event.message)

    async def next(self) -> Any:
        async with asyncio.timeout(10):
            return await self._got.get()

    async def texts(self, count: int) -> list[str]:
        return [(await self.next()).message for _ in range(count)]

    @property
    def empty(self) -> bool:
        return self._got.empty()


async def test_a_bot_and_a_user_log_in_and_talk(scene: Scene) -> None:
    async with scene.logged_in(scene.bot) as bot, scene.logged_in(scene.alice) as alice:
        me = await bot.get_me()
        assert (me.id, me.username, me.bot) == (scene.bot.id, "support_bot", True)
        at_bot, at_alice = Inbox(bot), Inbox(alice)

        for chat in (scene.group, scene.basic):
            asked = await alice.send_message(chat.marked_id, "help, @support_bot")
            question = await at_bot.next()
            assert (question.chat_id, question.sender_id) == (chat.marked_id, scene.alice.id)
            assert question.mentioned
            await question.reply(f"😀 **bold** [you](tg://user?id={scene.alice.id})")
            answer = await at_alice.next()
            assert answer.reply_to.reply_to_msg_id == asked.id
            assert answer.message == "😀 bold you"
            assert [type(entity) for entity in answer.entities] == [
                types.MessageEntityBold,
                types.MessageEntityMentionName,
            ]
            assert (await answer.get_sender()).username == "support_bot"
        assert at_bot.empty, "what one sends does not come back"


async def test_a_private_chat(scene: Scene) -> None:
    async with scene.logged_in(scene.bot) as bot, scene.logged_in(scene.alice) as alice:
        at_bot, at_alice = Inbox(bot), Inbox(alice)
        with pytest.raises(errors.PeerIdInvalidError):
            await bot.send_message(types.InputPeerUser(scene.alice.id, 0), "hello")

        await alice.send_message("support_bot", "/start")
        started = await at_bot.next()
        await started.respond("welcome")

        assert started.is_private
        assert started.sender_id == scene.alice.id
        assert (await at_alice.next()).chat_id == scene.bot.id


async def test_two_sessions_of_an_account_see_each_others_sends(scene: Scene) -> None:
    async with scene.logged_in(scene.alice) as first:
        other = scene.sessions.pop(scene.alice.id)
        async with scene.logged_in(scene.alice) as second:
            at_first, at_second = Inbox(first), Inbox(second)
            await first.send_message(scene.group.marked_id, "hello")
            message = await at_second.next()
            assert (message.message, message.out) == ("hello", True)
            assert at_first.empty
        scene.sessions[scene.alice.id] = other


async def test_edits_and_deletions_reach_a_user(scene: Scene) -> None:
    async with scene.logged_in(scene.bot) as bot, scene.logged_in(scene.alice) as alice:
        changes: asyncio.Queue[Any] = asyncio.Queue()
        alice.add_event_handler(changes.put, events.MessageEdited())
        alice.add_event_handler(changes.put, events.MessageDeleted())
        for chat in (scene.group, scene.basic):
            sent = await bot.send_message(chat.marked_id, "draft")
            await sent.edit("final")
            async with asyncio.timeout(10):
                assert (await changes.get()).message.message == "final"
                (message,) = chat.messages
                await sent.delete()
                deleted = await changes.get()
            assert deleted.deleted_ids == [message.id_for(scene.alice)]
            assert chat.messages == []


async def test_what_was_missed_comes_in_slices(scene: Scene) -> None:
    """500 messages are more than Telethon asks for at once."""
    scene.world.channel_over_limit = "slice"
    scene.world.account_difference_tells_channels = True
    async with scene.logged_in(scene.bot) as bot:
        at_bot = Inbox(bot)
        scene.group.say(scene.alice, "seen")
        assert await at_bot.texts(1) == ["seen"]

    for number in range(500):
        scene.group.say(scene.alice, f"missed {number}")
    scene.basic.say(scene.alice, "missed in a basic group")

    async with scene.logged_in(scene.bot, catch_up=True) as bot:
        at_bot = Inbox(bot)
        got = await at_bot.texts(501)
        scene.group.say(scene.alice, "live again")
        assert await at_bot.texts(1) == ["live again"]
    assert set(got) == {
        "missed in a basic group",
        *(f"missed {number}" for number in range(500)),
    }


async def test_what_is_too_long_is_not_told(scene: Scene) -> None:
    scene.world.account_difference_tells_channels = True
    scene.world.channel_history_kept = 100
    async with scene.logged_in(scene.bot) as bot:
        at_bot = Inbox(bot)
        scene.group.say(scene.alice, "seen")
        assert await at_bot.texts(1) == ["seen"]
    for number in range(101):
        scene.group.say(scene.alice, f"missed {number}")

    async with scene.logged_in(scene.bot, catch_up=True) as bot:
        at_bot = Inbox(bot)
        await scene.telegram.wait_for_request(functions.updates.GetChannelDifferenceRequest, 2)
        scene.group.say(scene.alice, "live again")
        assert await at_bot.texts(1) == ["live again"]


async def test_a_bot_in_privacy_mode_is_told_what_is_meant_for_it(scene: Scene) -> None:
    """What is hidden is a gap to the client, which it asks about."""
    scene.bot.privacy = True
    async with scene.logged_in(scene.bot) as bot:
        at_bot = Inbox(bot)
        scene.group.say(scene.alice, "@support_bot one")
        assert await at_bot.texts(1) == ["@support_bot one"]
        scene.group.say(scene.alice, "among ourselves")
        scene.group.say(scene.alice, "@support_bot two")
        assert await at_bot.texts(1) == ["@support_bot two"]
        found = await bot.get_messages(scene.group.marked_id, ids=[2, 3, 4])
    assert [message and message.message for message in found] == [
        "@support_bot one",
        None,
        "@support_bot two",
    ]


async def test_a_repeated_random_id(scene: Scene) -> None:
    async with scene.logged_in(scene.bot) as bot:
        peer = await bot.get_input_entity(types.PeerChannel(scene.group.id))
        request = functions.messages.SendMessageRequest(peer, "once", random_id=77)

        first = await bot(request)
        again = await bot(request)
        assert first.updates[0].id == again.updates[0].id

        scene.world.repeat_answer = "duplicate_error"
        with pytest.raises(errors.RandomIdDuplicateError):
            await bot._sender.send(request)  # below the level that would wait and try again
    assert len(scene.group.messages) == 1


async def test_files_go_up_and_down_unchanged(scene: Scene) -> None:
    small = bytes(range(256)) * 1_000
    large = small * 42  # beyond 10 MB, where the request is another one
    async with scene.logged_in(scene.bot) as bot:
        for content in (small, large):
            sent = await bot.send_file(scene.group.marked_id, content, force_document=True)
            (message,) = await bot.get_messages(scene.group.marked_id, ids=[sent.id])
            assert await message.download_media(bytes) == content
        photo = scene.group.say(scene.alice, media=scene.world.media.photo(small))
        (message,) = await bot.get_messages(scene.group.marked_id, ids=[photo.id])
        assert await message.download_media(bytes) == small


async def test_an_expired_reference_is_renewed_on_the_way(scene: Scene) -> None:
    content = bytes(range(256)) * 100
    document = scene.group.say(scene.alice, media=scene.world.media.document(content))
    async with scene.logged_in(scene.bot) as bot:
        (message,) = await bot.get_messages(scene.group.marked_id, ids=[document.id])
        scene.world.files.expire_references()
        assert await message.download_media(bytes) == content
        with pytest.raises(errors.FileReferenceExpiredError):
            await bot.send_file(scene.group.marked_id, message.media)


async def test_an_album_and_its_forwards(scene: Scene) -> None:
    staff = scene.world.add_supergroup("Staff", members=[scene.bot])
    async with scene.logged_in(scene.bot) as bot:
        album = await bot.send_file(
            scene.group.marked_id, [b"first", b"second"], caption=["look", ""], force_document=True
        )
        named = await bot.forward_messages(staff.marked_id, album)
        await bot.forward_messages(staff.marked_id, album, drop_author=True)

    assert len({message.grouped_id for message in scene.group.messages}) == 1
    assert [message.text for message in staff.messages] == ["look", "", "look", ""]
    assert all(message.fwd_from.from_id.user_id == scene.bot.id for message in named)
    assert [message.forward is None for message in staff.messages] == [False, False, True, True]
    assert len({message.grouped_id for message in staff.messages}) == 2


async def test_a_user_reads_histories_and_lists(scene: Scene) -> None:
    for number in range(150):
        scene.group.say(scene.alice, f"message {number}")
    scene.world.private(scene.alice, scene.bot).say(scene.alice, "psst")
    async with scene.logged_in(scene.alice) as alice, scene.logged_in(scene.bot) as bot:
        history = await alice.get_messages(scene.group.marked_id, limit=None)
        dialogs = {dialog.title: dialog for dialog in await alice.get_dialogs()}
        with pytest.raises(errors.BotMethodInvalidError):
            await bot.get_messages(scene.group.marked_id, limit=1)
    texts = [message.message for message in history[:-1]]
    assert texts == [f"message {number}" for number in reversed(range(150))]
    assert set(dialogs) == {"Acme", "Basic", "Support"}
    assert dialogs["Acme"].dialog.top_message == scene.group.messages[-1].id


async def test_members_and_permissions(scene: Scene) -> None:
    scene.group.promote(scene.bot)
    async with scene.logged_in(scene.bot) as bot:
        members = await bot.get_participants(scene.group.marked_id)
        assert {member.id for member in members} == set(scene.group.members)
        permissions = await bot.get_permissions(scene.group.marked_id, "me")
        assert permissions.is_admin
        assert permissions.delete_messages
        scene.group.kick(scene.alice)
        scene.group.bans.clear()
        with pytest.raises(errors.UserNotParticipantError):
            await bot.get_permissions(scene.group.marked_id, scene.alice.id)


async def test_a_group_becomes_a_supergroup_under_the_clients_eyes(scene: Scene) -> None:
    async with scene.logged_in(scene.bot) as bot:
        actions: asyncio.Queue[Any] = asyncio.Queue()
        bot.add_event_handler(actions.put, events.ChatAction())
        at_bot = Inbox(bot)
        scene.basic.say(scene.alice, "before")
        assert await at_bot.texts(1) == ["before"]

        new = scene.world.migrate(scene.basic)
        new.say(scene.alice, "after")

        message = await at_bot.next()
        assert (message.chat_id, message.message) == (new.marked_id, "after")
        with pytest.raises(errors.PeerIdInvalidError):
            await bot.send_message(scene.basic.marked_id, "too late")
        assert (await bot.send_message(new.marked_id, "in time")).id == 3
