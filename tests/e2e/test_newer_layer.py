"""Telegram sends something that the relay's version of Telethon does not know: it costs the one
message that it is in, and the staff are told of that."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.loopback.world import Group, StoredMessage
from tests.scene import Scene, eventually

DEAD = "⚠️ A message could not be handled and is kept as dead letter"


@pytest.fixture(params=["supergroup", "basic group"])
def customers(request: pytest.FixtureRequest, scene: Scene) -> Group:
    if request.param == "supergroup":
        return scene.acme
    everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
    return scene.world.add_basic_group("Small", members=everybody)


def say_the_unknown(scene: Scene, group: Group) -> StoredMessage:
    media = scene.world.media.of_a_newer_layer()
    return group.say(scene.alice, "/ask unknown", media=media)


def questions(scene: Scene) -> list[str]:
    return [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff) if "🎫" in m.text]


async def test_among_missed_messages(scene: Scene, customers: Group) -> None:
    async with scene.relay():
        await scene.enrol(customers)
        before = customers.say(scene.alice, "/ask early")
        wrapper = await scene.staff_sees("early")
    customers.say(scene.alice, "/ask before")
    say_the_unknown(scene, customers)
    customers.say(scene.nick, "/ask after")
    async with scene.relay():
        await scene.staff_sees("after")
        await scene.staff_sees(DEAD)
        customers.say(scene.alice, "/ask later")
        await scene.staff_sees("later")
        scene.staff.say(scene.bob, "Early indeed", reply_to=wrapper)
        assert (await scene.bot_says(customers, "Early indeed")).reply_to is before
    assert questions(scene) == ["early", "before", "after", "later"]
    assert len([m for m in scene.bot_messages(scene.staff) if DEAD in m.text]) == 1


async def test_of_a_live_update(scene: Scene, customers: Group) -> None:
    async with scene.relay():
        await scene.enrol(customers)
        say_the_unknown(scene, customers)
        await scene.staff_sees(DEAD)
        customers.say(scene.nick, "/ask after")
        await scene.staff_sees("after")
    assert questions(scene) == ["after"]


async def test_what_happened_to_groups_beside_it_is_looked_up(scene: Scene) -> None:
    """A difference that cannot be read tells it nobody any more."""
    scene.world.membership_messages = False
    scene.staff.promote(scene.bot)
    private = scene.talk_in_private(scene.admin)
    small = scene.world.add_basic_group("Small", members=[scene.alice, scene.admin, scene.bot])
    async with scene.relay():
        await scene.enrol(small)
        await eventually(lambda: has_looked(scene))
        scene.telegram.cut_lines()
        await scene.telegram.refuse_connections()
        say_the_unknown(scene, small)
        scene.staff.join(scene.nick)
        await scene.telegram.accept_connections()
        await scene.bot_says(private, "New in the staff group")


def has_looked(scene: Scene) -> bool:
    """Whether the relay knows who is in the staff group."""
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        sql = "SELECT members_told FROM looks WHERE chat_id = ?"
        row = database.execute(sql, (scene.staff.marked_id,)).fetchone()
    return row is not None and bool(row[0])
