"""Requests to Telegram and the answers to them, however long these take."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from telethon import errors, utils
from telethon.tl import types

from daemon.core.model import ChatId
from daemon.core.retry import ErrorKind, Failure
from daemon.core.sync import KnownChat
from daemon.telegram.client import RelayClient
from daemon.telegram.errors import translate

_MOST_TIMES_LONGER = 8
"""So many times its limit a request waits in the end, on a line that was made for it anew."""

_ALIVE_TIMES_LONGER = 2
"""So many times its limit a request waits where other things come over the line meanwhile."""


class RequestFailed(Exception):
    """A request was refused, or nothing is known of its outcome; `failure` tells which."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


class AnswerUnreadable(RequestFailed):
    """Telegram did what was asked, and answered with something that this version does not know:
    the same request would get the same answer."""

    def __init__(self, content: bytes) -> None:
        super().__init__(Failure(ErrorKind.REFUSED, "the answer is one of a newer Telegram"))
        self.content = content
        """The answer from there on."""


class Calls:
    """Makes requests through the client. `answer_limit_s`: how long a request may go without an
    answer until the line is taken for dead. It grows for a request that a new line did not help:
    where Telegram is slow, cutting lines would go on for ever."""

    def __init__(self, client: RelayClient, answer_limit_s: float) -> None:
        self._client = client
        self._answer_limit_s = answer_limit_s
        self._limits_s: dict[asyncio.Future[Any], float] = {}
        """Of each request that waits. None of them cuts a line that another still waits on."""

    def known_hash(self, chat_id: ChatId) -> int:
        known: Mapping[ChatId, KnownChat] = self._client.session.known_chats
        chat = known.get(chat_id)
        # 0: bots may name a channel they are in by its id alone.
        return chat.access_hash or 0 if chat else 0

    def input_channel(self, chat_id: ChatId) -> Any:
        """A supergroup as requests name it."""
        channel_id, _ = utils.resolve_id(chat_id)
        return types.InputChannel(channel_id, self.known_hash(chat_id))

    def input_peer(self, chat_id: ChatId) -> Any:
        peer_id, kind = utils.resolve_id(chat_id)
        if kind is types.PeerChannel:
            return types.InputPeerChannel(peer_id, self.known_hash(chat_id))
        if kind is types.PeerChat:
            return types.InputPeerChat(peer_id)
        return types.InputPeerUser(peer_id, 0)

    async def answer_to(
        self, request: Any, dc_id: int | None = None, patience_s: float = math.inf
    ) -> Any:
        """The answer, however long it takes. A request is never given up and made again as
        another one: that could execute twice. A line that does not answer is cut instead.

        After `patience_s` the request is taken back: it is not made again on a later line.

        `dc_id` names the data centre that keeps a file; what is asked there changes nothing, so
        such a request may be given up.

        Raises `RequestFailed`, `AnswerUnreadable` among it, or `SessionRefused`."""
        reconnects = self._client.reconnects
        elsewhere = dc_id is not None and dc_id != self._client.session.dc_id
        if dc_id is None or not elsewhere:
            call = asyncio.ensure_future(self._client(request))
        else:
            call = asyncio.ensure_future(self._client.at_data_center(dc_id, request))
        if not elsewhere:
            self._limits_s[call] = self._answer_limit_s
        sent_at = asyncio.get_running_loop().time()
        wait_s = self._answer_limit_s
        give_up_at = sent_at + patience_s
        try:
            while not (await asyncio.wait({call}, timeout=self._until(give_up_at, wait_s)))[0]:
                if asyncio.get_running_loop().time() >= give_up_at:
                    self._client.take_back(request)
                    raise RequestFailed(translate(TimeoutError("no answer")))
                if not elsewhere:
                    wait_s = self._cut_if_dead(sent_at)
                if dc_id is not None:
                    raise RequestFailed(translate(TimeoutError("no answer")))
        finally:
            call.cancel()
            self._limits_s.pop(call, None)
        if call.cancelled():  # not by us: Telethon cancels what is pending when it disconnects
            raise RequestFailed(translate(ConnectionError("connection closed")))
        error = call.exception()
        if isinstance(error, errors.FileMigrateError):
            return await self.answer_to(request, error.new_dc)
        if error is not None:
            raise self._failed(error, repeated=self._client.reconnects > reconnects)
        return call.result()

    @staticmethod
    def _failed(error: BaseException, *, repeated: bool) -> RequestFailed:
        if isinstance(error, errors.TypeNotFoundError):
            return AnswerUnreadable(error.remaining)
        failed = RequestFailed(replace(translate(error), repeated=repeated))
        failed.__cause__ = error
        return failed

    @staticmethod
    def _until(give_up_at: float, wait_s: float) -> float:
        return min(wait_s, max(0.0, give_up_at - asyncio.get_running_loop().time()))

    def _cut_if_dead(self, sent_at: float) -> float:
        """Cut the line if a request that was sent then has waited long enough for it; how long
        to wait now, in seconds."""
        line = self._client.line
        if line is None:  # it is being made anew
            return self._answer_limit_s
        limit_s = max(self._limits_s.values())
        began = max(sent_at, line.made_at)
        due = min(max(began, line.heard_at) + limit_s, began + _ALIVE_TIMES_LONGER * limit_s)
        wait_s = due - asyncio.get_running_loop().time()
        if wait_s > 0:
            return wait_s
        self._client.force_reconnect()
        longest_s = _MOST_TIMES_LONGER * self._answer_limit_s
        for call, waited_s in self._limits_s.items():
            self._limits_s[call] = min(longest_s, 2 * waited_s)
        return limit_s
