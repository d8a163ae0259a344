"""What every test shares."""

from __future__ import annotations

import pytest
from hypothesis import settings

# No deadline per example: two busy cores make honest tests slow now and then. A failure prints what
# repeats it.
settings.register_profile("ticket-relay", deadline=None, print_blob=True)
settings.load_profile("ticket-relay")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--nightly", action="store_true", help="also the tests that take too long for every run"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Those that are left out are named at the end of the run."""
    if not config.getoption("--nightly"):
        for item in items:
            if item.get_closest_marker("nightly") is not None:
                item.add_marker(pytest.mark.skip(reason=f"runs with --nightly: {item.nodeid}"))
