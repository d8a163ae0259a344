"""A Telegram that is away for long comes back to a relay that waits; one that refuses it for good
ends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from telethon.client.telegrambaseclient import TelegramBaseClient
from telethon.tl import functions

import tests.loopback.api  # noqa: F401 - registers the handlers
from daemon.app import App, UpdatesStopped
from daemon.telegram.errors import SessionRefused
from tests.loopback.rpc import HANDLERS, Context, TlObject
from tests.loopback.server import LoopbackTelegram
from tests.scene import Scene, eventually

GET_DIFFERENCE = functions.updates.GetDifferenceRequest
GET_STATE = functions.updates.GetStateRequest


TRIES = 20
"""More than are made, and made again, to connect for the first time."""


async def test_the_line_is_made_anew_however_long_it_takes(
    scene: Scene, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telethon pauses for a second between two tries; here it need not."""
    monkeypatch.setitem(TelegramBaseClient.__init__.__kwdefaults__, "retry_delay", 0.02)
    async with scene.relay():
        await scene.enrol(scene.acme)
        await scene.telegram.refuse_connections()
        scene.telegram.cut_lines()
        await eventually(lambda: caplog.text.count("at connecting failed") > TRIES)
        scene.acme.say(scene.alice, "/ask Still there?")
        await scene.telegram.accept_connections()
        await scene.staff_sees("Still there?")


class Confusion:
    """A server that answers one question as if it were another, once this has begun."""

    def __init__(self) -> None:
        self.begun = False

    async def difference(self, context: Context, request: TlObject) -> TlObject:
        asked = GET_STATE if self.begun else GET_DIFFERENCE
        return await HANDLERS[asked.CONSTRUCTOR_ID](context, request)


@pytest.fixture
def confusion() -> Confusion:
    return Confusion()


@pytest.fixture
async def scene(tmp_path: Path, confusion: Confusion) -> AsyncIterator[Scene]:
    handlers = {**HANDLERS, GET_DIFFERENCE.CONSTRUCTOR_ID: confusion.difference}
    async with LoopbackTelegram(directory=tmp_path, handlers=handlers) as telegram:
        yield Scene(telegram, tmp_path)


async def test_a_relay_that_cannot_follow_updates_ends(scene: Scene, confusion: Confusion) -> None:
    """The service manager starts it again then; standing idle it would look alive."""
    async with ending(scene, UpdatesStopped):
        confusion.begun = True
        scene.telegram.cut_lines()


async def test_a_relay_whose_session_is_revoked_ends(scene: Scene) -> None:
    async with ending(scene, SessionRefused):
        scene.telegram.forget_keys(scene.bot.id)
        scene.telegram.cut_lines()


@asynccontextmanager
async def ending(scene: Scene, error: type[Exception]) -> AsyncIterator[None]:
    """A relay that ends by itself, with this error, after what happens within."""
    app = App(scene.config())
    running = asyncio.create_task(app.run())
    try:
        async with asyncio.timeout(20):
            await app.ready.wait()
            yield
            with pytest.raises(error):
                await asyncio.shield(running)
    finally:
        app.stop()
        await asyncio.wait({running})
