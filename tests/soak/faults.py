"""What strikes, by name. Each fault waits for a moment of its own, strikes, and takes itself back:
afterwards nothing but its consequences is left.

docs/faults.md says how each of them is injected, and what of it is simulated.
"""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import Final

from telethon.tl import functions

from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import BasicGroup, Group, Supergroup
from tests.soak.relay_host import RelayProcess
from tests.soak.stage import DISK, Stage, is_difference, is_send, send_to

Fault = Callable[[Stage], Awaitable[None]]

FAULTS: Final[dict[str, Fault]] = {}
WITH_A_PROCESS: Final[set[str]] = set()
"""Faults that need the relay in a process of its own."""
IN_PROCESS: Final[set[str]] = set()
"""Faults that need it in ours, or simulated time that skips what is long."""


def fault(*, process: bool | None = None) -> Callable[[Fault], Fault]:
    """Register a fault under the name of its function."""

    def register(strike: Fault) -> Fault:
        name = strike.__name__
        FAULTS[name] = strike
        if process is not None:
            (WITH_A_PROCESS if process else IN_PROCESS).add(name)
        return strike

    return register


# --- the daemon ---


@fault(process=True)
async def kill_9(stage: Stage) -> None:
    """At any instant: serving, starting, or not yet begun."""
    assert isinstance(stage.relay, RelayProcess)
    for _ in range(stage.rng.randint(2, 6)):
        await stage.moment(12)
        stage.counts["kill_9"] += stage.relay.signal(signal.SIGKILL)


@fault(process=True)
async def sigterm(stage: Stage) -> None:
    assert isinstance(stage.relay, RelayProcess)
    for _ in range(stage.rng.randint(1, 4)):
        await stage.moment(15)
        stage.counts["sigterm"] += stage.relay.signal(signal.SIGTERM)


@fault(process=False)
async def stop_and_start(stage: Stage) -> None:
    """As SIGTERM does, without a process; and a pause."""
    for _ in range(stage.rng.randint(1, 3)):
        await stage.moment()
        async with stage.stopped():
            stage.counts["stop_and_start"] += 1
            await stage.moment(60)


@fault(process=False)
async def clock_jumps(stage: Stage) -> None:
    for _ in range(stage.rng.randint(2, 5)):
        await stage.moment(20)
        stage.clock.ahead_s = stage.rng.choice([-7200, -3700, -400, -40, 40, 400, 3700, 7200])
        stage.counts["clock_jumps"] += 1
    await stage.moment()
    stage.clock.ahead_s = 0.0


@fault()
async def disk_full(stage: Stage) -> None:
    """The kernel refuses to let the relay's files grow (RLIMIT_FSIZE), or to write to them."""
    for _ in range(stage.rng.randint(1, 3)):
        await stage.moment()
        async with stage.disk:
            database = stage.scene.folder / "tickets.db-wal"
            size = database.stat().st_size if database.exists() else 0
            stage.relay.limit_file_size(stage.rng.choice([0, size]))
            stage.counts["disk_full"] += 1
            await stage.moment(20)
            stage.relay.limit_file_size(None)


@fault(process=False)
async def read_only_database(stage: Stage) -> None:
    await _refused_by(stage, "read_only_database", "attempt to write a readonly database")


@fault(process=False)
async def database_locked(stage: Stage) -> None:
    """By another connection: for shorter than the relay waits for it or, seldom, for longer, which
    costs real seconds. The error that then comes is simulated otherwise."""
    await stage.moment()
    path = stage.scene.folder / "tickets.db"
    real_s = 5.3 if stage.rng.random() < 0.15 else 0.03
    stage.time.skips = False
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        stage.counts["database_locked"] += 1
        await asyncio.to_thread(time.sleep, real_s)
        other.execute("ROLLBACK")
    stage.time.skips = True
    await _refused_by(stage, "database_locked", "database is locked", "begin")


async def _refused_by(stage: Stage, name: str, words: str, step: str = "commit") -> None:
    def refused() -> None:
        stage.counts[name] += 1

    DISK.code = sqlite3.SQLITE_BUSY if "locked" in words else sqlite3.SQLITE_READONLY
    for _ in range(stage.rng.randint(1, 3)):
        await stage.moment()
        DISK.refused, DISK.step, DISK.refusal = refused, step, words
        await stage.moment(10)
        DISK.refusal = ""


@fault()
async def poison_update(stage: Stage) -> None:
    """A message that cannot be read, so that its routing raises."""
    for _ in range(stage.rng.randint(1, 2)):
        await stage.moment()
        group = stage.rng.choice(_supergroups(stage))
        stage.people.ask_the_unreadable(group, stage.scene.nick)
        stage.counts["poison_update"] += 1


# --- the line ---


@fault()
async def line_cut(stage: Stage) -> None:
    for _ in range(stage.rng.randint(1, 4)):
        await stage.moment(20)
        stage.counts["line_cut"] += stage.telegram.cut_lines(stage.scene.bot.id)


@fault()
async def line_silent(stage: Stage) -> None:
    """Open, but nothing passes any more."""
    await stage.moment()
    stage.counts["line_silent"] += stage.telegram.silence_lines(stage.scene.bot.id)


@fault()
async def slow_answers(stage: Stage) -> None:
    await stage.moment()
    slow = stage.counted("slow_answers", lambda r, c: is_send(r, c) or is_difference(r, c))
    seconds = stage.rng.choice([0.5, 5, 20, 45])
    stage.telegram.faults.delay_answer(slow, seconds, times=stage.rng.randint(2, 8))
    await stage.moment(60)


@fault()
async def answer_lost(stage: Stage) -> None:
    """The send took place."""
    for _ in range(stage.rng.randint(1, 3)):
        await stage.moment(20)
        sends = stage.counted("answer_lost", is_send)
        stage.telegram.faults.lose_answer(sends, cut=stage.rng.random() < 0.5)
    await stage.moment(60)


@fault()
async def request_lost(stage: Stage) -> None:
    for _ in range(stage.rng.randint(1, 3)):
        await stage.moment(20)
        requests = stage.counted("request_lost", lambda r, c: is_send(r, c) or is_difference(r, c))
        stage.telegram.faults.lose_request(requests)
    await stage.moment(60)


@fault()
async def updates_twice(stage: Stage) -> None:
    await stage.moment()
    await _pushes(stage, stage.telegram.duplicate_pushes, 12)


@fault()
async def updates_reordered(stage: Stage) -> None:
    for _ in range(3):
        await stage.moment(15)
        await _pushes(stage, stage.telegram.reorder_pushes, 4)


@fault()
async def gaps_in_pts(stage: Stage) -> None:
    for _ in range(3):
        await stage.moment(15)
        await _pushes(stage, stage.telegram.drop_pushes, 4)


@fault()
async def unknown_updates(stage: Stage) -> None:
    """A newer layer's constructor: nothing of the push can be read."""
    for _ in range(3):
        await stage.moment(15)
        await _pushes(stage, stage.telegram.garble_pushes, 3)


async def _pushes(stage: Stage, order: Callable[[int], None], most: int) -> None:
    """`telegram.faults` counts them."""
    order(stage.rng.randint(1, most))
    await stage.moment(20)


@fault(process=False)
async def hour_without_line(stage: Stage) -> None:
    await stage.moment()
    async with stage.no_line():
        stage.counts["hour_without_line"] += 1
        await asyncio.sleep(3600 + stage.rng.uniform(0, 600))


@fault(process=False)
async def dc_migration(stage: Stage) -> None:
    """The login is lost, and the new one is sent to another data centre."""
    await stage.moment()
    async with stage.stopped():
        (stage.scene.folder / "relay.session").unlink(missing_ok=True)
        logins = stage.counted("dc_migration", lambda r, _c: isinstance(r, _LOGIN))
        stage.telegram.faults.fail(logins, 303, "USER_MIGRATE_4")


_LOGIN = functions.auth.ImportBotAuthorizationRequest


# --- Telegram ---


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
    await _put_out(stage, "kicked", stage.rng.choice(_supergroups(stage)))


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
    group = stage.rng.choice([stage.scene.staff, *_supergroups(stage)])
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


def _supergroups(stage: Stage) -> list[Group]:
    return [group for group in stage.customer_groups if isinstance(group, Supergroup)]
