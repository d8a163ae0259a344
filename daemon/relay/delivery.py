"""Brings one claimed outbox row to its outcome: sent, or never to be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from daemon.core.model import Media
from daemon.core.retry import (
    ErrorKind,
    Failure,
    GiveUp,
    LookForIt,
    SendAgain,
    SendOtherwise,
    WaitAndClaimAgain,
    Ways,
    decide,
)
from daemon.core.text import Text, fill
from daemon.core.wrapper import media_notice
from daemon.relay import events
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.relay.finder import Finder
from daemon.relay.store import Store
from daemon.storage import outbox
from daemon.storage.outbox import OutboxRow
from daemon.telegram.calls import RequestFailed
from daemon.telegram.gateway import Gateway
from daemon.telegram.requests import Outgoing

log = structlog.get_logger()

_RANDOM_ID_IS_SAFE_MS = 60 * 60 * 1000
"""How long Telegram is taken to remember a random_id; beyond it the message is looked for."""

_LOOK_AGAIN_S = 2.0

_NOT_SENT = (GiveUp, SendOtherwise, WaitAndClaimAgain)
"""Decisions that take the message for not sent."""


@dataclass(frozen=True, slots=True)
class Sent:
    msg_ids: tuple[int, ...]
    """Empty where the message is there but could not be found."""


@dataclass(frozen=True, slots=True)
class Failed:
    reason: str


@dataclass(frozen=True, slots=True)
class Postponed:
    """Not sent, and not to be tried for `wait_s` seconds."""

    wait_s: float


Outcome = Sent | Failed | Postponed


class Delivery:
    """`server_time_ms` turns local time into Telegram's."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        finder: Finder,
        desk: Desk,
        clock: Clock,
        server_time_ms: Callable[[int], int],
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._finder = finder
        self._desk = desk
        self._clock = clock
        self._server_time_ms = server_time_ms

    async def outcome_of_left_over(self, row: OutboxRow) -> Sent | None:
        """What became of a row that an earlier process claimed, as far as it can be told
        without sending; None where the same request is to be made again."""
        told = tuple(msg_id for msg_id in row.told_ids if msg_id is not None)
        if len(told) == len(row.random_ids):
            return Sent(told)
        if self._server_time_ms(self._clock.now_ms()) - row.claimed_at > _RANDOM_ID_IS_SAFE_MS:
            found = await self._find(row)
            return Sent(found) if found else None
        return None

    async def deliver(self, row: OutboxRow, *, left_over: bool) -> tuple[OutboxRow, Outcome]:
        """Send a claimed row, as often and in as many ways as it takes. Returns the row as it
        stands then: another way may have changed it. `left_over`: an earlier process claimed the
        row, and may have sent it.

        Raises `SessionRefused`."""
        attempts = row.attempts
        refreshed = False
        maybe_sent = left_over
        while True:
            result = await self._gateway.send(
                Outgoing(row.destination, row.text, row.media, row.reply_to, row.random_ids)
            )
            if not isinstance(result, Failure):
                return row, Sent(result)
            decision = decide(result, attempts, self._ways(row, refreshed))
            log.info(
                events.SEND_RETRIED,
                outbox=row.id,
                chat=row.destination,
                ticket=row.ticket_id,
                attempts=attempts,
                error=result.reason,
                decision=type(decision).__name__,
            )
            attempts += 1
            # What was refused is this attempt; one before it may have been taken all the same.
            if maybe_sent and isinstance(decision, _NOT_SENT) and (found := await self._find(row)):
                return row, Sent(found)
            maybe_sent = isinstance(decision, SendAgain)
            match decision:
                case GiveUp(reason):
                    return row, Failed(self._explain(result, reason))
                case WaitAndClaimAgain(after_s):
                    return row, Postponed(after_s)
                case LookForIt():
                    return row, Sent(await self._find(row))
                case SendOtherwise():
                    row = await self._renew(row, decision)
                    refreshed |= decision.fresh_media
                case SendAgain(after_s):
                    await self._clock.sleep(after_s)

    def _ways(self, row: OutboxRow, refreshed: bool) -> Ways:
        return Ways(
            reply=row.reply_to is not None,
            formatting=bool(row.text.entities),
            media_refreshable=bool(row.media) and not refreshed,
            # The staff can follow a link to the original; a customer cannot, and must not.
            media_droppable=bool(row.media) and row.destination == self._desk.staff_group,
        )

    async def _renew(self, row: OutboxRow, way: SendOtherwise) -> OutboxRow:
        text, media, reply_to = row.text, row.media, row.reply_to
        if way.fresh_media:
            media = tuple([await self._fresh(item) for item in media])
        if way.without_reply:
            reply_to = None
        if way.without_formatting:
            text = Text(text.text)
        if way.without_media:
            for item in media:
                notice = media_notice(self._desk.texts, item)
                text = text + Text("\n") + notice if text else notice
            media = ()
        renewed = await self._store(
            "renew",
            lambda tx: outbox.renew(tx, row, text, media, reply_to, self._clock.random_id),
        )
        return renewed or row

    async def _fresh(self, media: Media) -> Media:
        try:
            return await self._gateway.fresh_media(media) or media
        except RequestFailed:
            return media

    async def _find(self, row: OutboxRow) -> tuple[int, ...]:
        while True:
            try:
                return await self._finder.find(row)
            except RequestFailed as error:
                if error.failure.kind in (ErrorKind.FORBIDDEN, ErrorKind.REFUSED):
                    return ()  # we are not in the chat any more, and nobody can look
                log.info(events.SEND_RETRIED, outbox=row.id, error=str(error), decision="find")
                await self._clock.sleep(_LOOK_AGAIN_S)

    def _explain(self, failure: Failure, reason: str) -> str:
        if failure.kind is ErrorKind.FORBIDDEN:
            return fill(self._desk.texts.cannot_write, error=reason).text
        return reason
