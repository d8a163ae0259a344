"""Starts that do not get on at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telethon.tl import functions

from daemon.core.sync import Batch
from daemon.telegram.client import RelayClient
from daemon.telegram.errors import TelegramUnreachable
from daemon.telegram.login import SessionOfAnother, log_in
from daemon.telegram.server import Server
from daemon.telegram.session import RelaySession, SessionFile
from tests.loopback.mtproto.keys import server_key
from tests.scene import API_HASH, API_ID, Scene

ImportBot = functions.auth.ImportBotAuthorizationRequest


@contextlib.asynccontextmanager
async def client_of(port: int, folder: Path) -> AsyncIterator[RelayClient]:
    async def take(batch: Batch) -> None:
        raise AssertionError(f"updates from nowhere: {batch}")

    session = RelaySession(SessionFile(folder / "relay.session"), None, ())
    server = Server("127.0.0.1", port, 2, server_key().public_pem())
    client = RelayClient(session, API_ID, API_HASH, take, server)
    try:
        yield client
    finally:
        await client.disconnect()


async def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel accepts, nobody answers
        port = silent.getsockname()[1]
        async with client_of(port, tmp_path) as client:
            with pytest.raises(TelegramUnreachable, match=f"127.0.0.1:{port}: no answer within"):
                await log_in(client, "1:x", limit_s=0.2)


async def test_something_else_than_telegram_is_told_apart(tmp_path: Path) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as web:
        port = web.sockets[0].getsockname()[1]
        async with client_of(port, tmp_path) as client:
            with pytest.raises(TelegramUnreachable, match=f"127.0.0.1:{port}"):
                await log_in(client, "1:x")


async def test_a_bot_that_has_to_wait_with_its_login_waits(scene: Scene) -> None:
    scene.logged_in = False
    scene.telegram.faults.fail(ImportBot, 420, "FLOOD_WAIT_1")
    async with scene.relay():
        assert scene.telegram.requests.count(ImportBot) == 2


async def test_the_session_of_another_bot_is_refused(scene: Scene) -> None:
    async with scene.relay():
        pass
    scene.bot = scene.world.add_bot("Other", username="other_bot")
    scene.staff.add(scene.bot)
    with pytest.raises(SessionOfAnother, match=f"not {scene.bot.id}"):
        async with scene.relay():
            pass
