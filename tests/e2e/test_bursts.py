"""More updates at once than are taken in meanwhile: they wait with Telegram, and nothing stalls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from telethon.tl import functions
from telethon.tl.core import RpcResult

from daemon.connecting import make_client
from daemon.core.model import ChatId
from daemon.core.sync import Batch, KnownChat
from daemon.telegram.client import RelayClient
from daemon.telegram.login import log_in
from daemon.telegram.pending_updates import MOST
from daemon.telegram.session import RelaySession, SessionFile
from tests.scene import Scene, eventually

BURST = 4 * MOST
TALK = 20
"""Far fewer messages than are acknowledged by themselves."""
ONE_PACKET = 200
"""Updates that one packet brings at most: the server closes a container at 32 KB."""

DIFFERENCE = functions.updates.GetChannelDifferenceRequest
STATE = functions.updates.GetStateRequest


class Taker:
    """Takes batches in as a disk does, and notes how many updates wait behind each."""

    def __init__(self) -> None:
        self.client: RelayClient | None = None
        self.taken: list[str] = []
        self.most_waiting = 0
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def take(self, batch: Batch) -> None:
        if self.client is not None:
            self.most_waiting = max(self.most_waiting, self.waiting())
        await self.may_go_on.wait()
        self.taken += [message.text.text for message in batch.messages]

    def waiting(self) -> int:
        assert self.client is not None
        return len(self.client._updates_queue)

    async def is_filled(self) -> None:
        """Return once as many updates wait as may."""
        await eventually(lambda: self.waiting() >= MOST)


@asynccontextmanager
async def a_client(scene: Scene, taker: Taker) -> AsyncIterator[RelayClient]:
    """One that follows the customer group."""
    config = scene.config()
    client = make_client(
        config, RelaySession(SessionFile(config.telegram.session), None, ()), taker.take
    )
    try:
        await log_in(client, config.telegram.bot_token.reveal())
        acme = scene.acme
        access_hash = scene.world.access_hash(scene.bot, acme)
        client.watch(
            KnownChat(ChatId(acme.marked_id), acme.title, access_hash, acme.pts(scene.bot))
        )
        taker.client = client
        yield client
    finally:
        await client.disconnect()


def asked_in_a_burst(scene: Scene) -> list[str]:
    return [scene.acme.say(scene.alice, f"/ask {number}").text for number in range(BURST)]


async def test_updates_beyond_what_may_wait_stay_with_telegram(scene: Scene) -> None:
    taker = Taker()
    async with a_client(scene, taker) as client:
        taker.may_go_on.clear()
        asked = asked_in_a_burst(scene)
        await taker.is_filled()
        answer = asyncio.create_task(client(STATE()))  # comes behind all of them
        taker.may_go_on.set()
        async with asyncio.timeout(10):
            await answer
        await eventually(lambda: len(taker.taken) == BURST)
        assert taker.taken == asked
        assert MOST <= taker.most_waiting < MOST + ONE_PACKET
        assert client.reconnects == 0
        assert scene.telegram.unacknowledged(scene.bot.id) < 2 * ONE_PACKET


async def test_a_difference_is_answered_however_many_updates_wait(scene: Scene) -> None:
    """The answer comes behind them, and they are not taken in before it."""
    taker = Taker()
    async with a_client(scene, taker) as client:
        taker.may_go_on.clear()
        scene.telegram.garble_pushes(1)  # what it was, a difference has to tell
        asked = asked_in_a_burst(scene)
        await taker.is_filled()
        taker.may_go_on.set()
        async with asyncio.timeout(5):
            await client.caught_up()
        await eventually(lambda: len(taker.taken) == BURST)
        assert taker.taken == asked


async def test_what_is_asked_for_regularly_is_asked_for_behind_a_burst(scene: Scene) -> None:
    taker = Taker()
    async with a_client(scene, taker) as client:
        await client.caught_up()
        before = scene.telegram.requests.count(DIFFERENCE)
        taker.may_go_on.clear()
        asked = asked_in_a_burst(scene)
        await taker.is_filled()
        client.ask_for_missed([ChatId(scene.acme.marked_id)])
        taker.may_go_on.set()
        async with asyncio.timeout(10):
            await client.caught_up()
        assert taker.taken == asked
        assert scene.telegram.requests.count(DIFFERENCE) == before + 1
        assert taker.most_waiting < MOST + ONE_PACKET


async def test_the_next_ping_acknowledges_talk_that_nothing_is_asked_about(scene: Scene) -> None:
    async with a_client(scene, Taker()) as client:
        await client.caught_up()
        said = [scene.acme.say(scene.alice, f"talk {number}") for number in range(TALK)]
        chat = ChatId(scene.acme.marked_id)
        await eventually(lambda: client.read_to(chat) >= said[-1].id)
        assert scene.telegram.unacknowledged(scene.bot.id) >= TALK
        client._sender._keepalive_ping(1)
        await eventually(lambda: client._sender._ping is None)
        assert scene.telegram.unacknowledged(scene.bot.id) < TALK


async def test_a_line_that_breaks_as_the_client_has_connected_is_bounded_too(scene: Scene) -> None:
    """The last answer that the connect waits for and the end of the line come in one go."""
    config = scene.config()
    scene._leave_login(config.telegram.session)
    session = RelaySession(SessionFile(config.telegram.session), None, ())
    client = make_client(config, session, Taker().take)
    sender = client._sender
    answered = sender._handle_rpc_result

    async def and_the_end(message: Any) -> None:
        asked = sender._pending_state.get(message.obj.req_msg_id)
        await answered(message)
        if asked is not None and isinstance(asked.request, functions.updates.GetDifferenceRequest):
            sender._handlers[RpcResult.CONSTRUCTOR_ID] = answered
            sender._connection._reader.feed_eof()

    sender._handlers[RpcResult.CONSTRUCTOR_ID] = and_the_end
    try:
        await log_in(client, config.telegram.bot_token.reveal())
        await eventually(lambda: client.reconnects == 1 and client.line is not None)
        assert client.line is not None
        assert client.line.before_reading is not None
    finally:
        await client.disconnect()


async def test_a_line_stays_alive_while_nothing_can_be_taken_in(scene: Scene) -> None:
    taker = Taker()
    async with a_client(scene, taker) as client:
        taker.may_go_on.clear()
        asked_in_a_burst(scene)
        await taker.is_filled()
        assert client.line is not None
        heard_at = client.line.heard_at
        await eventually(lambda: client.line is not None and client.line.heard_at > heard_at)
        assert len(client._updates_queue) < MOST + 2 * ONE_PACKET
        taker.may_go_on.set()


async def test_tickets_go_on_amid_a_burst_of_talk(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        for number in range(BURST):
            ticket = f"/ask question {number}." if number % MOST == 0 else "just talk"
            scene.acme.say(scene.alice, ticket)
        wrapper = await scene.staff_sees("question 0.")
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        await scene.bot_says(scene.acme, "Here")
        await scene.staff_sees(f"question {BURST - MOST}.")
    wrappers = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff) if "🎫" in m.text]
    assert wrappers == [f"question {number}." for number in range(0, BURST, MOST)]
