"""What follows from a send that went wrong."""

from __future__ import annotations

import pytest

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

DEFINITE = [
    ErrorKind.FILE_REFERENCE,
    ErrorKind.NO_COPY,
    ErrorKind.REPLY_GONE,
    ErrorKind.FORBIDDEN,
    ErrorKind.REFUSED,
]


def decided(
    kind: ErrorKind,
    attempts: int = 1,
    other_ways: int = 0,
    media_can_be_dropped: bool = False,
    wait_s: float = 0.0,
) -> Decision:
    return decide(Failure(kind, "REASON", wait_s), attempts, other_ways, media_can_be_dropped)


def test_an_unknown_outcome_repeats_the_same_request_after_a_while() -> None:
    assert decided(ErrorKind.UNKNOWN_OUTCOME) == SendAgain(1.0)
    assert decided(ErrorKind.UNKNOWN_OUTCOME, attempts=3) == SendAgain(4.0)


@pytest.mark.parametrize("attempts", [1, 7, 1000, 10**9])
def test_an_unknown_outcome_is_never_given_up_and_waits_a_minute_at_most(attempts: int) -> None:
    decision = decided(ErrorKind.UNKNOWN_OUTCOME, attempts, media_can_be_dropped=True)
    assert isinstance(decision, SendAgain)
    assert 0 < decision.after_s <= 60.0


@pytest.mark.parametrize("wait_s, waits", [(30.0, 30.0), (86400.0, 86400.0), (0.0, 1.0)])
def test_a_flood_wait_is_kept_to_the_second(wait_s: float, waits: float) -> None:
    assert decided(ErrorKind.FLOOD_WAIT, 50, wait_s=wait_s) == WaitAndClaimAgain(waits)


def test_a_duplicate_is_looked_for_and_never_sent_again() -> None:
    assert decided(ErrorKind.DUPLICATE, attempts=9, other_ways=9) == LookForIt()


@pytest.mark.parametrize("attempts", [1, 4, 100])
def test_a_reply_to_a_message_that_is_gone_goes_without_it(attempts: int) -> None:
    """However many flood waits and cut lines came before."""
    assert decided(ErrorKind.REPLY_GONE, attempts) == SendOtherwise(without_reply=True)


@pytest.mark.parametrize("attempts", [1, 4, 100])
def test_an_old_file_reference_is_renewed(attempts: int) -> None:
    assert decided(ErrorKind.FILE_REFERENCE, attempts) == SendOtherwise(fresh_media=True)


def test_other_ways_come_to_an_end() -> None:
    for kind in (ErrorKind.REPLY_GONE, ErrorKind.FILE_REFERENCE):
        assert decided(kind, other_ways=3) == GiveUp("REASON")


@pytest.mark.parametrize(
    "kind",
    [ErrorKind.FILE_REFERENCE, ErrorKind.NO_COPY, ErrorKind.REFUSED, ErrorKind.FORBIDDEN],
)
def test_media_that_cannot_be_sent_is_dropped_where_a_link_can_stand_for_it(
    kind: ErrorKind,
) -> None:
    decision = decided(kind, other_ways=3, media_can_be_dropped=True)
    assert decision == SendOtherwise(without_media=True)


@pytest.mark.parametrize("kind", [ErrorKind.NO_COPY, ErrorKind.REFUSED, ErrorKind.FORBIDDEN])
def test_a_refused_message_is_given_up_with_telegrams_reason(kind: ErrorKind) -> None:
    assert decided(kind) == GiveUp("REASON")


@pytest.mark.parametrize("kind", DEFINITE)
def test_what_was_definitely_not_sent_is_never_sent_unchanged(kind: ErrorKind) -> None:
    for other_ways in range(5):
        for droppable in (False, True):
            decision = decided(kind, 1, other_ways, droppable)
            assert isinstance(decision, SendOtherwise | GiveUp)
