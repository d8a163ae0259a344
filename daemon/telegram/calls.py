"""Requests to Telegram and the answers to them, however long these take."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from telethon import errors

from daemon.core.retry import Failure
from daemon.telegram.client import RelayClient
from daemon.telegram.errors import translate


class RequestFailed(Exception):
    """A request was refused, or nothing is known of its outcome; `failure` tells which."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


class Calls:
    """Makes requests through the client. `answer_limit_s`: how long a request may go without an
    answer until the line is taken for dead."""

    def __init__(self, client: RelayClient, answer_limit_s: float) -> None:
        self._client = client
        self._answer_limit_s = answer_limit_s

    async def answer_to(self, request: Any, dc_id: int | None = None) -> Any:
        """The answer, however long it takes. A request is never given up and made again as
        another one: that could execute twice. A line that does not answer is cut instead.

        `dc_id` names the data centre that keeps a file; what is asked there changes nothing, so
        such a request may be given up.

        Raises `RequestFailed` or `SessionRefused`."""
        reconnects = self._client.reconnects
        if dc_id is None or dc_id == self._client.session.dc_id:
            call = asyncio.ensure_future(self._client(request))
        else:
            call = asyncio.ensure_future(self._client.at_data_center(dc_id, request))
        try:
            while True:
                done, _ = await asyncio.wait({call}, timeout=self._answer_limit_s)
                if done:
                    break
                self._client.force_reconnect()
                if dc_id is not None:
                    raise RequestFailed(translate(TimeoutError("no answer")))
        finally:
            call.cancel()
        if call.cancelled():  # not by us: Telethon cancels what is pending when it disconnects
            raise RequestFailed(translate(ConnectionError("connection closed")))
        error = call.exception()
        if isinstance(error, errors.FileMigrateError):
            return await self.answer_to(request, error.new_dc)
        if error is not None:
            repeated = self._client.reconnects > reconnects
            raise RequestFailed(replace(translate(error), repeated=repeated)) from error
        return call.result()
