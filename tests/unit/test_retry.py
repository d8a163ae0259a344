"""What follows from a send that went wrong."""

from __future__ import annotations

import pytest

from daemon.core.media import Way
from daemon.core.retry import (
    Decision,
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

DEFINITE = [
    ErrorKind.FILE_REFERENCE,
    ErrorKind.NO_COPY,
    ErrorKind.TOO_LARGE,
    ErrorKind.REPLY_GONE,
    ErrorKind.FORBIDDEN,
    ErrorKind.REFUSED,
]


NO_WAYS = Ways()
ALL_WAYS = Ways(
    reply=True,
    formatting=True,
    media_refreshable=True,
    media_way=Way.UPLOAD,
    media_droppable=True,
)


def decided(
    kind: ErrorKind,
    attempts: int = 1,
    ways: Ways = NO_WAYS,
    wait_s: float = 0.0,
) -> Decision:
    return decide(Failure(kind, "REASON", wait_s), attempts, ways)


def test_an_unknown_outcome_repeats_the_same_request_after_a_while() -> None:
    assert decided(ErrorKind.UNKNOWN_OUTCOME) == SendAgain(1.0)
    assert decided(ErrorKind.UNKNOWN_OUTCOME, attempts=3) == SendAgain(4.0)


@pytest.mark.parametrize("attempts", [1, 7, 1000, 10**9])
def test_an_unknown_outcome_is_never_given_up_and_waits_a_minute_at_most(attempts: int) -> None:
    decision = decided(ErrorKind.UNKNOWN_OUTCOME, attempts, ALL_WAYS)
    assert isinstance(decision, SendAgain)
    assert 0 < decision.after_s <= 60.0


@pytest.mark.parametrize("wait_s, waits", [(30.0, 30.0), (86400.0, 86400.0), (0.0, 1.0)])
def test_a_flood_wait_is_kept_to_the_second(wait_s: float, waits: float) -> None:
    assert decided(ErrorKind.FLOOD_WAIT, 50, wait_s=wait_s) == WaitAndClaimAgain(waits)


def test_a_duplicate_is_looked_for_and_never_sent_again() -> None:
    assert decided(ErrorKind.DUPLICATE, 9, ALL_WAYS) == LookForIt()


@pytest.mark.parametrize("attempts", [1, 4, 100])
def test_a_reply_to_a_message_that_is_gone_goes_without_it(attempts: int) -> None:
    """However many flood waits and cut lines came before."""
    assert decided(ErrorKind.REPLY_GONE, attempts, Ways(reply=True)) == SendOtherwise(
        without_reply=True
    )


@pytest.mark.parametrize("kind", [ErrorKind.REFUSED, ErrorKind.FORBIDDEN])
def test_what_is_refused_with_a_reply_to_another_chat_goes_without_it(kind: ErrorKind) -> None:
    ways = Ways(reply=True, reply_elsewhere=True, formatting=True, must_arrive=True)
    assert decided(kind, ways=ways) == SendOtherwise(without_reply=True)
    within = Ways(reply=True, formatting=True)
    assert decided(kind, ways=within) != SendOtherwise(without_reply=True)


@pytest.mark.parametrize("attempts", [1, 4, 100])
def test_an_old_file_reference_is_renewed(attempts: int) -> None:
    assert decided(ErrorKind.FILE_REFERENCE, attempts, ALL_WAYS) == SendOtherwise(fresh_media=True)


def test_a_refused_text_goes_without_its_formatting() -> None:
    decision = decided(ErrorKind.REFUSED, ways=Ways(formatting=True))
    assert decision == SendOtherwise(without_formatting=True)


@pytest.mark.parametrize("kind", DEFINITE)
def test_other_ways_come_to_an_end(kind: ErrorKind) -> None:
    ways = ALL_WAYS
    while isinstance(decision := decided(kind, ways=ways), SendOtherwise):
        fewer = Ways(
            reply=ways.reply and not decision.without_reply,
            formatting=ways.formatting and not decision.without_formatting,
            media_refreshable=ways.media_refreshable and not decision.fresh_media,
            media_way=None if decision.media_way else ways.media_way,
            media_droppable=ways.media_droppable and not decision.without_media,
        )
        assert fewer != ways
        ways = fewer
    assert decision == GiveUp("REASON")


@pytest.mark.parametrize("kind", [ErrorKind.FILE_REFERENCE, ErrorKind.NO_COPY, ErrorKind.REFUSED])
def test_media_go_the_next_way_where_there_is_one(kind: ErrorKind) -> None:
    decision = decided(kind, ways=Ways(media_way=Way.UPLOAD, media_droppable=True))
    assert decision == SendOtherwise(media_way=Way.UPLOAD)


def test_no_other_way_helps_where_media_are_too_large() -> None:
    ways = Ways(media_way=Way.UPLOAD, media_droppable=True)
    assert decided(ErrorKind.TOO_LARGE, ways=ways) == SendOtherwise(without_media=True)


@pytest.mark.parametrize(
    "kind",
    [
        ErrorKind.FILE_REFERENCE,
        ErrorKind.NO_COPY,
        ErrorKind.TOO_LARGE,
        ErrorKind.REFUSED,
    ],
)
def test_media_that_cannot_be_sent_is_dropped_where_a_link_can_stand_for_it(
    kind: ErrorKind,
) -> None:
    decision = decided(kind, ways=Ways(media_droppable=True))
    assert decision == SendOtherwise(without_media=True)


@pytest.mark.parametrize("kind", [ErrorKind.NO_COPY, ErrorKind.REFUSED, ErrorKind.FORBIDDEN])
def test_a_refused_message_is_given_up_with_telegrams_reason(kind: ErrorKind) -> None:
    assert decided(kind) == GiveUp("REASON")


@pytest.mark.parametrize("kind", DEFINITE)
@pytest.mark.parametrize("ways", [NO_WAYS, ALL_WAYS])
def test_what_was_definitely_not_sent_is_never_sent_unchanged(kind: ErrorKind, ways: Ways) -> None:
    assert isinstance(decided(kind, ways=ways), SendOtherwise | GiveUp)


def test_where_it_must_arrive_it_waits_until_it_may() -> None:
    assert decided(ErrorKind.FORBIDDEN, ways=Ways(must_arrive=True)) == WaitAndClaimAgain(60.0)
    assert decided(ErrorKind.FORBIDDEN, ways=NO_WAYS) == GiveUp("REASON")


def test_a_message_with_which_telegram_has_trouble_each_time_is_set_aside() -> None:
    waits = []
    attempts = 1
    while isinstance(decision := decided(ErrorKind.SERVER_TROUBLE, attempts), SendAgain):
        waits.append(decision.after_s)
        attempts += 1
    assert decision == GiveUp("REASON")
    assert 5 * 60 < sum(waits) < 15 * 60  # longer than a passing trouble of Telegram's
