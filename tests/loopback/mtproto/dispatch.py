"""Requests out of messages, handlers for requests, results into messages."""

from __future__ import annotations

import asyncio
import struct
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from telethon.tl import functions, types
from telethon.tl.alltlobjects import LAYER
from telethon.tl.tlobject import TLObject

from tests.loopback.mtproto.decoding import DecodeError, read_whole
from tests.loopback.mtproto.session import Session
from tests.loopback.rpc import Context, Handler, RpcError

MAX_WAIT = 0.5
"""Seconds after which a request does not wait any longer for the one it comes after."""

_FILE_QUERIES = (
    functions.auth.ImportAuthorizationRequest,
    functions.upload.GetFileRequest,
    functions.upload.SaveBigFilePartRequest,
    functions.upload.SaveFilePartRequest,
)
# They are as good as wrapped in invokeWithoutUpdates, and so is the login of the connections that
# clients open for them: https://core.telegram.org/api/invoking#disabling-updates

_VECTOR = struct.Struct("<Ii")
_VECTOR_ID = 0x1CB5C415
_BOOL = {True: struct.pack("<I", 0x997275B5), False: struct.pack("<I", 0xBC799737)}


class Outcome(NamedTuple):
    """What became of a request."""

    result: bytes
    """The result or the rpc_error, encoded."""
    ok: bool
    """Whether it is a result."""
    lost: bool = False
    """Whether it is never to arrive."""


@dataclass(slots=True)
class Call:
    """One request on its way through the server."""

    session: Session
    msg_id: int
    request: Any
    dispatcher: Dispatcher
    after: list[int] = field(default_factory=list)
    """The messages of the session that have to be served before."""

    async def run(self) -> Outcome:
        """Let the handler do its work."""
        return await self.dispatcher.run(self)


Action = Callable[[Call], Awaitable[Outcome | None]]
"""Serves a call in place of `Call.run`, which it may await. None: the request never arrived."""


class Dispatcher:
    """Serves requests, each in a task of its own that starts in the order of arrival.

    https://core.telegram.org/api/invoking
    """

    def __init__(
        self,
        world: Any,
        handlers: Mapping[int, Handler],
        *,
        seen: Callable[[Call], None],
        intercept: Callable[[Call], Action | None],
        problems: list[str],
    ) -> None:
        """`seen` is told of each request as it arrives; `intercept` may put an action in place of
        the handler; `problems` receives what must never happen in a test."""
        self._world = world
        self._handlers = handlers
        self._seen = seen
        self._intercept = intercept
        self._problems = problems
        self._tasks: set[asyncio.Task[None]] = set()

    def serve(self, session: Session, msg_id: int, body: bytes) -> None:
        """Take a request that was not seen before."""
        try:
            call = self._unwrap(session, msg_id, read_whole(body))
        except DecodeError as e:
            self._problems.append(f"a request that cannot be read: {e}")
            known = e.unknown_constructor is None
            error = RpcError(400, "INPUT_FETCH_ERROR" if known else "INPUT_METHOD_INVALID")
            session.answer(msg_id, _error(error).result, ok=False)
            return
        except RpcError as e:
            session.answer(msg_id, _error(e).result, ok=False)
            return
        self._seen(call)
        task = asyncio.get_running_loop().create_task(self._serve(call, self._intercept(call)))
        session.running[msg_id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _unwrap(self, session: Session, msg_id: int, request: Any) -> Call:
        """Take the wrappings off a request and note what they say.

        https://core.telegram.org/api/invoking
        """
        after: list[int] = []
        with_updates = True
        while True:
            if isinstance(request, functions.InvokeWithLayerRequest):
                if request.layer != LAYER:
                    raise RpcError(400, "CONNECTION_LAYER_INVALID")
            elif isinstance(request, functions.InitConnectionRequest):
                session.authorization.initialized = True
            elif isinstance(request, functions.InvokeWithoutUpdatesRequest):
                with_updates = False
            elif isinstance(request, functions.InvokeAfterMsgRequest):
                after.append(request.msg_id)
            elif isinstance(request, functions.InvokeAfterMsgsRequest):
                after += request.msg_ids
            else:
                break
            request = request.query
        if not session.authorization.initialized:
            raise RpcError(400, "CONNECTION_NOT_INITED")
        if with_updates and not isinstance(request, _FILE_QUERIES):
            session.subscribed = True
        return Call(session, msg_id, request, self, after)

    async def _serve(self, call: Call, action: Action | None) -> None:
        session = call.session
        if call.after and not await self._wait_for(call):
            outcome: Outcome | None = _error(RpcError(400, "MSG_WAIT_FAILED"))
        elif action is None:
            outcome = await self.run(call)
        else:
            try:
                outcome = await action(call)
            except Exception:  # noqa: BLE001 - a test's own callback, reported at its end
                self._report(f"a fault injected into {_name(call)} failed")
                outcome = _BROKEN
        if outcome is None:
            session.forget(call.msg_id)
        else:
            session.answer(call.msg_id, outcome.result, ok=outcome.ok, lost=outcome.lost)

    async def _wait_for(self, call: Call) -> bool:
        """Wait for the requests this one comes after; False if one of them failed.

        https://core.telegram.org/api/invoking#sequential-calls
        """
        session = call.session
        tasks = [session.running[i] for i in call.after if i in session.running]
        if tasks:
            await asyncio.wait(tasks, timeout=MAX_WAIT)
        return all(session.outcomes.get(msg_id, True) for msg_id in call.after)

    async def run(self, call: Call) -> Outcome:
        """Serve a request with its handler."""
        call.session.acknowledge(call.msg_id)
        request = call.request
        handler = self._handlers.get(getattr(request, "CONSTRUCTOR_ID", -1))
        if handler is None:
            self._problems.append(f"no handler for {_name(call)}: {str(request)[:500]}")
            return _error(RpcError(400, "INPUT_METHOD_INVALID"))
        try:
            result = await handler(Context(self._world, call.session), request)
            return Outcome(encode_result(result), ok=True)
        except RpcError as e:
            return _error(e)
        except Exception:  # noqa: BLE001 - a mistake in a handler, reported at the test's end
            self._report(f"the handler of {_name(call)} failed")
            return _BROKEN

    async def close(self) -> None:
        """Give up what is still running."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _report(self, what: str) -> None:
        self._problems.append(f"{what}:\n{traceback.format_exc()}")


def encode_result(result: Any) -> bytes:
    """A handler's result as the bytes of an rpc_result.

    Taken are a TL object, a bool, a list of TL objects, or bytes that are encoded already.
    """
    if isinstance(result, bytes):
        return result
    if isinstance(result, bool):
        return _BOOL[result]
    if isinstance(result, list):
        return _VECTOR.pack(_VECTOR_ID, len(result)) + b"".join(map(_encode_object, result))
    return _encode_object(result)


def _encode_object(obj: Any) -> bytes:
    # bytes() of a number would be so many zeros.
    if not isinstance(obj, TLObject):
        raise TypeError(f"a handler returned {type(obj).__name__}, which is no TL object")
    return bytes(obj)


def _error(error: RpcError) -> Outcome:
    return Outcome(bytes(types.RpcError(error.code, error.message)), ok=False)


# Not a 500, which Telethon would ask for again until the test's time is over.
_BROKEN = _error(RpcError(400, "LOOPBACK_BROKEN"))


def _name(call: Call) -> str:
    return type(call.request).__name__
