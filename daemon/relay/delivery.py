"""Brings one claimed outbox row to its outcome: sent, or never to be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from daemon.core.model import ChatId, LinkRole
from daemon.core.retry import (
    Decision,
    ErrorKind,
    Failure,
    GiveUp,
    LookForIt,
    SendAgain,
    SendOtherwise,
    WaitAndClaimAgain,
    decide,
)
from daemon.relay import events
from daemon.relay.alternatives import Alternatives
from daemon.relay.clock import Clock
from daemon.relay.desk import Desk
from daemon.relay.finder import Finder
from daemon.relay.store import Store
from daemon.storage import outbox
from daemon.storage.outbox_row import OutboxRow
from daemon.telegram.calls import RequestFailed
from daemon.telegram.gateway import Gateway
from daemon.telegram.requests import Outgoing

log = structlog.get_logger()

_RANDOM_ID_IS_SAFE_MS = 5 * 60 * 1000
"""How long Telegram is taken to remember a random_id; beyond it the message is looked for. How long
it does is not documented. This is enough for a line that is made anew and for a restart, the times
when Telegram itself has to expect a repetition; and a look costs one request.
https://core.telegram.org/method/messages.sendMessage"""

_LEAST_PATIENCE_S = 60.0
_LOOK_AGAIN_S = 2.0
_LOOKS = 3

_UNTIL_LET_IN_S = 60.0

_NOT_SENT = (GiveUp, SendOtherwise, WaitAndClaimAgain)
"""Decisions that take the message for not sent."""


def _is_shut_out(failure: Failure, decision: Decision) -> bool:
    """Whether the chat is closed to us for a while, so that nobody can look what is there."""
    return failure.kind is ErrorKind.FORBIDDEN and isinstance(decision, WaitAndClaimAgain)


def _look_again_s(failure: Failure) -> float:
    """How long to wait with media that could not be looked up."""
    is_shut_out = failure.kind in (ErrorKind.FORBIDDEN, ErrorKind.REFUSED)
    return _UNTIL_LET_IN_S if is_shut_out else max(_LOOK_AGAIN_S, failure.wait_s)


@dataclass(frozen=True, slots=True)
class Sent:
    msg_ids: tuple[int, ...]
    """Empty where the message is there but could not be found."""


@dataclass(frozen=True, slots=True)
class Failed:
    reason: str
    is_lost: bool = False
    """There is nothing left that could be sent again."""
    is_forbidden: bool = False
    """Nothing at all may be written there."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """Not sent, and not to be tried for `wait_s` seconds."""

    wait_s: float


@dataclass(frozen=True, slots=True)
class Moved:
    """Not sent: the destination became another chat."""

    to: ChatId


Outcome = Sent | Failed | Postponed | Moved


class Delivery:
    """`server_time_ms` turns local time into Telegram's."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        finder: Finder,
        alternatives: Alternatives,
        desk: Desk,
        clock: Clock,
        server_time_ms: Callable[[int], int],
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._finder = finder
        self._alternatives = alternatives
        self._desk = desk
        self._clock = clock
        self._server_time_ms = server_time_ms

    def outcome_of_left_over(self, row: OutboxRow) -> Sent | None:
        """What became of a row that an earlier process claimed, where updates told it; None
        where the same request is to be made again."""
        told = tuple(msg_id for msg_id in row.told_ids if msg_id is not None)
        if len(told) == len(row.random_ids):
            return Sent(told)
        return None

    def _safe_ms(self, row: OutboxRow) -> int:
        """How long from now Telegram surely knows the row's random_ids; not above 0 where it
        may have forgotten them."""
        age_ms = self._server_time_ms(self._clock.now_ms()) - row.claimed_at
        return _RANDOM_ID_IS_SAFE_MS - age_ms

    async def deliver(self, row: OutboxRow, *, left_over: bool) -> tuple[OutboxRow, Outcome]:
        """Send a claimed row, as often and in as many ways as it takes. Returns the row as it
        stands then: another way may have changed it. `left_over`: an earlier process claimed the
        row, and may have sent it.

        Raises `SessionRefused`."""
        if row.role is LinkRole.REACTION:
            return row, await self._react(row)
        attempts = 0
        last: ErrorKind | None = None
        refreshed = False
        maybe_sent = left_over
        while True:
            result = await self._attempt(row, maybe_sent=maybe_sent)
            if isinstance(result, Sent):
                return row, result
            attempts = attempts + 1 if result.kind is last else 1
            last = result.kind
            decision = decide(result, attempts, self._alternatives.open_to(row, refreshed))
            self._log_retry(row, attempts, result, decision)
            maybe_sent |= result.repeated
            if outcome := await self._outcome_elsewhere(row, result, decision, maybe_sent):
                return row, outcome
            if maybe_sent and _is_shut_out(result, decision):
                # It stays claimed: replies to what may be its message are held until that is known.
                await self._clock.sleep(_UNTIL_LET_IN_S)
                continue
            maybe_sent = isinstance(decision, SendAgain)
            if isinstance(decision, SendOtherwise):
                try:
                    changed = await self._alternatives.taken(row, decision, result)
                except RequestFailed as error:
                    return row, Postponed(_look_again_s(error.failure))
                if changed is None:
                    return row, Failed(self._desk.texts.source_deleted, is_lost=True)
                row = await self._renewed(changed)
                refreshed |= decision.fresh_media
            elif outcome := await self._followed(decision, row, result):
                return row, outcome

    async def _react(self, row: OutboxRow) -> Sent:
        """Put an emoji under a message; twice is once. Nobody misses it where it is refused."""
        if row.reply_to is None or row.reply_to.chat_id != row.destination:
            return Sent(())
        for _ in range(_LOOKS):
            failure = await self._gateway.react(row.reply_to, row.text.text)
            if failure is None:
                break
            log.info(events.REACTION_REFUSED, chat=row.destination, error=failure.reason)
            if failure.kind not in (ErrorKind.UNKNOWN_OUTCOME, ErrorKind.SERVER_TROUBLE):
                break
            await self._clock.sleep(_LOOK_AGAIN_S)
        return Sent(())

    async def _attempt(self, row: OutboxRow, *, maybe_sent: bool) -> Sent | Failure:
        """Make the request; but where Telegram may have forgotten an earlier one with the same
        random_id, look for its message first."""
        if maybe_sent and self._safe_ms(row) <= 0 and (found := await self._find(row)):
            return Sent(found)
        message = Outgoing(
            row.destination, row.text, row.media, row.way, row.reply_to, row.random_ids
        )
        # Beyond that time Telethon must not repeat it by itself: it is looked for first.
        patience_s = max(_LEAST_PATIENCE_S, self._safe_ms(row) / 1000)
        result = await self._gateway.send(message, patience_s)
        return result if isinstance(result, Failure) else Sent(result)

    async def _followed(
        self, decision: Decision, row: OutboxRow, failure: Failure
    ) -> Outcome | None:
        """Do as decided; None where the same request is to be made again."""
        match decision:
            case GiveUp():
                reason = self._alternatives.explain(row, failure)
                return Failed(reason, is_forbidden=failure.kind is ErrorKind.FORBIDDEN)
            case WaitAndClaimAgain(after_s):
                return Postponed(after_s)
            case LookForIt():
                return Sent(await self._find_what_is_there(row))
            case SendAgain(after_s):
                await self._clock.sleep(after_s)
        return None

    async def _outcome_elsewhere(
        self, row: OutboxRow, failure: Failure, decision: Decision, maybe_sent: bool
    ) -> Outcome | None:
        """What was refused is this attempt; one before it may have been taken all the same. And
        the next may have to go elsewhere."""
        if not isinstance(decision, _NOT_SENT):
            return None
        if maybe_sent and (found := await self._find(row)):
            return Sent(found)
        now_at = await self._alternatives.now_at(row, failure)
        return Moved(now_at) if now_at is not None else None

    async def _renewed(self, changed: OutboxRow) -> OutboxRow:
        """Store how a row is to be sent that was definitely not sent."""
        renewed = await self._store(
            "renew", lambda tx: outbox.renew(tx, changed, self._clock.random_id)
        )
        return renewed or changed

    async def _find_what_is_there(self, row: OutboxRow) -> tuple[int, ...]:
        """Telegram has the message; it may take a moment until it can be seen."""
        for _ in range(_LOOKS):
            if found := await self._find(row):
                return found
            await self._clock.sleep(_LOOK_AGAIN_S)
        return ()

    async def _find(self, row: OutboxRow) -> tuple[int, ...]:
        """The ids of a message that is there, or may be; none where it cannot be found.

        Raises `SessionRefused`."""
        while True:
            try:
                return await self._finder.find(row)
            except RequestFailed as error:
                if error.failure.kind in (ErrorKind.FORBIDDEN, ErrorKind.REFUSED):
                    return ()  # we are not in the chat any more, and nobody can look
                log.info(events.SEND_RETRIED, outbox=row.id, error=str(error), decision="find")
                await self._clock.sleep(max(_LOOK_AGAIN_S, error.failure.wait_s))

    def _log_retry(
        self, row: OutboxRow, attempts: int, failure: Failure, decision: Decision
    ) -> None:
        log.info(
            events.SEND_RETRIED,
            outbox=row.id,
            chat=row.destination,
            ticket=row.ticket_id,
            attempts=attempts,
            error=failure.reason,
            decision=type(decision).__name__,
        )
