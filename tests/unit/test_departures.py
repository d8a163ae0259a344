"""Acknowledgements of what came: along with a request, or many together."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict

import pytest
from telethon.crypto import AuthKey
from telethon.network.mtprotostate import MTProtoState
from telethon.network.requeststate import RequestState
from telethon.tl import functions, types

from daemon.telegram.departures import MOST_UNACKNOWLEDGED, Departures

REQUEST = functions.updates.GetStateRequest()


@pytest.fixture
async def departures() -> Departures:
    loggers: defaultdict[str, logging.Logger] = defaultdict(lambda: logging.getLogger("test"))
    return Departures(MTProtoState(AuthKey(bytes(range(256))), loggers), loggers)


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
