"""The pts of what is pushed and of what is asked for later.

https://core.telegram.org/api/updates#message-related-event-sequences
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telethon.tl import types

from tests.loopback.fakes import FakeDelivery, read
from tests.loopback.rpc import RpcError, TlObject
from tests.loopback.world import BasicGroup, Person, Supergroup, World, difference


class Reader:
    """A client in small: applies updates of one sequence and insists that none is missing."""

    def __init__(self, pts: int, *, gaps_allowed: bool) -> None:
        self.pts = pts
        self.texts: dict[int, str] = {}
        self._gaps_allowed = gaps_allowed

    def apply(self, update: TlObject) -> None:
        expected = self.pts + update.pts_count
        if self._gaps_allowed:
            assert update.pts >= expected
        else:
            assert update.pts == expected, f"{update.pts} does not follow {self.pts}"
        self.pts = update.pts
        self.take(update)

    def take(self, update: TlObject) -> None:
        """The content alone."""
        if hasattr(update, "messages"):
            for message_id in update.messages:
                self.texts.pop(message_id, None)
        else:
            self.keep(update.message)

    def keep(self, message: TlObject) -> None:
        if isinstance(message, types.Message):
            self.texts[message.id] = message.message


def history_of(chat: Any, viewer: Person) -> dict[int, str]:
    """What the viewer should know in the end."""
    return {
        message.id_for(viewer): message.text for message in chat.messages if message.seen_by(viewer)
    }


def act(chat: Any, people: list[Person], random: Random, steps: int) -> None:
    """Let people do things at random."""
    for step in range(steps):
        own = [m for m in chat.messages if m.sender in people]
        kind = random.randrange(6)
        if kind <= 2 or not own:
            chat.say(random.choice(people), f"message {step}")
        elif kind == 3:
            chat.album(random.choice(people), [chat.world.media.photo(10)] * 2, f"album {step}")
        elif kind == 4:
            chat.edit(message := random.choice(own), f"{message.text} edited {step}")
        else:
            author = random.choice(own).sender
            doomed = [message for message in own if message.sender is author]
            chat.delete(*doomed[: random.randrange(1, 4)])


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), privacy=st.booleans())
def test_pushes_of_a_supergroup_leave_no_gap_for_users(seed: int, privacy: bool) -> None:
    world = World(seed=seed)
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    bot = world.add_bot("Bot", username="a_bot", privacy=privacy)
    group = world.add_supergroup("Acme", members=[alice, bob, bot])
    start = group.log.pts
    world.delivery = delivery = FakeDelivery()

    act(group, [alice, bob], Random(seed), 25)

    for person in (alice, bot):
        reader = Reader(start, gaps_allowed=person.is_bot)
        for update in delivery.to(person):
            reader.apply(update)
        if not person.is_bot:
            assert reader.pts == group.log.pts
            assert reader.texts == history_of(group, person)
        else:  # not told of deletions
            assert history_of(group, person).items() <= reader.texts.items()


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_pushes_of_an_accounts_chats_make_one_sequence_without_gaps(seed: int) -> None:
    world = World(seed=seed)
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    group = world.add_basic_group("Acme", members=[alice, bob])
    private = world.private(alice, bob)
    readers = {
        person: Reader(world.mailbox(person).log.pts, gaps_allowed=False) for person in (alice, bob)
    }
    world.delivery = delivery = FakeDelivery()
    random = Random(seed)

    for _ in range(5):
        act(random.choice([group, private]), [alice, bob], random, 5)

    for person, reader in readers.items():
        for update in delivery.to(person):
            reader.apply(update)
        assert reader.pts == world.mailbox(person).log.pts
        assert reader.texts == history_of(group, person) | history_of(private, person)


def catch_up_channel(world: World, viewer: Person, group: Supergroup, pts: int) -> Reader:
    """Ask for differences until the last, as clients do."""
    reader = Reader(pts, gaps_allowed=False)
    while True:
        answer = read(difference.channel_difference(world, viewer, group, reader.pts, 7))
        reader.pts = answer.pts
        for update in getattr(answer, "other_updates", []):
            if not isinstance(update, types.UpdateMessageID):
                reader.take(update)
        for message in getattr(answer, "new_messages", []):
            reader.keep(message)
        if answer.final:
            return reader


def catch_up_account(world: World, viewer: Person, state: TlObject) -> Reader:
    reader = Reader(state.pts, gaps_allowed=False)
    while True:
        answer = read(
            difference.account_difference(world, viewer, reader.pts, state.date, state.qts, None)
        )
        if isinstance(answer, types.updates.DifferenceEmpty):
            return reader
        for update in answer.other_updates:
            if not isinstance(update, types.UpdateMessageID):
                reader.take(update)
        for message in answer.new_messages:
            reader.keep(message)
        if isinstance(answer, types.updates.Difference):
            reader.pts = answer.state.pts
            return reader
        reader.pts = answer.intermediate_state.pts


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_slices_of_differences_bring_what_the_pushes_would_have(seed: int) -> None:
    world = World(seed=seed)
    world.channel_over_limit = "slice"
    world.account_slice = 3
    world.deletions_reach_bots = True
    alice = world.add_user("Alice")
    bot = world.add_bot("Bot", username="a_bot", privacy=False)
    supergroup = world.add_supergroup("Super", members=[alice, bot])
    basic = world.add_basic_group("Basic", members=[alice, bot])
    channel_pts = supergroup.log.pts
    states = {person: difference.account_state(world, person) for person in (alice, bot)}

    act(supergroup, [alice, bot], Random(seed), 20)
    act(basic, [alice, bot], Random(seed), 20)

    for person in (alice, bot):
        channel = catch_up_channel(world, person, supergroup, channel_pts)
        assert (channel.pts, channel.texts) == (
            supergroup.log.pts,
            history_of(supergroup, person),
        )
        account = catch_up_account(world, person, states[person])
        assert (account.pts, account.texts) == (
            world.mailbox(person).log.pts,
            history_of(basic, person),
        )


@pytest.fixture
def world() -> World:
    return World(seed=1)


def test_an_edit_of_something_new_is_folded_into_it(world: World) -> None:
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    old = group.say(alice, "old")
    start = group.log.pts
    new = group.say(alice, "new")
    group.edit(new, "new, edited")
    group.edit(old, "old, edited")

    answer = difference.channel_difference(world, alice, group, start, 100)

    assert [m.message for m in answer.new_messages] == ["new, edited"]
    assert answer.new_messages[0].edit_date is not None
    (edit,) = answer.other_updates
    assert isinstance(edit, types.UpdateEditChannelMessage)
    assert (edit.message.message, edit.pts) == ("old, edited", start + 3)


def test_what_a_bot_may_not_see_is_an_empty_difference_with_a_larger_pts(world: World) -> None:
    alice = world.add_user("Alice")
    bot = world.add_bot("Bot", username="a_bot", privacy=True)
    group = world.add_supergroup("Acme", members=[alice, bot])
    start = group.log.pts
    group.say(alice, "not for bots")

    answer = difference.channel_difference(world, bot, group, start, 100)

    assert isinstance(answer, types.updates.ChannelDifferenceEmpty)
    assert (answer.pts, answer.final) == (start + 1, True)


@pytest.mark.parametrize("final", [True, False])
def test_too_much_is_too_long_with_the_newest_messages(world: World, final: bool) -> None:
    world.too_long_final = final
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    start = group.log.pts
    last = [group.say(alice, f"message {number}") for number in range(30)][-1]

    enough = difference.channel_difference(world, alice, group, start, 30)
    answer = read(difference.channel_difference(world, alice, group, start, 29))

    assert isinstance(enough, types.updates.ChannelDifference)
    assert isinstance(answer, types.updates.ChannelDifferenceTooLong)
    assert bool(answer.final) is final
    assert (answer.dialog.pts, answer.dialog.top_message) == (group.log.pts, last.id)
    assert [m.id for m in answer.messages] == [last.id - back for back in range(10)]


def test_what_is_too_far_back_is_too_long_whatever_the_limit(world: World) -> None:
    world.channel_over_limit = "slice"
    world.channel_history_kept = 10
    world.account_history_kept = 10
    alice = world.add_user("Alice")
    group = world.add_supergroup("Acme", members=[alice])
    basic = world.add_basic_group("Basic", members=[alice])
    start, state = group.log.pts, difference.account_state(world, alice)
    for number in range(11):
        group.say(alice, f"message {number}")
        basic.say(alice, f"message {number}")

    channel = difference.channel_difference(world, alice, group, start, 100_000)
    account = difference.account_difference(world, alice, state.pts, None, 1, None)

    assert isinstance(channel, types.updates.ChannelDifferenceTooLong)
    assert isinstance(account, types.updates.DifferenceTooLong)
    assert account.pts == world.mailbox(alice).log.pts


def test_impossible_points_are_refused(world: World) -> None:
    alice, stranger = world.add_user("Alice"), world.add_user("Stranger")
    group = world.add_supergroup("Acme", members=[alice])

    def ask(viewer: Person, pts: int) -> TlObject:
        return difference.channel_difference(world, viewer, group, pts, 100)

    refused: list[tuple[Callable[[], TlObject], str]] = [
        (lambda: ask(alice, 0), "PERSISTENT_TIMESTAMP_EMPTY"),
        (lambda: ask(alice, group.log.pts + 1), "PERSISTENT_TIMESTAMP_INVALID"),
        (lambda: ask(stranger, 1), "CHANNEL_PRIVATE"),
    ]
    for attempt, error in refused:
        with pytest.raises(RpcError, match=error):
            attempt()


def test_differences_tell_the_ids_of_ones_own_messages(world: World) -> None:
    alice, bob = world.add_user("Alice"), world.add_user("Bob")
    group = world.add_supergroup("Acme", members=[alice, bob])
    start = group.log.pts
    message = group.say(alice, "hello")
    message.random_id = 77

    own = difference.channel_difference(world, alice, group, start, 100)
    others = difference.channel_difference(world, bob, group, start, 100)
    world.differences_tell_message_ids = False
    silent = difference.channel_difference(world, alice, group, start, 100)

    assert [(u.id, u.random_id) for u in own.other_updates] == [(message.id, 77)]
    assert own.new_messages[0].out
    assert others.other_updates == silent.other_updates == []


def test_an_account_difference_can_name_the_changed_supergroups() -> None:
    now = [1_700_000_000.0]
    world = World(seed=1, clock=lambda: now[0])
    alice = world.add_user("Alice")
    quiet = world.add_supergroup("Quiet", members=[alice])
    busy = world.add_supergroup("Busy", members=[alice])
    world.add_supergroup("Not ours")
    state = difference.account_state(world, alice)
    now[0] += 60
    busy.say(alice, "hello")

    def named() -> list[int]:
        later = datetime.fromtimestamp(now[0], state.date.tzinfo)
        answer = difference.account_difference(world, alice, state.pts, later, state.qts, None)
        return [update.channel_id for update in getattr(answer, "other_updates", [])]

    assert named() == []
    world.account_difference_tells_channels = True
    assert named() == [busy.id]
    assert quiet.may_read(alice)


@pytest.mark.parametrize("with_message", [True, False])
def test_changes_of_members_of_a_supergroup(world: World, with_message: bool) -> None:
    world.membership_messages = with_message
    alice = world.add_user("Alice")
    bot = world.add_bot("Bot", username="a_bot")
    group = world.add_supergroup("Acme", members=[alice])
    world.delivery = delivery = FakeDelivery()

    group.add(bot)
    group.kick(bot)

    def kinds(person: Person) -> list[str]:
        return [type(update).__name__ for update in delivery.to(person)]

    joined = ["UpdateNewChannelMessage"] if with_message else []
    told = ["UpdateChannel", "UpdateChannelParticipant"]
    assert kinds(bot) == [*joined, *told, *told]
    assert kinds(alice) == joined * 2
    last = delivery.pushed[-1].updates
    assert isinstance(last.chats[0], types.ChannelForbidden)
    assert [u.qts for u in delivery.to(bot) if hasattr(u, "qts")] == [2, 3]
    missed = difference.account_difference(world, bot, 1, None, 1, None)
    assert [u.qts for u in missed.other_updates] == [2, 3]
    assert missed.state.qts == 3


def test_whoever_is_put_out_of_a_basic_group_is_told_by_message(world: World) -> None:
    alice = world.add_user("Alice")
    bot = world.add_bot("Bot", username="a_bot")
    group: BasicGroup = world.add_basic_group("Acme", members=[alice, bot])
    world.delivery = delivery = FakeDelivery()

    group.kick(bot)

    message, participant = delivery.to(bot)
    assert isinstance(message.message.action, types.MessageActionChatDeleteUser)
    assert isinstance(participant, types.UpdateChatParticipant)
    group.say(alice, "among ourselves")
    assert len(delivery.to(bot)) == 2


def test_reactions_are_told_to_users_and_to_admin_bots(world: World) -> None:
    alice = world.add_user("Alice")
    admin_bot = world.add_bot("Admin", username="a_bot")
    bot = world.add_bot("Bot", username="b_bot", privacy=False)
    group = world.add_supergroup("Acme", members=[alice, bot], admins=[admin_bot])
    message = group.say(alice, "hello")
    world.delivery = delivery = FakeDelivery()

    group.react(alice, message, "👍")
    group.react(admin_bot, message, "❤", "👍")

    (update,) = delivery.to(admin_bot)
    assert isinstance(update, types.UpdateBotMessageReaction)
    assert [r.emoticon for r in update.new_reactions] == ["👍"]
    assert delivery.to(bot) == []
    sums = [{r.reaction.emoticon: r.count for r in u.reactions.results} for u in delivery.to(alice)]
    assert sums == [{"👍": 1}, {"👍": 2, "❤": 1}]
