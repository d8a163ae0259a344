"""What people do in chats, without a wire."""

from __future__ import annotations

import asyncio

import pytest

from tests.loopback.rpc import RpcError
from tests.loopback.world import World


@pytest.fixture
def world() -> World:
    return World(seed=1)


def test_a_supergroup_counts_its_messages_itself(world: World) -> None:
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    first = world.add_supergroup("One", members=[alice, bob])
    second = world.add_supergroup("Two", members=[alice, bob])

    ids = [(first.say(alice, "a").id, second.say(bob, "b").id) for _ in range(3)]

    assert ids == [(2, 2), (3, 3), (4, 4)]  # 1 is the message that the group was created


def test_in_a_basic_group_each_member_has_an_id_of_his_own_for_a_message(world: World) -> None:
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    group = world.add_basic_group("Acme", members=[alice, bob])
    world.private(alice, bob).say(alice, "only for us")
    world.add_basic_group("Other", members=[bob])

    message = group.say(alice, "hello")

    assert message.id_for(alice) == 3  # creation, private message, this
    assert message.id_for(bob) == 4  # and the creation of the other group
    assert message.id == message.id_for(alice)
    assert group.find(bob, 4) is message
    assert group.find(alice, 4) is None


def test_marked_ids_are_those_of_configuration_files(world: World) -> None:
    alice, bot = world.add_user("Alice"), world.add_bot("Bot", username="a_bot")
    supergroup, basic = world.add_supergroup("A"), world.add_basic_group("B")

    assert str(supergroup.marked_id) == f"-100{supergroup.id}"
    assert basic.marked_id == -basic.id
    assert world.private(bot, alice).marked_id == alice.id
    assert world.by_marked_id(supergroup.marked_id) is supergroup
    assert world.by_marked_id(basic.marked_id) is basic


def test_the_same_seed_gives_the_same_world() -> None:
    def history(seed: int) -> list[object]:
        world = World(seed=seed, clock=lambda: 1_700_000_000.0)
        alice, bot = world.add_user("Alice"), world.add_bot("Bot", username="a_bot")
        group = world.add_supergroup("Acme", members=[alice, bot])
        media = world.media.photo(100)
        dice = [world.media.dice().value for _ in range(20)]
        return [bot.token, world.access_hash(bot, group), media.photo.to_dict(), dice]

    assert history(1) == history(1)
    assert history(1) != history(2)


def test_what_is_deleted_is_no_longer_among_the_messages(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    kept, gone = group.say(alice, "kept"), group.say(alice, "gone")

    group.delete(gone)

    assert group.messages == [kept]
    assert gone in group.history
    with pytest.raises(RpcError, match="REPLY_MESSAGE_ID_INVALID"):
        group.say(alice, "too late", reply_to=gone)
    with pytest.raises(RpcError, match="MESSAGE_ID_INVALID"):
        group.edit(gone, "too late")


def test_an_edit_changes_what_is_given_and_notes_when(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    message = group.say(alice, "caption", media=world.media.photo())
    photo = message.media

    group.edit(message, "new caption")

    assert (message.text, message.media) == ("new caption", photo)
    assert message.edit_date is not None
    with pytest.raises(RpcError, match="MESSAGE_NOT_MODIFIED"):
        group.edit(message, "new caption")


def test_an_album_shares_a_grouped_id_and_has_one_caption(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])

    first, second = group.album(alice, [world.media.photo(), world.media.video()], "look")

    assert first.grouped_id == second.grouped_id is not None
    assert (first.text, second.text) == ("look", "")


@pytest.mark.parametrize(
    "text, with_media, error",
    [
        ("", False, "MESSAGE_EMPTY"),
        (" \n ", False, "MESSAGE_EMPTY"),
        ("x" * 4097, False, "MESSAGE_TOO_LONG"),
        ("x" * 1025, True, "MEDIA_CAPTION_TOO_LONG"),
    ],
)
def test_texts_too_short_and_too_long_are_refused(
    world: World, text: str, with_media: bool, error: str
) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    media = world.media.photo() if with_media else None

    with pytest.raises(RpcError, match=error):
        group.say(alice, text, media=media)

    assert group.messages == []


def test_texts_of_just_the_right_length_pass(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])

    group.say(alice, "😀" * 4096)
    group.say(alice, "x" * 1024, media=world.media.photo())

    assert len(group.messages) == 2


def test_a_forward_names_the_first_author_unless_it_is_dropped(world: World) -> None:
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    shy = world.add_user("Shy")
    shy.hides_in_forwards = True
    here = world.add_supergroup("Here", members=[alice, bob, shy])
    there = world.add_supergroup("There", members=[bob])
    message = here.say(alice, "read https://example.com", media=world.media.photo())

    (named,) = there.forward(bob, message)
    (again,) = there.forward(bob, named)
    (bare,) = there.forward(bob, message, drop_author=True)
    (hidden,) = there.forward(bob, here.say(shy, "me"))

    assert named.forward is not None
    assert named.forward.from_id.user_id == alice.id
    assert again.forward == named.forward
    assert bare.forward is None
    assert (bare.text, bare.media, bare.entities) == (
        message.text,
        message.media,
        message.entities,
    )
    assert hidden.forward is not None
    assert (hidden.forward.from_id, hidden.forward.from_name) == (None, "Shy")


def test_a_forwarded_album_stays_together_under_a_number_of_its_own(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    album = group.album(alice, [world.media.photo(), world.media.photo()])

    copies = group.forward(alice, *album)

    assert len({message.grouped_id for message in copies}) == 1
    assert copies[0].grouped_id != album[0].grouped_id


def test_nothing_is_forwarded_out_of_a_protected_chat(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice], protected=True)
    message = group.say(alice, "secret")

    with pytest.raises(RpcError, match="CHAT_FORWARDS_RESTRICTED"):
        group.forward(alice, message)


async def test_waiting_finds_what_is_there_and_what_comes(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    old = group.say(alice, "question 1")

    assert await group.wait_for(lambda m: "question" in m.text) is old

    waiting = asyncio.create_task(group.wait_for(lambda m: "question" in m.text, after=old))
    await asyncio.sleep(0)
    assert not waiting.done()
    group.edit(old, "question 1, edited")
    new = group.say(alice, "question 2")
    assert await waiting is new


async def test_waiting_looks_again_at_what_is_edited(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    message = group.say(alice, "draft")

    waiting = asyncio.create_task(group.wait_for(lambda m: m.text == "final"))
    await asyncio.sleep(0)
    group.edit(message, "final")

    assert await waiting is message


async def test_waiting_in_vain_shows_the_end_of_the_conversation(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    group.say(alice, "something else")

    with pytest.raises(TimeoutError, match="something else"):
        await group.wait_for(lambda m: m.text == "never", timeout=0.01)


async def test_a_mistake_in_a_condition_reaches_who_waits(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])

    waiting = asyncio.create_task(group.wait_for(lambda m: 1 // len(m.entities) > 0))
    await asyncio.sleep(0)
    group.say(alice, "no entities")

    with pytest.raises(ZeroDivisionError):
        await waiting
