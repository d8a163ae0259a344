"""How many examples a property is tried on."""

from __future__ import annotations

from hypothesis import settings

_EVERY_RUN, _NIGHTLY = 40, 100
"""A property that asks for no number. Every run tries the same examples, so that what is red is the
change that was made; each night draws new ones."""


def load_profile(*, nightly: bool) -> None:
    """Before a property is made."""
    # No deadline per example: two busy cores make honest tests slow now and then. A failure prints
    # what repeats it.
    number = _NIGHTLY if nightly else _EVERY_RUN
    settings.register_profile(
        "ticket-relay",
        max_examples=number,
        derandomize=not nightly,
        deadline=None,
        print_blob=True,
    )
    settings.load_profile("ticket-relay")


def examples(nightly: int) -> int:
    """So many with --nightly, and the usual share of them in every run."""
    profile = settings.default
    assert profile is not None
    return max(1, nightly * profile.max_examples // _NIGHTLY)
