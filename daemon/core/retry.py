"""What to do after a send went wrong: a pure decision from the kind of error."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from daemon.core.media import Way


class ErrorKind(StrEnum):
    """What an error of a send means for the message. The telegram layer translates to these."""

    UNKNOWN_OUTCOME = "unknown_outcome"
    """No answer, or one that does not tell: the message may be there or not."""
    SERVER_TROUBLE = "server_trouble"
    """Telegram answers with an error of its own, which does not tell either."""
    DUPLICATE = "duplicate"
    """RANDOM_ID_DUPLICATE: the message is there, its id is not told."""
    FLOOD_WAIT = "flood_wait"
    """Not sent; Telegram says how long to wait."""
    FILE_REFERENCE = "file_reference"
    """Not sent; the media must be looked up again."""
    NO_COPY = "no_copy"
    """Not sent; this way of copying the media is not allowed or not possible."""
    TOO_LARGE = "too_large"
    """Not sent; the file is too large for being downloaded and uploaded again."""
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
    repeated: bool = False
    """The line was made anew meanwhile, and the request made again with it: this may be the answer
    to the second, while the first was taken."""


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
    without_formatting: bool = False
    fresh_media: bool = False
    media_way: Way | None = None
    without_media: bool = False


@dataclass(frozen=True, slots=True)
class LookForIt:
    """The message is there; find its id."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: str


Decision = SendAgain | WaitAndClaimAgain | SendOtherwise | LookForIt | GiveUp

_LONGEST_BACKOFF_S = 60.0

_MOST_TROUBLES = 12
"""Attempts, over some eight minutes, after which a message that Telegram answers with an error of
its own each time is set aside: the trouble is with the message, and others wait behind it."""

_UNTIL_ALLOWED_S = 60.0


@dataclass(frozen=True, slots=True)
class Ways:
    """What of a message can still be changed so that Telegram may take it. Each change takes one
    of these away, so there is an end to them."""

    reply: bool = False
    """It replies to a message, and can do without."""
    reply_elsewhere: bool = False
    """The message that it replies to is in another chat, the one that this chat was: any refusal
    may be about that chat."""
    formatting: bool = False
    """Its text has entities, and can do with fewer, at last with none."""
    media_refreshable: bool = False
    """Its media can be looked up again at its source."""
    media_way: Way | None = None
    """The next way for its media to get there."""
    media_droppable: bool = False
    """A link can stand in for its media."""
    must_arrive: bool = False
    """There is nobody else to tell: it waits until the relay may write there again."""


def decide(failure: Failure, attempts: int, ways: Ways) -> Decision:
    """What follows from a failed attempt. `attempts` counts those in a row that failed like it,
    this one included."""
    match failure.kind:
        case ErrorKind.UNKNOWN_OUTCOME:
            return SendAgain(_backoff_s(attempts))
        case ErrorKind.SERVER_TROUBLE if attempts < _MOST_TROUBLES:
            return SendAgain(_backoff_s(attempts))
        case ErrorKind.FORBIDDEN if ways.must_arrive and not _is_about_the_reply(
            failure.kind, ways
        ):
            return WaitAndClaimAgain(_UNTIL_ALLOWED_S)
        case ErrorKind.FLOOD_WAIT:
            return WaitAndClaimAgain(max(1.0, failure.wait_s))
        case ErrorKind.DUPLICATE:
            return LookForIt()
        case _:
            return _other_way(failure.kind, ways) or GiveUp(failure.reason)


def _backoff_s(attempts: int) -> float:
    return min(_LONGEST_BACKOFF_S, 0.5 * 2.0 ** min(attempts, 10))


def _other_way(kind: ErrorKind, ways: Ways) -> SendOtherwise | None:
    if _is_about_the_reply(kind, ways):
        return SendOtherwise(without_reply=True)
    match kind:
        case ErrorKind.FILE_REFERENCE if ways.media_refreshable:
            return SendOtherwise(fresh_media=True)
        case ErrorKind.REFUSED if ways.formatting:
            return SendOtherwise(without_formatting=True)
        case ErrorKind.FILE_REFERENCE | ErrorKind.NO_COPY | ErrorKind.REFUSED if ways.media_way:
            return SendOtherwise(media_way=ways.media_way)
        case (
            ErrorKind.FILE_REFERENCE | ErrorKind.NO_COPY | ErrorKind.TOO_LARGE | ErrorKind.REFUSED
        ) if ways.media_droppable:
            return SendOtherwise(without_media=True)
        case _:
            return None


def _is_about_the_reply(kind: ErrorKind, ways: Ways) -> bool:
    """Whether a reply less may help."""
    if kind is ErrorKind.REPLY_GONE:
        return ways.reply
    refused = kind in (ErrorKind.REFUSED, ErrorKind.FORBIDDEN)
    return refused and ways.reply and ways.reply_elsewhere
