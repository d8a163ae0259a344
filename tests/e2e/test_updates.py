"""Updates in other forms than a full one that is pushed once."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from telethon.tl import types

from tests.scene import Scene


async def test_a_question_that_nothing_tells_of_is_asked_for(scene: Scene) -> None:
    """Telegram does not promise to push everything, and no later update shows the gap."""
    async with scene.relay(sync_interval_s=0.2):
        await scene.enrol(scene.acme)
        scene.telegram.drop_pushes()
        scene.acme.say(scene.alice, "/ask Does anybody hear me?")
        await scene.staff_sees("Does anybody hear me?")
    assert scene.telegram.faults.counts["drop_pushes"] == 1


async def test_a_question_in_the_short_form_shows_who_asks_and_where(scene: Scene) -> None:
    """That form brings ids alone: https://core.telegram.org/constructor/updateShortChatMessage"""
    everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
    basic = scene.world.add_basic_group("Small", members=everybody)
    async with scene.relay():
        await scene.enrol(basic)
        scene.telegram.drop_pushes()
        asked = basic.say(scene.nick, "/ask Who am I?")
        short = types.UpdateShortChatMessage(
            id=asked.id_for(scene.bot),
            from_id=scene.nick.id,
            chat_id=basic.id,
            message=asked.text,
            pts=basic.pts(scene.bot),
            pts_count=1,
            date=asked.date,
        )
        scene.telegram.push(scene.bot.id, short)
        wrapper = await scene.staff_sees("Who am I?")
        assert "📍 From group: Small\n👤 User: Nick Nameless\n" in wrapper.text


async def test_a_question_that_comes_before_what_was_said_earlier_shows_who_asks(
    scene: Scene,
) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.telegram.reorder_pushes(2)
        scene.acme.say(scene.alice, "Good morning")
        scene.acme.say(scene.nick, "/ask Who am I?")
        wrapper = await scene.staff_sees("Who am I?")
        assert "📍 From group: Customer Support\n👤 User: Nick Nameless\n" in wrapper.text


async def test_what_comes_again_has_no_second_effect(scene: Scene) -> None:
    """An answer, and a command in no ticket, told once more to a database that was restored."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        before = scene.staff.pts(scene.bot)
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        await scene.staff_sees("✅ Reply sent")
        scene.staff.say(scene.bob, "/close")
        await scene.staff_sees("Reply to a message of the ticket")
    told = [m.text for m in scene.bot_messages(scene.staff)]
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database, database:
        staff_group = scene.staff.marked_id
        database.execute("UPDATE chats SET pts = ? WHERE chat_id = ?", (before, staff_group))
    async with scene.relay():
        scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        await scene.staff_sees("closed")
    assert [m.text for m in scene.bot_messages(scene.staff)][:-1] == told
    assert len([m for m in scene.bot_messages(scene.acme) if "Here" in m.text]) == 1


async def test_a_clean_end_stores_how_far_updates_were_read(scene: Scene) -> None:
    """Talk among customers alone is not worth a transaction of its own."""
    scene.world.differences_tell_message_ids = False  # which would be worth one
    async with scene.relay():
        await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "Nice weather")
    async with scene.relay():
        pass
    assert pts_read(scene) == scene.acme.pts(scene.bot)


def pts_read(scene: Scene) -> int:
    """How far the customer group's sequence is read, as another process sees it."""
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        query = "SELECT pts FROM chats WHERE chat_id = ?"
        (pts,) = database.execute(query, (scene.acme.marked_id,)).fetchone()
    return int(pts)
