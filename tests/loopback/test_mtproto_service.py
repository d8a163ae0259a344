"""Service messages: pings, states, repetition on demand, and the ends of things."""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types
from telethon.tl.core import RpcResult

from tests.loopback.mtproto.arrivals import Refusal
from tests.loopback.mtproto.decoding import read_whole
from tests.loopback.raw_client import RawClient, initialized, raw_client, request_of
from tests.loopback.stub import SendMessage, send, sent, stub_telegram

NOW = 1_700_000_000


async def test_a_session_is_announced_once_and_for_each_earlier_message() -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        await client.exchange_keys()
        early = client.message(functions.PingRequest(1))
        first = client.say(functions.PingRequest(2))
        created = await client.expect(types.NewSessionCreated)
        assert created.first_msg_id == first
        client.salt = created.server_salt
        assert await client.settle() != []
        assert await client.settle() == []
        client.write_message(early)
        again = await client.expect(types.NewSessionCreated)
        assert again.first_msg_id == early.msg_id
        assert again.unique_id == created.unique_id


async def test_ping() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        msg_id = client.say(functions.PingRequest(77))
        assert (await client.expect(types.Pong, ping_id=77)).msg_id == msg_id


async def test_a_ping_that_is_not_repeated_in_time_ends_the_connection() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        # The second delay replaces the first: else the connection would not outlive it.
        client.say(functions.PingDelayDisconnectRequest(1, 0))
        client.say(functions.PingDelayDisconnectRequest(2, 3600))
        await client.expect(types.Pong, ping_id=2)
        await client.settle()
        client.say(functions.PingDelayDisconnectRequest(3, 0))
        await client.expect(types.Pong, ping_id=3)
        assert await client.rejection() is None


async def test_states_of_messages() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        ping = client.say(functions.PingRequest(1))
        lost = client.next_id()
        answered = client.say(send("one"))
        await client.result(answered)
        hold = telegram.faults.hold_answer(SendMessage)
        running = client.say(send("two"))
        await hold.reached()
        future = client.next_id() + (1 << 32)
        wanted = [ping, lost, answered, running, future]
        msg_id = client.say(types.MsgsStateReq(wanted))
        (info,) = [obj for obj in await client.settle() if isinstance(obj, types.MsgsStateInfo)]
        assert info.req_msg_id == msg_id
        assert [ord(state) for state in info.info] == [4, 2, 4 + 32 + 64, 4 + 32, 3]
        hold.release()


async def test_messages_can_be_asked_for_again() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        answer = await client.result(client.say(send("one")))
        client.say(types.MsgResendReq([answer.msg_id]))
        assert await client.result(request_of(answer)) == answer
        assert await client.settle() == []
        client.say(types.MsgResendReq([answer.msg_id, 12345]))
        told = await client.settle()
        assert [type(obj) for obj in told] == [RpcResult, types.MsgsStateInfo]


async def test_a_session_can_be_destroyed_by_another() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        first = client.session_id
        message = client.message(send("one"))
        client.write_message(message)
        await client.result(message.msg_id)
        client.session_id += 1
        client.say(functions.DestroySessionRequest(first))
        await client.expect(types.DestroySessionOk, session_id=first)
        client.say(functions.DestroySessionRequest(first))
        await client.expect(types.DestroySessionNone, session_id=first)
        # Nor does it come back with the end of the line it was on.
        telegram.cut_lines()
        assert await client.rejection() is None
        await client.open(telegram.host, telegram.port)
        client.say(functions.DestroySessionRequest(first))
        await client.expect(types.DestroySessionNone, session_id=first)


async def test_a_destroyed_key_is_unknown() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.say(functions.DestroyAuthKeyRequest())
        await client.expect(types.DestroyAuthKeyOk)
        client.say(functions.PingRequest(1))
        assert await client.rejection() == -404


async def dropped(client: RawClient, msg_id: int) -> Any:
    request = client.say(functions.RpcDropAnswerRequest(msg_id))
    answer = await client.result(request)
    return read_whole(answer.body[12:])


async def test_an_answer_can_be_dropped() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        assert isinstance(await dropped(client, 12345), types.RpcAnswerUnknown)
        message = client.message(send("one"))
        client.write_message(message)
        answer = await client.result(message.msg_id)
        told = await dropped(client, message.msg_id)
        assert isinstance(told, types.RpcAnswerDropped)
        assert (told.msg_id, told.seq_no, told.bytes) == (
            answer.msg_id,
            answer.seqno,
            len(answer.body),
        )
        assert isinstance(await dropped(client, message.msg_id), types.RpcAnswerUnknown)


async def test_an_answer_can_be_dropped_before_it_is_made() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        hold = telegram.faults.hold_answer(SendMessage)
        msg_id = client.say(send("one"))
        await hold.reached()
        assert isinstance(await dropped(client, msg_id), types.RpcAnswerDroppedRunning)
        hold.release()
        answer = await client.result(msg_id)
        assert answer.body[12:] == bytes(types.RpcAnswerDroppedRunning())
        assert sent(telegram) == ["one"]


async def test_messages_that_ask_for_nothing_are_taken_in_silence() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.say(types.HttpWait(0, 0, 25000), content=False)
        client.say(types.MsgsStateInfo(1, b"\1"), content=False)
        client.say(types.MsgsAllInfo([1], b"\1"), content=False)
        assert await client.settle() == []


async def test_a_broken_service_message_is_refused() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.write_message(client.message(bytes(functions.PingRequest(1))[:8]))
        told = await client.expect(types.BadMsgNotification)
        assert told.error_code == Refusal.INVALID_CONTAINER


async def test_a_second_session_of_a_key_needs_no_initialization() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        client.session_id += 1
        await client.result(client.say(send("one")))
        assert sent(telegram) == ["one"]


async def test_a_first_request_without_initialization_is_an_error() -> None:
    async with stub_telegram() as telegram, raw_client(telegram, keys=False) as client:
        await client.exchange_keys()
        answer = await client.expect(RpcResult, req_msg_id=client.say(send("one")))
        assert answer.error.error_message == "CONNECTION_NOT_INITED"
        await client.result(client.say(initialized(send("two"))))
        assert sent(telegram) == ["two"]
