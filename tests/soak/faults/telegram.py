"""What Telegram refuses, and what it does not tell."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from telethon.tl import functions

from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import BasicGroup, Group
from tests.soak.faults.registry import fault
from tests.soak.relay_host import RelayProcess
from tests.soak.stage import Stage, is_difference, is_send, send_to


@fault()
async def flood_wait_short(stage: Stage) -> None:
    await _flood(stage, "flood_wait_short", f"FLOOD_WAIT_{stage.rng.randint(1, 5)}")


@fault(process=False)
async def flood_wait_long(stage: Stage) -> None:
    await _flood(stage, "flood_wait_long", f"FLOOD_WAIT_{stage.rng.randint(100, 2000)}")


@fault(process=False)
async def slow_mode_wait(stage: Stage) -> None:
    await _flood(stage, "slow_mode_wait", f"SLOWMODE_WAIT_{stage.rng.randint(5, 60)}")


async def _flood(stage: Stage, name: str, error: str) -> None:
    """In one chat, so that the others must go on."""
    await stage.moment()
    chat = stage.rng.choice([stage.scene.staff, *stage.customer_groups])
    in_chat = stage.counted(name, send_to(chat))
    stage.telegram.faults.fail(in_chat, 420, error, times=stage.rng.randint(1, 3))
    await stage.moment(60)


@fault()
async def server_errors(stage: Stage) -> None:
    """500, and the message was sent or was not."""
    await _trouble(stage, "server_errors", 500, "INTERNAL")


@fault()
async def timeouts(stage: Stage) -> None:
    await _trouble(stage, "timeouts", -503, "Timeout")


async def _trouble(stage: Stage, name: str, code: int, words: str) -> None:
    for _ in range(stage.rng.randint(1, 3)):
        await stage.moment(20)
        sends, sent = stage.counted(name, is_send), stage.rng.random() < 0.5
        stage.telegram.faults.fail(sends, code, words, after_handler=sent)
    await stage.moment(60)


@fault()
async def random_id_duplicate(stage: Stage) -> None:
    """A repeated send is answered with 500 RANDOM_ID_DUPLICATE."""
    stage.scene.world.repeat_answer = "duplicate_error"
    await _repeated(stage, "random_id_duplicate")


@fault()
async def random_id_original(stage: Stage) -> None:
    """A repeated send is answered with the message of the first."""
    await _repeated(stage, "random_id_original")


async def _repeated(stage: Stage, name: str) -> None:
    for _ in range(stage.rng.randint(2, 4)):
        await stage.moment(20)
        sends = stage.counted(name, is_send)
        if stage.rng.random() < 0.5:
            stage.telegram.faults.fail(sends, 500, "INTERNAL", after_handler=True)
        else:
            stage.telegram.faults.lose_answer(sends, cut=True)
    await stage.moment(60)


@fault()
async def file_reference_expired(stage: Stage) -> None:
    """All references that were ever given out, just before a photo is sent by its own. Once: they
    are good for hours, and a message that waits for its turn must not meet with it twice."""

    async def expire(_request: TlObject, _caller: Caller) -> None:
        stage.scene.world.files.expire_references()

    await stage.moment()
    media = stage.counted("file_reference_expired", lambda r, _c: isinstance(r, _MEDIA))
    stage.telegram.faults.before(media, expire)
    await stage.moment(90)


_MEDIA = functions.messages.SendMediaRequest


@fault(process=False)
async def write_forbidden(stage: Stage) -> None:
    await _silenced(stage, "write_forbidden", stage.rng.choice(stage.customer_groups))


@fault(process=False)
async def write_forbidden_in_staff_group(stage: Stage) -> None:
    await _silenced(stage, "write_forbidden_in_staff_group", stage.scene.staff)


async def _silenced(stage: Stage, name: str, group: Group) -> None:
    await stage.moment()
    async with stage.ruling(group):
        bot = stage.scene.bot
        stage.refusing.add(group)
        group.restrict(bot, send_messages=True, send_plain=True)
        stage.counts[name] += 1
        await stage.moment(200)
        group.restrict(bot, send_messages=False)


@fault(process=False)
async def kicked(stage: Stage) -> None:
    await _put_out(stage, "kicked", stage.rng.choice(stage.supergroups))


@fault(process=False)
async def kicked_from_staff_group(stage: Stage) -> None:
    await _put_out(stage, "kicked_from_staff_group", stage.scene.staff)


async def _put_out(stage: Stage, name: str, group: Group) -> None:
    await stage.moment()
    async with stage.ruling(group):
        stage.refusing.add(group)
        group.kick(stage.scene.bot, ban=stage.rng.random() < 0.5)
        stage.counts[name] += 1
        await stage.moment(300)
        group.add(stage.scene.bot)


@fault()
async def channel_difference_too_long(stage: Stage) -> None:
    """Hundreds of messages behind it, questions among them."""
    group = stage.rng.choice([stage.scene.staff, *stage.supergroups])
    stage.scene.world.channel_history_kept = stage.rng.randint(5, 40)
    await _crowd(stage, "channel_difference_too_long", group)


@fault()
async def difference_too_long(stage: Stage) -> None:
    group = next(g for g in stage.customer_groups if isinstance(g, BasicGroup))
    stage.scene.world.account_history_kept = stage.rng.randint(5, 40)
    await _crowd(stage, "difference_too_long", group)


async def _crowd(stage: Stage, name: str, group: Group) -> None:
    await stage.moment()
    async with _away(stage):
        await stage.moment(10)
        among_staff = group is stage.scene.staff
        person = stage.scene.carol if among_staff else stage.scene.nick
        for number in range(stage.rng.randint(150, 400)):
            if number % 100 == 50 and not among_staff:
                stage.people.ask_in_passing(group, person)
            else:
                stage.people.talk(group, person)
        await stage.moment(10)
        stage.counts[name] += 1


@asynccontextmanager
async def _away(stage: Stage) -> AsyncIterator[None]:
    if isinstance(stage.relay, RelayProcess) or stage.rng.random() < 0.5:
        async with stage.no_line():
            yield
    else:
        async with stage.stopped():
            yield


@fault()
async def difference_refused(stage: Stage) -> None:
    await stage.moment()
    code, words = stage.rng.choice([(500, "INTERNAL"), (420, "FLOOD_WAIT_3"), (-503, "Timeout")])
    asked = stage.counted("difference_refused", is_difference)
    stage.telegram.faults.fail(asked, code, words, times=stage.rng.randint(1, 3))
    stage.telegram.drop_pushes(2)
    await stage.moment(90)


@fault(process=False)
async def access_hash_gone(stage: Stage) -> None:
    """The relay's database does not know it any more, and Telegram says so once."""
    await stage.moment()
    async with stage.stopped():
        async with stage.disk:
            _write(stage, "UPDATE chats SET access_hash = 0 WHERE access_hash IS NOT NULL")
        asked = stage.counted("access_hash_gone", lambda r, _c: isinstance(r, _CHANNEL_DIFFERENCE))
        stage.telegram.faults.fail(asked, 400, "CHANNEL_INVALID")


_CHANNEL_DIFFERENCE = functions.updates.GetChannelDifferenceRequest


@fault(process=False)
async def updates_again(stage: Stage) -> None:
    """The database is one of some time ago as to how far it has read, so that Telegram tells
    everything once more, be it routed already or waiting."""
    before = _read_to(stage)
    for _ in range(2):
        await stage.moment(40)
        async with stage.stopped():
            async with stage.disk:
                for read in before:
                    _write(stage, "UPDATE chats SET pts = ? WHERE chat_id = ?", *read)
            stage.counts["updates_again"] += 1


def _write(stage: Stage, statement: str, *values: int) -> None:
    with closing(sqlite3.connect(stage.scene.folder / "tickets.db")) as database, database:
        database.execute(statement, values)


def _read_to(stage: Stage) -> list[tuple[int, int]]:
    """How far each sequence is read, with its chat."""
    with closing(sqlite3.connect(stage.scene.folder / "tickets.db")) as database:
        query = "SELECT pts, chat_id FROM chats WHERE pts IS NOT NULL"
        return database.execute(query).fetchall()


@fault(process=False)
async def too_fast(stage: Stage) -> None:
    """Telegram's limits are narrower than the relay takes them to be."""
    world = stage.scene.world
    world.send_limits = "flood_wait"
    await asyncio.sleep(120)
    world.send_limits = "off"
    stage.counts["too_fast"] += len(world.violations)
