"""What befalls the line, and what comes over it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from telethon.tl import functions

from tests.soak.faults.registry import fault
from tests.soak.stage import Stage, is_difference, is_send


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
