"""Service messages: those that are about the session and not about Telegram.

https://core.telegram.org/mtproto/service_messages
https://core.telegram.org/mtproto/service_messages_about_messages

Known limits: http_wait, msgs_state_info and msgs_all_info are taken and ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from telethon.tl import functions, types

if TYPE_CHECKING:
    from tests.loopback.mtproto.session import Session

MAX_SALTS = 64
"""More are not given out at once."""

_RPC_QUERY = 32
_RPC_ANSWERED = 64


def _ping(session: Session, msg_id: int, ping: Any) -> None:
    session.reply(bytes(types.Pong(msg_id, ping.ping_id)))


def _ping_delay_disconnect(session: Session, msg_id: int, ping: Any) -> None:
    _ping(session, msg_id, ping)
    if session.line is not None:
        session.line.disconnect_after(ping.disconnect_delay)


def _msgs_ack(session: Session, msg_id: int, ack: Any) -> None:
    session.outbox.acknowledged(ack.msg_ids)


def _msgs_state_req(session: Session, msg_id: int, request: Any) -> None:
    states = bytes(_state(session, wanted) for wanted in request.msg_ids)
    session.reply(bytes(types.MsgsStateInfo(msg_id, states)))


def _state(session: Session, msg_id: int) -> int:
    state = session.arrivals.state(msg_id)
    if msg_id in session.running:
        state |= _RPC_QUERY
    elif msg_id in session.outcomes:
        state |= _RPC_QUERY | _RPC_ANSWERED
    return state


def _msg_resend_req(session: Session, msg_id: int, request: Any) -> None:
    repeated = [session.outbox.repeat(wanted) for wanted in request.msg_ids]
    # What cannot be sent again is answered as if its state had been asked for.
    if not all(repeated):
        _msgs_state_req(session, msg_id, request)
    session.flush_soon()


def _get_future_salts(session: Session, msg_id: int, request: Any) -> None:
    now = session.clock()
    salts = [
        types.FutureSalt(datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC), s)
        for since, until, s in session.authorization.salts.upcoming(
            max(1, min(request.num, MAX_SALTS)), now
        )
    ]
    session.reply(bytes(types.FutureSalts(msg_id, int(now), salts)))


def _destroy_session(session: Session, msg_id: int, request: Any) -> None:
    # A session cannot destroy itself.
    other = None
    if request.session_id != session.session_id:
        other = session.authorization.sessions.pop(request.session_id, None)
    kind = types.DestroySessionOk if other else types.DestroySessionNone
    session.reply(bytes(kind(request.session_id)))


def _destroy_auth_key(session: Session, msg_id: int, request: Any) -> None:
    session.reply(bytes(types.DestroyAuthKeyOk()))
    session.destroy_authorization()


def _rpc_drop_answer(session: Session, msg_id: int, request: Any) -> None:
    dropped = session.outbox.drop_answer(request.req_msg_id)
    if dropped is not None:
        message = dropped.message
        answer = types.RpcAnswerDropped(message.msg_id, message.seqno, len(message.body))
    elif request.req_msg_id in session.running:
        session.unwanted.add(request.req_msg_id)
        answer = types.RpcAnswerDroppedRunning()
    else:
        answer = types.RpcAnswerUnknown()
    # Unlike the other service messages this one is answered by an rpc_result.
    session.answer(msg_id, bytes(answer), ok=True)


def _ignored(session: Session, msg_id: int, message: Any) -> None:
    """Nothing depends on it here."""


Handler = Callable[["Session", int, Any], None]

SERVICE_MESSAGES: dict[int, Handler] = {
    kind.CONSTRUCTOR_ID: handler
    for kind, handler in (
        (functions.PingRequest, _ping),
        (functions.PingDelayDisconnectRequest, _ping_delay_disconnect),
        (functions.GetFutureSaltsRequest, _get_future_salts),
        (functions.DestroySessionRequest, _destroy_session),
        (functions.DestroyAuthKeyRequest, _destroy_auth_key),
        (functions.RpcDropAnswerRequest, _rpc_drop_answer),
        (types.MsgsAck, _msgs_ack),
        (types.MsgsStateReq, _msgs_state_req),
        (types.MsgResendReq, _msg_resend_req),
        (types.MsgsStateInfo, _ignored),
        (types.MsgsAllInfo, _ignored),
        (types.HttpWait, _ignored),
    )
}
"""What to do about each service message, by its constructor."""

EVEN_SEQNO = frozenset({types.MsgsAck.CONSTRUCTOR_ID})
"""Service messages whose sequence number must be even: nobody acknowledges them."""
