"""What every test shares."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests import examples

_MEMORY = Path("/dev/shm")
"""On Linux a folder that is in memory: a database there waits for no disk when it commits."""

_MEMORY_FREE = 2 << 30
"""Bytes; a container may have few."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--nightly",
        action="store_true",
        help="also the tests that take too long for every run, and all examples of properties",
    )


def pytest_configure(config: pytest.Config) -> None:
    examples.load_profile(nightly=config.getoption("--nightly"))
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _MEMORY_FREE:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Those that are left out are named at the end of the run."""
    if not config.getoption("--nightly"):
        for item in items:
            if item.get_closest_marker("nightly") is not None:
                item.add_marker(pytest.mark.skip(reason=f"runs with --nightly: {item.nodeid}"))
