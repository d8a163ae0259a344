"""Which groups the relay serves, and on whose word."""

from __future__ import annotations

import pytest

from tests.scene import Scene


async def test_adding_a_group_is_silent_and_for_admins_alone(scene: Scene) -> None:
    async with scene.relay():
        stranger = scene.add_customer_group("Not yet")
        stranger.say(scene.alice, "/addgroup")
        stranger.say(scene.alice, "/ask Anybody here?")
        stranger.say(scene.admin, "/addgroup@support_bot")
        stranger.say(scene.alice, "/ask And now?")
        wrapper = await scene.staff_sees("🎫")
        assert "And now?" in wrapper.text
        assert "📍 From group: Not yet" in wrapper.text
        assert scene.bot_messages(stranger) == []


async def test_the_staff_group_cannot_become_a_customer_group(scene: Scene) -> None:
    async with scene.relay():
        scene.staff.say(scene.bob, "/addgroup")
        tried = scene.staff.say(scene.admin, "/addgroup")
        notice = await scene.staff_sees("This is the staff group")
        assert notice.reply_to is tried
        assert len(scene.bot_messages(scene.staff)) == 1


async def test_a_basic_group_works_as_well(scene: Scene) -> None:
    everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
    basic = scene.world.add_basic_group("Small", members=everybody)
    async with scene.relay():
        basic.say(scene.admin, "/addgroup")
        question = basic.say(scene.alice, "@support_bot hello there")
        wrapper = await scene.staff_sees("hello there")
        scene.staff.say(scene.bob, "Hello", reply_to=wrapper)
        answer = await scene.bot_says(basic, "Hello")
        assert answer.reply_to is question
        basic.say(scene.nick, "Me too", reply_to=answer)
        assert (await scene.staff_sees("Me too")).reply_to is wrapper


async def test_each_group_sees_its_own_tickets_alone(scene: Scene) -> None:
    async with scene.relay():
        other = scene.add_customer_group("Other Inc.")
        await scene.enrol(scene.acme)
        await scene.enrol(other)
        # Message ids are counted per supergroup: the same number means another message.
        scene.acme.say(scene.alice, "/ask from acme")
        other.say(scene.nick, "/ask from other")
        acme_wrapper = await scene.staff_sees("from acme")
        other_wrapper = await scene.staff_sees("from other")
        scene.staff.say(scene.bob, "to other", reply_to=other_wrapper)
        scene.staff.say(scene.bob, "to acme", reply_to=acme_wrapper)
        await scene.bot_says(scene.acme, "to acme")
        await scene.bot_says(other, "to other")
        assert not [m for m in scene.acme.messages if "to other" in m.text]
        assert not [m for m in other.messages if "to acme" in m.text]


@pytest.mark.parametrize("was_removed", [False, True])
async def test_a_known_group_may_be_added_while_the_relay_is_away(
    scene: Scene, was_removed: bool
) -> None:
    group = scene.add_customer_group("Not yet")
    async with scene.relay():
        if was_removed:
            await scene.enrol(group)
            group.say(scene.admin, "/removegroup")
        else:
            group.say(scene.alice, "/ask Anybody here?")
        scene.acme.say(scene.admin, "/addgroup")
        scene.acme.say(scene.alice, "/ask All stored?")
        await scene.staff_sees("All stored?")
    group.say(scene.admin, "/addgroup")
    group.say(scene.alice, "/ask And now?")
    async with scene.relay():
        await scene.staff_sees("And now?")
