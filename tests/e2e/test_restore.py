"""A backup that is restored: what was done since is not done again, and what was missed is told."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from telethon.tl import functions

from daemon.commands.backup import Order, backup
from daemon.commands.restore import decide, put_back
from daemon.exit_codes import ExitCode
from daemon.lock import Locked
from tests.loopback.world import StoredMessage
from tests.scene import Scene, eventually


async def backed_up(scene: Scene, name: str = "copy.db.gz") -> Path:
    """A backup of the scene's database, made while the relay goes on."""
    target = scene.folder / name
    made = await asyncio.to_thread(backup, Order(scene.folder / "tickets.db", target))
    assert made is ExitCode.OK
    return target


def restored(scene: Scene, copy: Path) -> list[str]:
    """Restore it; what that says."""
    said: list[str] = []
    assert put_back(copy, scene.folder / "tickets.db", said.append) is ExitCode.OK
    return said


def decided(scene: Scene, what: str | None) -> list[str]:
    said: list[str] = []
    assert decide(scene.folder / "tickets.db", said.append, what) is ExitCode.OK
    return said


def texts(messages: list[StoredMessage]) -> list[str]:
    return [message.text for message in messages]


def a_second_later(scene: Scene) -> None:
    """Telegram's dates have whole seconds: what is of the restore's own counts as before it."""
    scene.world.clock = lambda: time.time() + 1


async def test_after_more_traffic_a_restore_sends_nothing_twice_and_tells_what_was_missed(
    scene: Scene,
) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        old = scene.acme.say(scene.alice, "/ask The old one?")
        wrapper = await scene.staff_sees("The old one?")
        await eventually(lambda: waiting(scene) == 0)
        for number in range(20):
            scene.acme.say(scene.nick, f"/ask Load {number}")
        copy = await backed_up(scene)
        await scene.staff_sees("Load 19")
        asked = scene.acme.say(scene.alice, "/ask Since the backup?")
        since = await scene.staff_sees("Since the backup?")
        scene.staff.say(scene.bob, "Answered", reply_to=since)
        answered = await scene.bot_says(scene.acme, "Answered")
        await scene.staff_sees("✅ Reply sent")
    unheard = scene.acme.say(scene.alice, "/ask While it was down?")
    told = restored(scene, copy)
    assert any("the former one is kept as" in line for line in told)
    a_second_later(scene)
    customers, staff = scene.bot_messages(scene.acme), scene.bot_messages(scene.staff)

    async with scene.relay():
        notice = await scene.staff_sees("was restored from a backup")
        listed = await scene.staff_sees("for somebody to look at")
        for message in (asked, unheard):
            assert f"/{message.id}" in listed.text
        assert "Customer Support, Alice" in listed.text
        assert "find no ticket" in notice.text
        # Old tickets go on, both ways, and new ones come.
        scene.staff.say(scene.bob, "The old answer", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "The old answer")
        assert answer.reply_to is old
        scene.acme.say(scene.alice, "And then?", reply_to=answer)
        await scene.staff_sees("And then?")
        scene.acme.say(scene.nick, "/ask A new one?")
        await scene.staff_sees("A new one?")
    assert texts(scene.bot_messages(scene.acme)) == [*texts(customers), answer.text]
    fresh = texts(scene.bot_messages(scene.staff))[len(staff) :]
    assert [text for text in fresh if "Load" in text or "Since the backup?" in text] == []
    assert sum("✅ Reply sent" in text for text in fresh) == 1
    assert answered in customers

    async with scene.relay():  # and never again
        scene.acme.say(scene.nick, "/ask The last one?")
        await scene.staff_sees("The last one?")
    assert sum("was restored" in text for text in texts(scene.bot_messages(scene.staff))) == 1


async def a_backup_with_a_message_on_its_way(scene: Scene) -> tuple[Path, StoredMessage]:
    """The backup, and the question whose wrapper was sent after it."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        held = scene.telegram.faults.hold_answer(functions.messages.SendMessageRequest)
        question = scene.acme.say(scene.alice, "/ask On its way?")
        await held.reached()
        copy = await backed_up(scene)
        held.release()
        wrapper = await scene.staff_sees("On its way?")
        scene.staff.say(scene.bob, "Noted", reply_to=wrapper)
        await scene.bot_says(scene.acme, "Noted")
    return copy, question


async def test_what_was_held_back_can_be_sent_and_is_there_once(scene: Scene) -> None:
    copy, question = await a_backup_with_a_message_on_its_way(scene)
    said = restored(scene, copy)
    assert "held back, since they may have been sent already: 1" in said[-1]
    a_second_later(scene)
    async with scene.relay():
        assert "Held back" in (await scene.staff_sees("was restored")).text
    assert decided(scene, None)[-1].endswith("1 message held back; decide with --send or --drop")
    assert decided(scene, "send")[-1] == "✓ 1 message to be sent at the next start"
    wrappers = [m for m in scene.bot_messages(scene.staff) if "On its way?" in m.text]
    async with scene.relay():
        await eventually(lambda: waiting(scene) == 0)
        # Telegram knew it by its random_id: the ticket has its wrapper again.
        scene.staff.say(scene.bob, "Here it is", reply_to=wrappers[0])
        assert (await scene.bot_says(scene.acme, "Here it is")).reply_to is question
    assert [m for m in scene.bot_messages(scene.staff) if "On its way?" in m.text] == wrappers


async def test_what_was_held_back_can_be_dropped(scene: Scene) -> None:
    copy, _ = await a_backup_with_a_message_on_its_way(scene)
    restored(scene, copy)
    assert decided(scene, "drop")[-1] == "✓ 1 message dropped"
    assert decided(scene, None) == ["✓ 0 messages held back; decide with --send or --drop"]
    assert waiting(scene) == 0


def waiting(scene: Scene) -> int:
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        (count,) = database.execute("SELECT count(*) FROM outbox").fetchone()
        return int(count)


async def test_short_numbers_that_may_have_been_given_are_passed_over(scene: Scene) -> None:
    scene.settings = 'ticket_numbers = "sequential"'
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask One")
        await scene.staff_sees("Ticket #1\n")
        copy = await backed_up(scene)
        scene.acme.say(scene.alice, "/ask Two")
        await scene.staff_sees("Ticket #2\n")
    restored(scene, copy)
    a_second_later(scene)
    async with scene.relay():
        scene.acme.say(scene.alice, "/ask Three")
        await scene.staff_sees("Ticket #3\n")


async def test_a_gap_behind_the_backup_is_listed_too(scene: Scene) -> None:
    scene.world.channel_history_kept = 5
    async with scene.relay():
        await scene.enrol(scene.acme)
        copy = await backed_up(scene)
    asked = [scene.acme.say(scene.alice, f"/ask Question {number}") for number in range(30)]
    restored(scene, copy)
    a_second_later(scene)
    async with scene.relay():
        listed = await scene.staff_sees("for somebody to look at: 30")
    assert all(f"/{message.id}\n" in f"{listed.text}\n" for message in asked)
    assert not [m for m in scene.bot_messages(scene.staff) if "🎫" in m.text]


async def test_a_restore_beside_a_running_relay_is_refused(scene: Scene) -> None:
    async with scene.relay():
        copy = await backed_up(scene)
        with pytest.raises(Locked):
            restored(scene, copy)
        with pytest.raises(Locked):
            decided(scene, "send")
        await scene.enrol(scene.acme)


def cut_short(content: bytes) -> bytes:
    return content[: len(content) // 2]


def overwritten(content: bytes) -> bytes:
    return content[:5000] + b"x" * 20000 + content[25000:]


@pytest.mark.parametrize("spoil", [cut_short, overwritten])
@pytest.mark.parametrize("name", ["copy.db", "copy.db.gz"])
async def test_a_damaged_backup_changes_nothing(
    scene: Scene, name: str, spoil: Callable[[bytes], bytes]
) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        copy = await backed_up(scene, name)
    before = (scene.folder / "tickets.db").read_bytes()
    content = copy.read_bytes()
    copy.write_bytes(spoil(content) if name == "copy.db" else content[:-200] + b"x" * 150)
    files = sorted(file.name for file in scene.folder.iterdir())
    with pytest.raises(Exception, match=r"."):
        restored(scene, copy)
    assert (scene.folder / "tickets.db").read_bytes() == before
    assert sorted(file.name for file in scene.folder.iterdir()) == files
