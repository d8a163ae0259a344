"""Finds out where groups are, so that their updates can be followed."""

from __future__ import annotations

import functools
from collections.abc import Callable

import structlog

from daemon.core.model import ChatId
from daemon.core.sync import KnownChat
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.store import Store
from daemon.storage import groups, sync_state
from daemon.telegram.calls import RequestFailed
from daemon.telegram.gateway import ChatUnavailable, Gateway

log = structlog.get_logger()

_PAUSE_S = 2.0
"""Until the next try, where Telegram did not answer the question."""


class Whereabouts:
    """`watch` begins to follow a chat's updates."""

    def __init__(
        self, store: Store, gateway: Gateway, clock: Clock, watch: Callable[[KnownChat], None]
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._clock = clock
        self._watch = watch

    async def find(self, chat_id: ChatId) -> KnownChat:
        """A chat with its present pts, however long Telegram takes to tell.

        Raises `ChatUnavailable`, `SessionRefused`."""
        while True:
            try:
                return await self._gateway.chat(chat_id)
            except RequestFailed as error:
                wait_s = max(_PAUSE_S, error.failure.wait_s)
                log.warning(
                    events.LOOK_UP_FAILED, chat=chat_id, error=str(error), retry_in_s=wait_s
                )
                await self._clock.sleep(wait_s)

    async def follow_the_unseen(self) -> None:
        """Look up, once, the customer groups that were taken over from elsewhere."""
        for chat_id in await self._store("unseen", groups.never_seen):
            try:
                chat = await self.find(chat_id)
            except ChatUnavailable as error:
                log.warning(events.GROUP_UNAVAILABLE, chat=chat_id, reason=str(error))
                continue
            await self._store("seen", functools.partial(sync_state.put_chat, chat=chat))
            self._watch(chat)
            log.info(events.GROUP_SEEN, chat=chat_id, title=chat.title)
