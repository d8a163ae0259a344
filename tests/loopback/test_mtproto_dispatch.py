"""From a request to its handler and back, with the real client."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telethon import errors
from telethon.tl import functions, types
from telethon.tl.core import RpcResult

from tests.loopback.mtproto import dispatch
from tests.loopback.mtproto.dispatch import encode_result
from tests.loopback.raw_client import initialized, raw_client
from tests.loopback.rpc import Context, Handler, TlObject
from tests.loopback.stub import (
    BOT,
    BOT_ID,
    SendMessage,
    connected,
    send,
    sent,
    stub_telegram,
    typing,
)


def handler(request_type: Any, result: TlObject) -> dict[int, Handler]:
    async def answer(context: Context, request: TlObject) -> TlObject:
        return result

    return {request_type.CONSTRUCTOR_ID: answer}


async def test_the_real_client_logs_in_and_is_answered() -> None:
    async with stub_telegram() as telegram, connected(telegram, exchange=True) as client:
        me = await client.get_me()
        assert me.id == BOT_ID
        answer = await client(send("hello"))
        assert isinstance(answer, types.UpdateShortSentMessage)
        assert sent(telegram) == ["hello"]


async def test_what_a_client_sends_is_logged_without_its_wrappings() -> None:
    async with stub_telegram() as telegram, connected(telegram, exchange=True) as client:
        await client(send("hello"))
        assert [request.message for request in telegram.requests.of(SendMessage)] == ["hello"]
        kinds = {type(request) for _, request, _ in telegram.requests}
        assert functions.help.GetConfigRequest in kinds
        assert functions.InvokeWithLayerRequest not in kinds
        assert {seen.user_id for seen in telegram.requests} == {None, BOT_ID}


async def test_a_request_can_be_waited_for() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        await client(send("one"))
        await telegram.wait_for_request(SendMessage)
        waiting = asyncio.create_task(telegram.wait_for_request(SendMessage, 2))
        await asyncio.sleep(0)
        assert not waiting.done()
        await client(send("two"))
        await waiting
        telegram.requests.clear()
        with pytest.raises(TimeoutError, match="0 of 1"):
            await telegram.wait_for_request(SendMessage, within=0.01)


async def test_a_refusal_of_a_handler_is_an_rpc_error() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        with pytest.raises(errors.MessageEmptyError):
            await client(send("refused"))
        assert telegram.problems == []


async def test_a_request_without_a_handler_is_a_problem() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        with pytest.raises(errors.InputMethodInvalidError):
            await client.get_dialogs()
        with pytest.raises(AssertionError, match="no handler for GetDialogsRequest"):
            telegram.assert_clean()
        telegram.problems.clear()


async def test_a_mistake_in_a_handler_is_a_problem() -> None:
    async with stub_telegram() as telegram, connected(telegram) as client:
        with pytest.raises(errors.BadRequestError, match="LOOPBACK_BROKEN"):
            await client(send("broken"))
        with pytest.raises(AssertionError, match="the handler is at fault"):
            telegram.assert_clean()
        telegram.problems.clear()


@pytest.mark.parametrize("result", [None, 5, [5], types.UpdateShort(None, None)])
async def test_a_result_that_cannot_be_sent_is_a_problem(result: object) -> None:
    extra = handler(functions.help.GetSupportRequest, result)
    async with stub_telegram(extra=extra) as telegram, connected(telegram) as client:
        with pytest.raises(errors.BadRequestError, match="LOOPBACK_BROKEN"):
            await client(functions.help.GetSupportRequest())
        with pytest.raises(AssertionError, match="handler of GetSupportRequest failed"):
            telegram.assert_clean()
        telegram.problems.clear()


async def leave_with_a_problem(error: Exception | None) -> None:
    async with stub_telegram() as telegram:
        telegram.problems.append("the cause")
        if error is not None:
            raise error


async def test_a_problem_fails_the_test_at_its_end() -> None:
    with pytest.raises(AssertionError, match="the cause"):
        await leave_with_a_problem(None)


async def test_a_problem_is_noted_on_what_failed_the_test_before() -> None:
    with pytest.raises(KeyError) as caught:
        await leave_with_a_problem(KeyError("the consequence"))
    assert caught.value.__notes__ == ["the cause"]


def test_results_of_each_kind() -> None:
    assert encode_result(True) == bytes.fromhex("b5757299")
    assert encode_result(False) == bytes.fromhex("379779bc")
    assert encode_result([]) == bytes.fromhex("15c4b51c00000000")
    assert encode_result([BOT])[8:] == bytes(BOT) == encode_result(BOT)
    assert encode_result(b"as it is") == b"as it is"


@pytest.mark.parametrize(
    "body,error",
    [
        pytest.param(bytes.fromhex("efbeadde"), "INPUT_METHOD_INVALID", id="unknown"),
        pytest.param(bytes(send("one")) + bytes(4), "INPUT_FETCH_ERROR", id="too long"),
        pytest.param(bytes(send("one"))[:-8], "INPUT_FETCH_ERROR", id="too short"),
        pytest.param(b"\x15\xc4\xb5\x1c\xff\xff\xff\x7f", "INPUT_FETCH_ERROR", id="a vector"),
    ],
)
async def test_a_request_that_cannot_be_read_is_an_error_and_a_problem(
    body: bytes, error: str
) -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        msg_id = client.write_message(client.message(body))
        answer = await client.expect(RpcResult, req_msg_id=msg_id)
        assert answer.error.error_message == error
        assert len(telegram.problems) == 1
        telegram.problems.clear()
        assert sent(telegram) == []


async def test_another_layer_than_telethons_is_refused() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        wrapped = initialized(send("one"))
        wrapped.layer -= 1
        answer = await client.expect(RpcResult, req_msg_id=client.say(wrapped))
        assert answer.error.error_message == "CONNECTION_LAYER_INVALID"


# Order


class Gate:
    """A handler that waits, so that a later request can overtake."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.open = asyncio.Event()

    async def __call__(self, context: Context, request: TlObject) -> TlObject:
        self.started.append(request.message)
        if request.message == "slow":
            await self.open.wait()
        self.started.append(f"{request.message} done")
        return BOT

    @property
    def handlers(self) -> dict[int, Handler]:
        return {SendMessage.CONSTRUCTOR_ID: self}


async def test_requests_start_in_order_and_overtake_each_other() -> None:
    gate = Gate()
    async with (
        stub_telegram(extra=gate.handlers) as telegram,
        connected(telegram) as client,
    ):
        slow = asyncio.create_task(client(send("slow")))
        await telegram.wait_for_request(SendMessage)
        await client([send("one"), send("two")])
        assert gate.started == ["slow", "one", "one done", "two", "two done"]
        gate.open.set()
        await slow


async def test_ordered_requests_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "MAX_WAIT", 60)
    gate = Gate()
    async with (
        stub_telegram(extra=gate.handlers) as telegram,
        connected(telegram) as client,
    ):
        both = asyncio.create_task(client([send("slow"), send("after")], ordered=True))
        await telegram.wait_for_request(SendMessage, 2)
        # Had the second one been started, it would be done: it does not wait.
        await client.get_me()
        assert gate.started == ["slow"]
        gate.open.set()
        await both
        assert gate.started == ["slow", "slow done", "after", "after done"]


async def test_a_request_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """https://core.telegram.org/api/invoking#sequential-calls"""
    monkeypatch.setattr(dispatch, "MAX_WAIT", 0.01)
    gate = Gate()
    async with (
        stub_telegram(extra=gate.handlers) as telegram,
        raw_client(telegram) as client,
    ):
        slow = client.say(send("slow"))
        after = client.say(functions.InvokeAfterMsgRequest(slow, send("after")))
        await client.expect(RpcResult, req_msg_id=after)
        assert gate.started == ["slow", "after", "after done"]
        gate.open.set()
        await client.expect(RpcResult, req_msg_id=slow)


async def test_a_request_after_a_failed_one_fails() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        good, bad = client.say(send("good")), client.say(send("refused"))
        after = client.say(functions.InvokeAfterMsgsRequest([good, bad], send("after")))
        answer = await client.expect(RpcResult, req_msg_id=after)
        assert answer.error.error_message == "MSG_WAIT_FAILED"
        fine = client.say(functions.InvokeAfterMsgsRequest([good], send("fine")))
        assert (await client.expect(RpcResult, req_msg_id=fine)).error is None
        assert sent(telegram) == ["good", "fine"]


# Updates


async def test_only_sessions_that_want_updates_are_sent_them() -> None:
    async with (
        stub_telegram() as telegram,
        raw_client(telegram) as client,
    ):
        login = functions.auth.ImportBotAuthorizationRequest(0, 1, "x", "7:x")
        client.session_id += 1
        quiet = functions.InvokeWithoutUpdatesRequest(login)
        await client.expect(RpcResult, req_msg_id=client.say(quiet))
        file = functions.upload.GetFileRequest(types.InputTakeoutFileLocation(), 0, 4)
        await client.expect(RpcResult, req_msg_id=client.say(file))
        await client.settle()
        # The session that initialized the key is on the same line and wants them.
        telegram.push(BOT_ID, typing(), except_session=client.session_id - 1)
        assert [type(obj) for obj in await client.settle()] == []
        await client.expect(RpcResult, req_msg_id=client.say(send("one")))
        telegram.push(BOT_ID, typing(), except_session=client.session_id - 1)
        assert [type(obj) for obj in await client.settle()] == [types.UpdateShort]


async def test_the_session_that_caused_an_update_is_not_sent_it() -> None:
    async with (
        stub_telegram() as telegram,
        raw_client(telegram) as client,
        raw_client(telegram, seed=2) as other,
    ):
        login = functions.auth.ImportBotAuthorizationRequest(0, 1, "x", "7:x")
        for each in (client, other):
            await each.expect(RpcResult, req_msg_id=each.say(login))
        telegram.push(BOT_ID, typing(), except_session=client.session_id)
        assert await client.settle() == []
        assert [type(obj) for obj in await other.settle()] == [types.UpdateShort]


async def test_nobody_is_sent_anothers_updates_or_any_after_a_logout() -> None:
    async with stub_telegram() as telegram, raw_client(telegram) as client:
        login = functions.auth.ImportBotAuthorizationRequest(0, 1, "x", "7:x")
        await client.expect(RpcResult, req_msg_id=client.say(login))
        telegram.push(BOT_ID + 1, typing())
        assert await client.settle() == []
        logout = functions.auth.LogOutRequest()
        await client.expect(RpcResult, req_msg_id=client.say(logout))
        telegram.push(BOT_ID, typing())
        assert await client.settle() == []
