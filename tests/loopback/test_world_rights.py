"""Who may do what, and what those get who may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from telethon.errors import rpcerrorlist

from tests.loopback.rpc import RpcError
from tests.loopback.world import World
from tests.loopback.world.portraits import Portraits
from tests.loopback.world.refusals import refusal


@pytest.fixture
def world() -> World:
    return World(seed=1)


def test_strangers_and_those_put_out_cannot_write_to_a_supergroup(world: World) -> None:
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    closed = world.add_supergroup("Closed", members=[alice])
    public = world.add_supergroup("Public", members=[alice], username="public_group")

    with pytest.raises(RpcError, match="CHANNEL_PRIVATE"):
        closed.say(bob, "hello")
    with pytest.raises(RpcError, match="CHAT_WRITE_FORBIDDEN"):
        public.say(bob, "hello")
    public.kick(alice)
    with pytest.raises(RpcError, match="CHANNEL_PRIVATE"):
        public.say(alice, "hello")
    public.add(alice)
    assert public.say(alice, "back again").text == "back again"
    assert Portraits(world, alice).channel(public).username == "public_group"


def test_strangers_and_those_put_out_cannot_write_to_a_basic_group(world: World) -> None:
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    group = world.add_basic_group("Acme", members=[alice])

    with pytest.raises(RpcError, match="CHAT_ID_INVALID"):
        group.say(bob, "hello")
    group.kick(alice)
    with pytest.raises(RpcError, match="403 CHAT_WRITE_FORBIDDEN"):
        group.say(alice, "hello")


@pytest.mark.parametrize(
    "denied, media, error",
    [
        ("send_messages", None, "403 CHAT_WRITE_FORBIDDEN"),
        ("send_messages", "photo", "403 CHAT_WRITE_FORBIDDEN"),
        ("send_plain", None, "403 CHAT_SEND_PLAIN_FORBIDDEN"),
        ("send_media", "photo", "403 CHAT_SEND_MEDIA_FORBIDDEN"),
        ("send_photos", "photo", "403 CHAT_SEND_PHOTOS_FORBIDDEN"),
        ("send_docs", "document", "403 CHAT_SEND_DOCS_FORBIDDEN"),
        ("send_voices", "voice", "403 CHAT_SEND_VOICES_FORBIDDEN"),
        ("send_audios", "audio", "403 CHAT_SEND_AUDIOS_FORBIDDEN"),
        ("send_videos", "video", "403 CHAT_SEND_VIDEOS_FORBIDDEN"),
        ("send_roundvideos", "video_note", "403 CHAT_SEND_ROUNDVIDEOS_FORBIDDEN"),
        ("send_stickers", "sticker", "403 CHAT_SEND_STICKERS_FORBIDDEN"),
        ("send_gifs", "animation", "403 CHAT_SEND_GIFS_FORBIDDEN"),
    ],
)
def test_restrictions_hold_for_one_and_for_all_but_admins(
    world: World, denied: str, media: str | None, error: str
) -> None:
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    admin = world.add_user("Admin")
    group = world.add_supergroup("Acme", members=[alice, bob], admins=[admin])
    sent = None if media is None else getattr(world.media, media)()
    text = "" if media else "hello"

    group.restrict(alice, by=group.creator, **{denied: True})
    with pytest.raises(RpcError, match=error):
        group.say(alice, text, media=sent)
    group.say(bob, text, media=sent)

    group.restrict_all(**{denied: True})
    with pytest.raises(RpcError, match=error):
        group.say(bob, text, media=sent)
    group.say(admin, text, media=sent)

    group.restrict_all()
    group.restrict(alice, send_messages=False)
    assert group.say(alice, text, media=sent).sender is alice


def test_polls_and_spam_limits(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    basic = world.add_basic_group("Basic", members=[alice])
    group.restrict_all(send_polls=True)

    with pytest.raises(RpcError, match="CHAT_SEND_POLL_FORBIDDEN"):
        group.say(alice, media=world.media.poll("Why?", "a", "b"))
    alice.spam_limited = True
    with pytest.raises(RpcError, match="400 USER_BANNED_IN_CHANNEL"):
        group.say(alice, "hello")
    assert basic.say(alice, "hello").chat is basic


def test_only_authors_edit_and_only_authors_and_admins_delete(world: World) -> None:
    alice, bob, admin = (world.add_user(name) for name in ("Alice", "Bob", "Admin"))
    group = world.add_supergroup("Acme", members=[alice, bob], admins=[admin])
    message = group.say(alice, "hello")

    with pytest.raises(RpcError, match="MESSAGE_DELETE_FORBIDDEN"):
        group.delete(message, by=bob)
    group.delete(message, by=admin)
    assert message.deleted

    group.demote(admin)
    with pytest.raises(RpcError, match="MESSAGE_DELETE_FORBIDDEN"):
        group.delete(group.say(alice, "again"), by=admin)


def test_a_bot_cannot_begin_a_private_chat(world: World) -> None:
    alice = world.add_user("Alice")
    bot = world.add_bot("Bot", username="a_bot")
    other = world.add_bot("Other", username="b_bot")
    private = world.private(alice, bot)

    with pytest.raises(RpcError, match="PEER_ID_INVALID"):
        private.say(bot, "hello")
    private.say(alice, "/start")
    private.say(bot, "hello")
    alice.blocked.add(bot.id)
    with pytest.raises(RpcError, match="USER_IS_BLOCKED"):
        private.say(bot, "hello?")
    with pytest.raises(RpcError, match="USER_IS_BOT"):
        world.private(bot, other).say(bot, "hello")


def test_bots_that_join_no_groups_and_members_who_are_there_cannot_be_added(
    world: World,
) -> None:
    bot = world.add_bot("Bot", username="a_bot", may_join_groups=False)
    group = world.add_supergroup("Acme")

    with pytest.raises(RpcError, match="BOT_GROUPS_BLOCKED"):
        group.add(bot)
    with pytest.raises(RpcError, match="USER_ALREADY_PARTICIPANT"):
        group.add(group.creator)


def test_an_anonymous_admin_writes_in_the_name_of_the_group(world: World) -> None:
    admin = world.add_user("Admin")
    group = world.add_supergroup("Acme", admins=[admin])
    assert not group.say(admin, "as myself").anonymous

    group.promote(admin, anonymous=True)

    assert group.say(admin, "as the group").anonymous


def test_errors_are_those_that_telethon_knows_with_the_codes_it_knows_them_by() -> None:
    """Read from the sources, so that a misspelt name does not pass for one of Telegram's."""
    here = Path(__file__).parent
    sources = [*(here / "world").glob("*.py"), *(here / "api").glob("*.py")]
    text = "".join(source.read_text() for source in sources)
    used = set(re.findall(r'"([A-Z]+_[A-Z_]*[A-Z])"', text))
    assert len(used) > 50
    base_codes = {"BadRequestError": 400, "UnauthorizedError": 401, "ForbiddenError": 403}
    base_codes["ServerError"] = 500
    unknown = set()
    for name in used:
        known = rpcerrorlist.rpc_errors_dict.get(name)
        if known is None:
            unknown.add(name)
        else:
            assert refusal(name).code == base_codes[known.__mro__[1].__name__], name
    assert unknown == {
        # In the documentation of the requests, but not in Telethon's list.
        "CHAT_SEND_AUDIOS_FORBIDDEN",
        "CHAT_SEND_DOCS_FORBIDDEN",
        "CHAT_SEND_ROUNDVIDEOS_FORBIDDEN",
        "QUOTE_TEXT_INVALID",
        "REPLY_MESSAGE_ID_INVALID",
    }
