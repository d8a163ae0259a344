"""Another bot's conversations go on: its database is taken over, its messages take replies."""

from __future__ import annotations

import io
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass

import pytest
from telethon.tl import functions

from daemon.commands.import_seed import import_seed
from tests.loopback.world import Group, StoredMessage
from tests.loopback.world.basic_group import BasicGroup
from tests.old_bot import NUMBER, OldBot
from tests.scene import Scene, eventually

HEADER = f"💬 Staff reply (Ticket #{NUMBER})\n📢 @alice\n──────────────────────────────\n"


@dataclass
class Left:
    """What the old bot left of one ticket."""

    question: StoredMessage
    wrapper: StoredMessage
    answer: StoredMessage


def old_ticket(scene: Scene, old: OldBot, group: Group, status: str = "open") -> Left:
    """A question, its wrapper and an answer, written by the bot when the old program ran it."""
    old.group(group.marked_id)
    question = group.say(scene.alice, "@support_bot My order is late")
    wrapper = scene.staff.say(scene.bot, f"🎫 Ticket #{NUMBER}\nMy order is late")
    answer = group.say(scene.bot, "💬 Staff reply", reply_to=question)
    old.ticket(
        wrapper.id,
        cust_group_id=group.marked_id,
        cust_msg_id=question.id_for(scene.bot),
        user_id=scene.alice.id,
        customer_anchor_msg_id=answer.id_for(scene.bot),
        status=status,
        closed_at=None if status == "open" else NUMBER + 1000,
    )
    return Left(question, wrapper, answer)


def take_over(scene: Scene, old: OldBot) -> str:
    lines: list[str] = []
    import_seed(scene.config(), old.path, lines.append, io.StringIO(), dry_run=False)
    return "\n".join(lines)


@pytest.fixture
def old(scene: Scene) -> OldBot:
    return OldBot(scene.folder / "old.db")


def basic_group(scene: Scene) -> BasicGroup:
    everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
    return scene.world.add_basic_group("Small", members=everybody)


@pytest.mark.parametrize("kind", ["supergroup", "basic group"])
async def test_a_ticket_goes_on_from_both_sides(scene: Scene, old: OldBot, kind: str) -> None:
    group = scene.acme if kind == "supergroup" else basic_group(scene)
    left = old_ticket(scene, old, group)
    assert "1 customer group and 1 ticket" in take_over(scene, old)
    async with scene.relay():
        scene.staff.say(scene.bob, "It was shipped", reply_to=left.wrapper)
        answer = await scene.bot_says(group, "It was shipped")
        assert answer.text == f"{HEADER}It was shipped"
        assert answer.reply_to is left.question
        assert [getattr(e, "user_id", None) for e in answer.entities] == [scene.alice.id]

        group.say(scene.alice, "When?", reply_to=left.answer)
        continuation = await scene.staff_sees("When?")
        assert f"💬 Continued message (Ticket #{NUMBER})" in continuation.text
        assert continuation.reply_to is left.wrapper

        group.say(scene.nick, "/ask Something else")
        assert "Something else" in (await scene.staff_sees("🎫", after=continuation)).text


async def test_a_closed_ticket_says_so_and_can_be_reopened(scene: Scene, old: OldBot) -> None:
    left = old_ticket(scene, old, scene.acme, status="closed")
    take_over(scene, old)
    async with scene.relay():
        late = scene.acme.say(scene.alice, "One more question", reply_to=left.answer)
        notice = await scene.bot_says(scene.acme, "This ticket is closed")
        assert notice.reply_to is late
        scene.staff.say(scene.bob, "/close", reply_to=left.wrapper)
        await scene.staff_sees("closed already")
        scene.staff.say(scene.bob, "/reopen", reply_to=left.wrapper)
        await scene.staff_sees(f"✅ Ticket #{NUMBER} reopened")
        scene.acme.say(scene.alice, "And now?", reply_to=left.answer)
        assert (await scene.staff_sees("And now?")).reply_to is left.wrapper


def known_chats(scene: Scene) -> set[int]:
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        return {chat_id for (chat_id,) in database.execute("SELECT chat_id FROM chats")}


async def test_groups_taken_over_are_followed_from_the_first_start_on(
    scene: Scene, old: OldBot
) -> None:
    elsewhere = scene.world.add_supergroup("Without the bot")
    small = basic_group(scene)
    for group in (elsewhere, scene.acme, small):
        old.group(group.marked_id)
    take_over(scene, old)
    # One of them cannot be looked at, another not at first.
    scene.telegram.faults.fail(functions.messages.GetChatsRequest, 420, "FLOOD_WAIT_1")
    async with scene.relay():
        ours = {scene.staff.marked_id, scene.acme.marked_id, small.marked_id}
        await eventually(lambda: known_chats(scene) == ours)
    for number in range(150):
        scene.acme.say(scene.alice, f"/ask question {number}" if number % 50 == 0 else "talk")
    async with scene.relay():
        await scene.staff_sees("question 100")
    tickets = [m.text for m in scene.bot_messages(scene.staff) if "🎫" in m.text]
    got = [text.splitlines()[-1] for text in tickets]
    assert got == ["question 0", "question 50", "question 100"]


async def test_what_was_answered_before_is_not_answered_again(scene: Scene, old: OldBot) -> None:
    """Both groups became supergroups while the old program ran, and people went on in them."""
    staff = scene.world.add_basic_group("Staff", members=[scene.bob, scene.admin, scene.bot])
    scene.staff = staff
    small = basic_group(scene)
    left = old_ticket(scene, old, small)
    new_staff, new_small = scene.world.migrate(staff), scene.world.migrate(small)
    new_staff.say(scene.bob, "It was shipped", reply_to=left.wrapper)
    new_small.say(scene.alice, "Thank you", reply_to=left.answer)
    new_small.say(scene.alice, "/ask Something of last year")
    take_over(scene, old)
    for _ in range(2):  # at the first start it is learnt, at the second it is known
        async with scene.relay():
            scene.staff = new_staff
            await eventually(lambda: known_chats(scene) >= {new_small.marked_id})
            later = new_staff.say(scene.bob, "Anything else?", reply_to=left.wrapper)
            answer = await scene.bot_says(new_small, "Anything else?")
            assert answer.reply_to is left.question
            await scene.bot_says(new_staff, "✅ Reply sent", after=later)
            new_small.say(scene.alice, "No, thank you", reply_to=left.answer)
            await scene.bot_says(new_staff, "No, thank you", after=later)
            new_small.say(scene.alice, "/ask Or yes?")
            await scene.bot_says(new_staff, "Or yes?")
        scene.staff = staff
    told = [m.text for m in (*scene.bot_messages(new_small), *scene.bot_messages(new_staff))]
    assert not [text for text in told if "It was shipped" in text or "of last year" in text]


async def test_what_was_missed_in_a_group_of_which_no_message_was_ever_seen(
    scene: Scene, old: OldBot
) -> None:
    """Telegram tells too little, and what was said to the old bot is not for this one."""
    scene.world.bots_have_read = False
    scene.world.channel_history_kept = 5
    scene.world.clock = lambda: time.time() - 60
    for number in range(150):
        scene.acme.say(scene.alice, f"/ask old {number}")
    old_ticket(scene, old, scene.acme)
    take_over(scene, old)
    async with scene.relay():
        await eventually(lambda: watched(scene, scene.acme))
    scene.world.clock = time.time
    for number in range(150):
        scene.acme.say(scene.alice, f"/ask new {number}")
    async with scene.relay():
        await scene.staff_sees("new 149")
    asked = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)[1:]]
    assert asked == [f"new {number}" for number in range(150)]


def watched(scene: Scene, group: Group) -> bool:
    """Whether its updates are followed from where it was found."""
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        sql = "SELECT 1 FROM chats WHERE chat_id = ? AND pts IS NOT NULL"
        return database.execute(sql, (group.marked_id,)).fetchone() is not None
