"""A request that is not waited for any longer is not made on a later line either."""

from __future__ import annotations

import asyncio

import pytest
from telethon.tl import functions, types

from daemon.connecting import make_client
from daemon.core.sync import Batch
from daemon.telegram.calls import Calls, RequestFailed
from daemon.telegram.login import log_in
from daemon.telegram.session import RelaySession, SessionFile
from tests.scene import Scene

SEND = functions.messages.SendMessageRequest


async def ignore(_: Batch) -> None:
    pass


async def test_what_was_taken_back_is_not_sent_when_the_line_is_back(scene: Scene) -> None:
    config = scene.config()
    session = RelaySession(SessionFile(config.telegram.session), None, ())
    client = make_client(config, session, ignore)
    try:
        await log_in(client, config.telegram.bot_token.reveal())
        calls = Calls(client, answer_limit_s=5.0)
        channel_id = -scene.staff.marked_id - 10**12
        peer = types.InputPeerChannel(channel_id, scene.world.access_hash(scene.bot, scene.staff))

        await scene.telegram.refuse_connections()
        scene.telegram.cut_lines()
        late = SEND(peer, "too late", random_id=1)
        with pytest.raises(RequestFailed):
            await calls.answer_to(late, patience_s=0.2)
        in_time = asyncio.create_task(calls.answer_to(SEND(peer, "in time", random_id=2)))
        await asyncio.sleep(0)
        await scene.telegram.accept_connections()
        await in_time
        assert [m.text for m in scene.bot_messages(scene.staff)] == ["in time"]
    finally:
        await client.disconnect()
