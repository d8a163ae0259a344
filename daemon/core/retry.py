"""What to do after a send went wrong: a pure decision from the kind of error."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ErrorKind(StrEnum):
    """What an error of a send means for the message. The telegram layer translates to these."""

    UNKNOWN_OUTCOME = "unknown_outcome"
    """No answer, or one that does not tell: the message may be there or not."""
    DUPLICATE = "duplicate"
    """RANDOM_ID_DUPLICATE: the message is there, its id is not told."""
    FLOOD_WAIT = "flood_wait"
    """Not sent; Telegram says how long to wait."""
    FILE_REFERENCE = "file_reference"
    """Not sent; the media must be looked up again."""
    NO_COPY = "no_copy"
    """Not sent; this way of copying the media is not allowed or not possible."""
    REPLY_GONE = "reply_gone"
    """Not sent; the message to reply to does not exist any more."""
    FORBIDDEN = "forbidden"
    """Not sent; the relay may not write there."""
    REFUSED = "refused"
    """Not sent; Telegram refuses the message itself."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of a send, as the telegram layer reports it."""

    kind: ErrorKind
    reason: str
    """For people: Telegram's error name, never an exception's traceback."""
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SendAgain:
    """The very same request with the same random_id, after `after_s` seconds."""

    after_s: float


@dataclass(frozen=True, slots=True)
class WaitAndClaimAgain:
    """Definitely not sent: leave the chat alone for `after_s` seconds, claim the row no longer."""

    after_s: float


@dataclass(frozen=True, slots=True)
class SendOtherwise:
    """A definitely unsent message goes another way, with a new random_id."""

    without_reply: bool = False
    fresh_media: bool = False
    without_media: bool = False


@dataclass(frozen=True, slots=True)
class LookForIt:
    """The message is there; find its id."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: str


Decision = SendAgain | WaitAndClaimAgain | SendOtherwise | LookForIt | GiveUp

_LONGEST_BACKOFF_S = 60.0
_MOST_OTHER_WAYS = 3


def decide(
    failure: Failure, attempts: int, other_ways: int, media_can_be_dropped: bool
) -> Decision:
    """What follows from a failed attempt. `attempts` counts all those made, this one included,
    `other_ways` the times the message was changed for another way.
    `media_can_be_dropped`: the message carries media that a link can stand in for."""
    may_try_otherwise = other_ways < _MOST_OTHER_WAYS
    decision: Decision = GiveUp(failure.reason)
    match failure.kind:
        case ErrorKind.UNKNOWN_OUTCOME:
            decision = SendAgain(min(_LONGEST_BACKOFF_S, 0.5 * 2 ** min(attempts, 10)))
        case ErrorKind.FLOOD_WAIT:
            decision = WaitAndClaimAgain(max(1.0, failure.wait_s))
        case ErrorKind.DUPLICATE:
            decision = LookForIt()
        case ErrorKind.REPLY_GONE if may_try_otherwise:
            decision = SendOtherwise(without_reply=True)
        case ErrorKind.FILE_REFERENCE if may_try_otherwise:
            decision = SendOtherwise(fresh_media=True)
        case (
            ErrorKind.FILE_REFERENCE
            | ErrorKind.NO_COPY
            | ErrorKind.REFUSED
            | ErrorKind.FORBIDDEN  # of media alone, perhaps
        ) if media_can_be_dropped:
            decision = SendOtherwise(without_media=True)
    return decision
