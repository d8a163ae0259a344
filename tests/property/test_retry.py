"""Whatever Telegram answers, in whatever order: no message twice, none given up too early."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

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

failures = st.builds(
    Failure, st.sampled_from(ErrorKind), st.just("REASON"), st.floats(0, 1e6, allow_nan=False)
)
ways = st.builds(
    Ways,
    reply=st.booleans(),
    reply_elsewhere=st.booleans(),
    formatting=st.booleans(),
    media_refreshable=st.booleans(),
    media_way=st.none() | st.sampled_from(Way),
    media_droppable=st.booleans(),
)
must_arrive = st.builds(Ways, must_arrive=st.just(True))
REFUSED = {
    ErrorKind.FILE_REFERENCE,
    ErrorKind.NO_COPY,
    ErrorKind.TOO_LARGE,
    ErrorKind.REPLY_GONE,
    ErrorKind.FORBIDDEN,
    ErrorKind.REFUSED,
}


@dataclass
class Message:
    """One outbox row on its way, as the delivery handles it."""

    ways: Ways
    random_id: int = 1
    changes: int = 0
    attempts: int = 1
    over: bool = False

    def fail(self, failure: Failure) -> Decision:
        decision = decide(failure, self.attempts, self.ways)
        self.attempts += 1
        match decision:
            case SendOtherwise():
                self.changes += 1
                self.random_id += 1
                self.ways = left_after(decision, self.ways)
            case GiveUp() | LookForIt():
                self.over = True
            case SendAgain(after_s) | WaitAndClaimAgain(after_s):
                assert after_s > 0
        return decision


def left_after(way: SendOtherwise, ways: Ways) -> Ways:
    return Ways(
        reply=ways.reply and not way.without_reply,
        reply_elsewhere=ways.reply_elsewhere and not way.without_reply,
        formatting=ways.formatting and not way.without_formatting,
        media_refreshable=ways.media_refreshable and not (way.fresh_media or way.without_media),
        # A kind has two ways at most, so the next one is the last.
        media_way=None if way.media_way or way.without_media else ways.media_way,
        media_droppable=ways.media_droppable and not way.without_media,
    )


@given(failures, st.integers(1, 10**6), ways)
def test_each_kind_gets_only_decisions_that_fit_what_it_means(
    failure: Failure, attempts: int, ways: Ways
) -> None:
    decision = decide(failure, attempts, ways)
    match failure.kind:
        case ErrorKind.UNKNOWN_OUTCOME:
            assert isinstance(decision, SendAgain)
        case ErrorKind.DUPLICATE:
            assert isinstance(decision, LookForIt)
        case ErrorKind.FLOOD_WAIT:
            assert isinstance(decision, WaitAndClaimAgain)
            assert decision.after_s >= failure.wait_s
        case ErrorKind.SERVER_TROUBLE:
            assert isinstance(decision, SendAgain | GiveUp)
        case _:
            assert isinstance(decision, SendOtherwise | GiveUp)


@given(failures, st.integers(1, 10**6), must_arrive)
def test_what_must_arrive_is_not_given_up_for_want_of_a_right(
    failure: Failure, attempts: int, ways: Ways
) -> None:
    if failure.kind is ErrorKind.FORBIDDEN:
        assert isinstance(decide(failure, attempts, ways), WaitAndClaimAgain)


@given(failures, st.integers(1, 10**6), ways)
def test_another_way_takes_away_something_that_is_there(
    failure: Failure, attempts: int, ways: Ways
) -> None:
    decision = decide(failure, attempts, ways)
    if isinstance(decision, SendOtherwise):
        assert left_after(decision, ways) != ways
        assert ways.reply or not decision.without_reply
        assert ways.formatting or not decision.without_formatting
        assert ways.media_refreshable or not decision.fresh_media
        assert decision.media_way in (None, ways.media_way)
        assert ways.media_droppable or not decision.without_media


@given(st.lists(failures, max_size=30), ways)
def test_only_what_was_definitely_refused_gets_a_new_random_id(
    story: list[Failure], ways: Ways
) -> None:
    """Anything else may be there already, and would be there twice."""
    message = Message(ways)
    for failure in story:
        before = message.random_id
        message.fail(failure)
        assert message.random_id == before or failure.kind in REFUSED
        if message.over:
            assert failure.kind in {*REFUSED, ErrorKind.DUPLICATE, ErrorKind.SERVER_TROUBLE}
            break


@given(
    st.lists(st.sampled_from(sorted(REFUSED)), min_size=20, max_size=20),
    st.lists(st.sampled_from([ErrorKind.FLOOD_WAIT, ErrorKind.UNKNOWN_OUTCOME]), max_size=50),
    ways,
)
def test_refusals_come_to_an_end_and_waits_do_not_hasten_it(
    refusals: list[ErrorKind], waits: list[ErrorKind], ways: Ways
) -> None:
    patient, prompt = Message(ways), Message(ways)
    for kind in waits:
        patient.fail(Failure(kind, "REASON", 5.0))
    for kind in refusals:
        if prompt.over:
            break
        assert patient.fail(Failure(kind, "REASON")) == prompt.fail(Failure(kind, "REASON"))
    assert patient.over
    assert patient.changes <= 5
