"""Acknowledgements of what came: along with a request, or many together."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict

import pytest
from telethon.crypto import AuthKey
from telethon.network.mtprotosender import MTProtoSender
from telethon.network.requeststate import RequestState
from telethon.tl import functions, types

from daemon.telegram.departures import MOST_UNACKNOWLEDGED, Departures

REQUEST = functions.updates.GetStateRequest()


LOGGERS: defaultdict[str, logging.Logger] = defaultdict(lambda: logging.getLogger("test"))


@pytest.fixture
async def sender() -> MTProtoSender:
    return MTProtoSender(AuthKey(bytes(range(256))), loggers=LOGGERS)


@pytest.fixture
async def departures(sender: MTProtoSender) -> Departures:
    return Departures(sender, LOGGERS)


def acknowledgement(*msg_ids: int) -> RequestState:
    return RequestState(types.MsgsAck(list(msg_ids)))


async def test_acknowledgements_wait_for_a_request_and_go_along(departures: Departures) -> None:
    departures.append(acknowledgement(1))
    packet = asyncio.create_task(departures.get())
    departures.append(acknowledgement(2))
    await asyncio.sleep(0)
    assert not packet.done()
    departures.append(RequestState(REQUEST))
    states, _ = await packet
    assert [type(state.request) for state in states] == [
        functions.updates.GetStateRequest,
        types.MsgsAck,
        types.MsgsAck,
    ]
    departures.append(RequestState(REQUEST))
    states, _ = await departures.get()
    assert [state.request for state in states] == [REQUEST]


async def test_many_acknowledgements_go_alone(departures: Departures) -> None:
    packet = asyncio.create_task(departures.get())
    await asyncio.sleep(0)
    for msg_id in range(MOST_UNACKNOWLEDGED):
        assert not packet.done()
        departures.append(acknowledgement(msg_id))
    async with asyncio.timeout(1):
        states, _ = await packet
    told = [msg_id for state in states for msg_id in state.request.msg_ids]
    assert told == list(range(MOST_UNACKNOWLEDGED))


async def test_what_came_while_nothing_was_asked_goes_along_with_the_next_request(
    departures: Departures, sender: MTProtoSender
) -> None:
    packet = asyncio.create_task(departures.get())
    await asyncio.sleep(0)
    sender._pending_ack.update({1, 2})
    departures.append(RequestState(REQUEST))
    states, _ = await packet
    request, told = states
    assert request.request is REQUEST
    assert sorted(told.request.msg_ids) == [1, 2]
    assert list(sender._last_acks) == [told]
    assert not sender._pending_ack


async def test_a_request_that_was_taken_back_leaves_nothing_behind(departures: Departures) -> None:
    departures.append(acknowledgement(1))
    packet = asyncio.create_task(departures.get())
    await asyncio.sleep(0)
    departures.append(RequestState(REQUEST))
    departures._deque.clear()  # as `LineClient.take_back` does
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not packet.done()
    departures.append(RequestState(REQUEST))
    states, _ = await packet
    assert [type(state.request) for state in states] == [type(REQUEST), types.MsgsAck]
