"""The server as a whole: data centres, lines that break and ports that refuse."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from telethon import TelegramClient, errors
from telethon.crypto import rsa
from telethon.sessions import MemorySession
from telethon.tl import functions

from tests.loopback.mtproto.keys import server_key
from tests.loopback.raw_client import raw_client
from tests.loopback.server import LoopbackTelegram
from tests.loopback.stub import (
    BOT_ID,
    TOKEN,
    SendMessage,
    connected,
    send,
    sent,
    stub_telegram,
)

ImportBotAuthorization = functions.auth.ImportBotAuthorizationRequest


async def test_configuration() -> None:
    async with stub_telegram(extra_dcs=[4]) as telegram, connected(telegram) as client:
        config = await client(functions.help.GetConfigRequest())
        assert config.this_dc == telegram.dc_id == 2
        assert {option.id: option.port for option in config.dc_options} == {
            2: telegram.port,
            4: telegram.port_of(4),
        }
        assert {option.ip_address for option in config.dc_options} == {telegram.host}


async def test_a_bot_is_sent_to_its_own_data_centre() -> None:
    async with (
        stub_telegram(extra_dcs=[4]) as telegram,
        connected(telegram, login=False) as client,
    ):
        telegram.faults.fail(ImportBotAuthorization, 303, "USER_MIGRATE_4")
        await client.sign_in(bot_token=TOKEN)
        assert (client.session.dc_id, client.session.port) == (4, telegram.port_of(4))
        assert (await client(functions.help.GetConfigRequest())).this_dc == 4
        await client(send("one"))
        assert sent(telegram) == ["one"]
        assert telegram.requests.count(ImportBotAuthorization) == 2


async def test_a_port_can_be_asked_for() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        await client(send("one"))
        port = telegram.port
    async with stub_telegram(port=port) as telegram, connected(telegram) as client:
        assert telegram.port == client.session.port == port


async def test_the_key_file_is_what_telethon_takes(tmp_path: Path) -> None:
    async with stub_telegram(directory=tmp_path) as telegram:
        assert telegram.public_key_path.parent == tmp_path
        rsa.add_key(telegram.public_key_path.read_bytes(), old=False)
        assert server_key().fingerprint in rsa._server_keys


async def test_a_temporary_key_file_is_removed() -> None:
    async with stub_telegram() as telegram:
        path = telegram.public_key_path
        assert path.exists()
    assert not path.exists()


async def test_a_key_lasts_from_one_client_to_the_next() -> None:
    async with stub_telegram() as telegram:
        async with connected(telegram, exchange=True) as client:
            key = client.session.auth_key
        session = MemorySession()
        session.set_dc(telegram.dc_id, telegram.host, telegram.port)
        session.auth_key = key
        again = TelegramClient(session, 1, "x" * 32)
        await again.connect()
        try:
            assert (await again.get_me()).id == BOT_ID
            assert telegram.requests.count(ImportBotAuthorization) == 1
        finally:
            await again.disconnect()


async def test_a_logged_out_key_is_nobodys() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        await client(functions.auth.LogOutRequest())
        await telegram.wait_for_request(functions.auth.LogOutRequest)
        with pytest.raises(errors.AuthKeyUnregisteredError):
            await client(functions.users.GetUsersRequest([]))


async def test_cut_lines_of_one_user() -> None:
    async with (
        stub_telegram() as telegram,
        connected(telegram) as client,
        connected(telegram, login=False) as other,
    ):
        assert telegram.connections() == 2
        assert telegram.connections(BOT_ID) == 1
        assert telegram.cut_lines(BOT_ID + 1) == 0
        assert telegram.cut_lines(BOT_ID) == 1
        await telegram.wait_for_connections(1)
        await client(send("on the next line"))
        assert other.is_connected()
        # Telethon may have sent it twice: its queue outlives the line it was for.
        assert set(sent(telegram)) == {"on the next line"}


async def test_a_silenced_line_is_there_and_says_nothing() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        hold = telegram.faults.hold_answer(SendMessage)
        held = asyncio.create_task(client(send("held")))
        await hold.reached()
        assert telegram.silence_lines(BOT_ID) == 1
        hold.release()
        unheard = asyncio.create_task(client(send("unheard")))
        async with connected(telegram) as other:
            await other(send("by another line"))
        assert {held.done(), unheard.done()} == {False}
        assert sent(telegram) == ["held", "by another line"]
        telegram.cut_lines()
        await asyncio.gather(held, unheard)
        assert set(sent(telegram)) == {"held", "unheard", "by another line"}


async def test_refused_connections_and_the_same_port_again() -> None:
    async with (
        stub_telegram() as telegram,
        connected(telegram, connection_retries=None) as client,
    ):
        port = telegram.port
        await telegram.refuse_connections()
        await client(send("the line that is there stays"))
        telegram.cut_lines()
        await telegram.wait_for_connections(0)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(telegram.host, port)
        waiting = asyncio.create_task(client(send("waits")))
        await asyncio.sleep(0)
        await telegram.accept_connections()
        async with asyncio.timeout(5):
            await waiting
        assert telegram.port == port
        assert list(dict.fromkeys(sent(telegram))) == ["the line that is there stays", "waits"]


async def test_a_refusing_port_is_nobody_elses() -> None:
    async with stub_telegram() as telegram:
        await telegram.refuse_connections()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind((telegram.host, telegram.port))
        await telegram.accept_connections()


async def test_leaving_gives_up_what_is_running() -> None:
    async with stub_telegram() as telegram:
        hold = telegram.faults.hold_answer(SendMessage)
        async with connected(telegram) as client:
            task = asyncio.create_task(client(send("one")))
            await hold.reached()
        assert task.cancelled()
    assert len(asyncio.all_tasks()) == 1


async def test_forgotten_keys_are_unknown() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        assert telegram.forget_keys(BOT_ID + 1) == 0
        assert telegram.forget_keys(BOT_ID) == 1
        with pytest.raises(errors.AuthKeyNotFound):
            await client(send("one"))


async def test_a_user_can_be_waited_for() -> None:
    async with stub_telegram() as telegram:
        waiting = asyncio.create_task(telegram.wait_for_connections(1, BOT_ID))
        async with connected(telegram, login=False) as client:
            assert not waiting.done()
            await client.sign_in(bot_token=TOKEN)
            await waiting
        await telegram.wait_for_connections(0, BOT_ID)
        with pytest.raises(TimeoutError, match="0 connections, not 1"):
            await telegram.wait_for_connections(1, within=0.01)


async def test_one_seed_makes_one_exchange() -> None:
    async def challenge(telegram: LoopbackTelegram) -> object:
        async with raw_client(telegram, keys=False) as client:
            answer = await client.ask_plain(functions.ReqPqMultiRequest(1))
            return answer.pq, answer.server_nonce

    drawn = []
    for seed in (1, 1, 2):
        async with stub_telegram(seed=seed) as telegram:
            drawn.append(await challenge(telegram))
    assert drawn[0] == drawn[1] != drawn[2]
