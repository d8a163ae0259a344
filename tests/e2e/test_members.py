"""Who joins and leaves, and what the admins are told of it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest
from telethon.tl.functions.channels import GetFullChannelRequest as GetFullChannel
from telethon.tl.functions.channels import GetParticipantsRequest as GetParticipants
from telethon.tl.functions.updates import GetChannelDifferenceRequest as GetChannelDifference

from tests.loopback.world import Chat, Group, Person, Supergroup
from tests.scene import Scene, eventually


@pytest.fixture
def private(scene: Scene) -> Chat:
    """The admin's chat with the bot."""
    return scene.talk_in_private(scene.admin)


@asynccontextmanager
async def enrolled(scene: Scene, **limits: Any) -> AsyncIterator[None]:
    """A relay that serves the customer group, and has looked at it."""
    rows = rows_in(scene)
    async with scene.relay(**limits):
        await scene.enrol(scene.acme)
        await eventually(lambda: rows(f"members WHERE chat_id = {scene.acme.marked_id}") > 0)
        yield


def notices(scene: Scene, chat: Chat) -> list[str]:
    """What the bot said there, without what it said in reply to somebody."""
    return [m.text for m in scene.bot_messages(chat) if m.reply_to is None]


async def told_in_all(scene: Scene, private: Chat) -> list[str]:
    """What the admin was told, once everything that happened until now must have been: something
    later was, and nothing waits any more."""
    probe = scene.add_customer_group(f"Probe {len(scene.world.people)}")
    probe.kick(scene.bot, by=scene.carol)
    await scene.bot_says(private, f"was removed from “{probe.title}”")
    await eventually(lambda: not any(map(rows_in(scene), ("group_events", "lookups", "outbox"))))
    return [text for text in notices(scene, private) if "“Probe " not in text]


def rows_in(scene: Scene) -> Callable[[str], int]:
    def rows(table: str) -> int:
        with closing(sqlite3.connect(scene.folder / "tickets.db")) as connection:
            (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            return int(count)

    return rows


# --- the bot ---

BotChange = Callable[[Scene, Group], None]


def put_out(scene: Scene, group: Group) -> None:
    group.kick(scene.bot, by=scene.carol)


def mute(scene: Scene, group: Group) -> None:
    group.restrict(scene.bot, by=scene.carol)


def mute_all(scene: Scene, group: Group) -> None:
    group.restrict_all(send_messages=True)


def promote(scene: Scene, group: Group) -> None:
    group.promote(scene.bot, by=scene.carol)


@pytest.mark.parametrize("basic", [False, True], ids=["supergroup", "basic group"])
async def test_the_admin_is_told_that_the_bot_is_in_another_group(
    scene: Scene, private: Chat, basic: bool
) -> None:
    make = scene.world.add_basic_group if basic else scene.world.add_supergroup
    group: Group = make("Newcomer Ltd.", members=[scene.carol])
    async with scene.relay():
        group.add(scene.bot, by=scene.carol)
        told = await scene.bot_says(private, "was added to")
        assert f"“Newcomer Ltd.” ({group.marked_id})" in told.text
        assert f"Carol @carol_staff ({scene.carol.id})" in told.text
        assert "/addgroup@support_bot" in told.text
        assert len(await told_in_all(scene, private)) == 1
        assert scene.bot_messages(group) == []
    async with scene.relay():
        assert len(await told_in_all(scene, private)) == 1


@pytest.mark.parametrize("basic", [False, True], ids=["supergroup", "basic group"])
async def test_only_an_update_without_words_tells_that_the_bot_is_in_another_group(
    scene: Scene, private: Chat, basic: bool
) -> None:
    scene.world.membership_messages = scene.world.participant_updates = False
    make = scene.world.add_basic_group if basic else scene.world.add_supergroup
    group: Group = make("Newcomer Ltd.", members=[scene.carol])
    async with scene.relay():
        group.add(scene.bot, by=scene.carol)
        told = await scene.bot_says(private, "was added to")
        assert f"“Newcomer Ltd.” ({group.marked_id}) by somebody" in told.text
        group.kick(scene.bot, by=scene.carol)
        await scene.bot_says(private, "was removed from “Newcomer Ltd.”")
        assert len(notices(scene, private)) == 2


@pytest.mark.parametrize(
    "change,told",
    [
        (put_out, "was removed from “Customer Support”"),
        (mute, "may not write in “Customer Support”"),
        (mute_all, "may not write in “Customer Support”"),
        (promote, "is an admin in “Customer Support”"),
    ],
)
@pytest.mark.parametrize("participant_updates", [True, False])
async def test_what_becomes_of_the_bot_in_a_customer_group_is_told_once(
    scene: Scene, private: Chat, change: BotChange, told: str, participant_updates: bool
) -> None:
    scene.world.participant_updates = participant_updates
    async with enrolled(scene):
        change(scene, scene.acme)
        await scene.bot_says(private, told)
        scene.world.participant_updates = True
        assert len(await told_in_all(scene, private)) == 1
        assert notices(scene, scene.acme) == []
    async with scene.relay():
        assert len(await told_in_all(scene, private)) == 1


async def test_the_way_back_is_told_as_well(scene: Scene, private: Chat) -> None:
    async with enrolled(scene):
        mute(scene, scene.acme)
        await scene.bot_says(private, "may not write")
        scene.acme.restrict(scene.bot, by=scene.carol, send_messages=False)
        await scene.bot_says(private, "may write in “Customer Support”")
        promote(scene, scene.acme)
        await scene.bot_says(private, "is an admin")
        scene.acme.demote(scene.bot)
        await scene.bot_says(private, "is no admin")
        put_out(scene, scene.acme)
        await scene.bot_says(private, "was removed")
        scene.acme.add(scene.bot, by=scene.carol)
        await scene.bot_says(private, "is in “Customer Support”")
        assert len(notices(scene, private)) == 6


@pytest.mark.parametrize("messages_missing", [False, True])
async def test_a_group_that_became_a_supergroup_is_no_new_one(
    scene: Scene, private: Chat, messages_missing: bool
) -> None:
    everybody = [scene.alice, scene.admin, scene.bot]
    basic = scene.world.add_basic_group("Small", members=everybody)
    async with scene.relay():
        await scene.enrol(basic)
        if messages_missing:  # then all that is told is that the bot is in the new group
            scene.telegram.drop_pushes(2)
        scene.world.migrate(basic)
        assert len(await told_in_all(scene, private)) == 0


async def test_what_was_asked_while_the_bot_was_out_is_fetched_once_it_is_let_in(
    scene: Scene, private: Chat
) -> None:
    async with enrolled(scene, sync_interval_s=0.2):
        assert isinstance(scene.acme, Supergroup)
        put_out(scene, scene.acme)
        await scene.bot_says(private, "was removed")
        await asked_twice(scene, scene.acme)
        scene.acme.say(scene.alice, "/ask while the bot was out")
        scene.acme.add(scene.bot, by=scene.carol)
        await scene.staff_sees("while the bot was out")
        scene.acme.say(scene.alice, "/ask and now?")
        await scene.staff_sees("and now?")


async def asked_twice(scene: Scene, group: Supergroup) -> None:
    """Wait until the relay asked the group for what it missed, and again after the answer."""

    def count() -> int:
        asked = (seen.request for seen in scene.telegram.requests)
        return sum(
            isinstance(request, GetChannelDifference) and request.channel.channel_id == group.id
            for request in asked
        )

    before = count()
    await eventually(lambda: count() >= before + 2)


async def test_no_update_at_all_tells_that_the_bot_is_out_and_in_again(
    scene: Scene, private: Chat
) -> None:
    async with enrolled(scene, sync_interval_s=0.2):
        scene.world.membership_messages = scene.world.participant_updates = False
        scene.telegram.drop_pushes(1)
        put_out(scene, scene.acme)
        await scene.bot_says(private, "was removed from “Customer Support”")
        scene.telegram.drop_pushes(1)
        scene.acme.add(scene.bot, by=scene.carol)
        await scene.bot_says(private, "is in “Customer Support” (")
        assert len(notices(scene, private)) == 2


async def test_a_look_that_telegram_would_not_answer_is_taken_again(
    scene: Scene, private: Chat
) -> None:
    scene.world.membership_messages = scene.world.participant_updates = False
    group = scene.world.add_supergroup("Newcomer Ltd.", members=[scene.carol])
    async with enrolled(scene):
        scene.telegram.faults.fail(GetFullChannel, 420, "FLOOD_WAIT_1")
        group.add(scene.bot, by=scene.carol)
        await scene.bot_says(private, "was added to “Newcomer Ltd.”")
        assert scene.telegram.faults.counts["fail"] == 1


async def test_a_look_that_telegram_will_never_answer_holds_up_no_other(
    scene: Scene, private: Chat
) -> None:
    async with enrolled(scene):
        scene.telegram.faults.fail(GetFullChannel, 400, "SOMETHING_INVALID")
        scene.acme.restrict_all(send_messages=True)
        await scene.telegram.wait_for_request(GetFullChannel, 4)
        assert await told_in_all(scene, private) == []
        scene.acme.restrict_all(send_messages=True)
        await scene.bot_says(private, "may not write in “Customer Support”")


# --- the relay was away ---


@pytest.mark.parametrize("participant_updates", [True, False])
@pytest.mark.parametrize("change,told", [(put_out, "was removed"), (mute, "may not write")])
async def test_what_became_of_the_bot_while_the_relay_was_away(
    scene: Scene, private: Chat, change: BotChange, told: str, participant_updates: bool
) -> None:
    async with enrolled(scene):
        pass
    scene.world.participant_updates = participant_updates
    change(scene, scene.acme)
    async with scene.relay():
        await scene.bot_says(private, told)
        scene.world.participant_updates = True
        assert len(await told_in_all(scene, private)) == 1


async def test_the_bot_came_into_a_group_while_the_relay_was_away(
    scene: Scene, private: Chat
) -> None:
    async with scene.relay():
        pass
    group = scene.world.add_supergroup("Newcomer Ltd.", members=[scene.carol])
    group.add(scene.bot, by=scene.carol)
    async with scene.relay():
        told = await scene.bot_says(private, "was added to “Newcomer Ltd.”")
        assert "Carol" in told.text


# --- the staff group ---

Join = Callable[[Scene, Person], None]


def added(scene: Scene, person: Person) -> None:
    scene.staff.add(person, by=scene.bob)


def by_link(scene: Scene, person: Person) -> None:
    scene.staff.join(person)


@pytest.mark.parametrize("bot_is_admin", [False, True])
@pytest.mark.parametrize("join", [added, by_link])
async def test_a_new_member_of_the_staff_group_is_told_once(
    scene: Scene, private: Chat, join: Join, bot_is_admin: bool
) -> None:
    if bot_is_admin:
        scene.staff.promote(scene.bot)
    async with scene.relay():
        join(scene, scene.nick)
        told = await scene.bot_says(private, "New in the staff group")
        assert f"Nick Nameless ({scene.nick.id})" in told.text
        assert len(await told_in_all(scene, private)) == 1
        assert notices(scene, scene.staff) == []
    async with scene.relay():
        assert len(await told_in_all(scene, private)) == 1


async def test_who_left_the_staff_group_and_comes_again_is_told_again(
    scene: Scene, private: Chat
) -> None:
    async with scene.relay():
        added(scene, scene.nick)
        first = await scene.bot_says(private, "New in the staff group")
        scene.staff.leave(scene.nick)
        by_link(scene, scene.nick)
        await scene.bot_says(private, "New in the staff group", after=first)


@pytest.mark.parametrize("membership_messages", [True, False])
async def test_who_came_into_the_staff_group_while_the_relay_was_away(
    scene: Scene, private: Chat, membership_messages: bool
) -> None:
    async with scene.relay():
        await scene.telegram.wait_for_request(GetParticipants)
        await told_in_all(scene, private)
    scene.world.membership_messages = membership_messages
    added(scene, scene.nick)
    scene.staff.leave(scene.carol)
    async with scene.relay():
        told = await scene.bot_says(private, "New in the staff group")
        assert "Nick Nameless" in told.text
        by_link(scene, scene.carol)
        scene.staff.promote(scene.bot)  # which makes the relay look again
        await scene.bot_says(private, "Carol @carol_staff", after=told)
        assert len(await told_in_all(scene, private)) == 3  # with that of the promotion


async def test_who_came_into_the_staff_group_behind_a_difference_too_long(
    scene: Scene, private: Chat
) -> None:
    scene.world.channel_history_kept = 20
    async with scene.relay():
        await told_in_all(scene, private)
        await scene.telegram.refuse_connections()
        scene.telegram.cut_lines()
        added(scene, scene.nick)
        for number in range(30):
            scene.staff.say(scene.bob, f"talk {number}")
        await scene.telegram.accept_connections()
        await scene.bot_says(private, "New in the staff group")


async def test_the_staff_group_becomes_public_and_is_linked(scene: Scene, private: Chat) -> None:
    staff = scene.staff
    assert isinstance(staff, Supergroup)
    async with scene.relay():
        staff.publish("our_staff")
        told = await scene.bot_says(private, "is public (@our_staff)")
        staff.link("Our News")
        await scene.bot_says(private, "is linked to the channel “Our News”")
        assert len(await told_in_all(scene, private)) == 2
        staff.publish(None)
        assert len(await told_in_all(scene, private)) == 2
        staff.publish("our_staff")
        await scene.bot_says(private, "is public (@our_staff)", after=told)


async def test_a_staff_group_that_is_public_at_the_start_is_told_once(
    scene: Scene, private: Chat
) -> None:
    assert isinstance(scene.staff, Supergroup)
    scene.staff.publish("our_staff")
    async with scene.relay():
        await scene.bot_says(private, "is public (@our_staff)")
    async with scene.relay():
        assert len(await told_in_all(scene, private)) == 1


async def test_the_bot_is_put_out_of_the_staff_group(
    scene: Scene, private: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    async with scene.relay():
        put_out(scene, scene.staff)
        await scene.bot_says(private, "was removed from the staff group")
    lines = [line for line in capsys.readouterr().out.splitlines() if "[error" in line]
    assert len([line for line in lines if "group.event" in line]) == 1


# --- an admin who cannot be told in private ---


async def test_what_an_admin_cannot_be_told_goes_to_the_staff_group_once(scene: Scene) -> None:
    eve = scene.world.add_user("Eve")
    scene.admins.append(eve)
    async with enrolled(scene):
        put_out(scene, scene.acme)
        told = await scene.staff_sees("was removed from “Customer Support”")
        assert "cannot be told in private" in told.text
        blocked = scene.talk_in_private(eve)
        eve.blocked.add(scene.bot.id)
        promote(scene, scene.staff)
        await scene.staff_sees("is an admin in “Staff”")
        eve.blocked.clear()
        scene.talk_in_private(scene.admin)
        scene.acme.add(scene.bot, by=scene.carol)
        await scene.bot_says(blocked, "is in “Customer Support”")
        assert len(notices(scene, scene.staff)) == 2
        assert notices(scene, scene.acme) == []


async def test_one_admin_in_private_and_the_staff_group_for_the_other(
    scene: Scene, private: Chat
) -> None:
    scene.admins.append(scene.world.add_user("Eve"))
    async with enrolled(scene):
        put_out(scene, scene.acme)
        await scene.bot_says(private, "was removed from “Customer Support”")
        await scene.staff_sees("was removed from “Customer Support”")
        assert len(notices(scene, scene.staff)) == 1
