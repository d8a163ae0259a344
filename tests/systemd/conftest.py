"""One machine for all tests that do not break it, with the relay installed; a scene for each."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.e2e.conftest import scene
from tests.scene import Scene
from tests.systemd.machine import Machine, booted, why_not
from tests.systemd.service import Service, give_packages_to_program, install, put_checkout

__all__ = ["scene"]

SOURCE = "/srv/ticket relay"
"""Where the checkout is that is installed; a folder as people name them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mine = [item for item in items if "tests/systemd/" in item.nodeid]
    if not mine:
        return
    # One worker runs them, and longer than any other test: they begin first.
    items.sort(key=lambda item: "tests/systemd/" not in item.nodeid)
    reason = why_not()
    if reason is not None and os.environ.get("SYSTEMD_TESTS") == "required":
        raise pytest.UsageError(f"the tests under a real systemd cannot run: {reason}")
    if reason is not None:
        for item in mine:
            item.add_marker(pytest.mark.skip(reason=f"NOT RUN, NO REAL SYSTEMD: {reason}"))


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    with booted() as made:
        put_checkout(made, SOURCE)
        give_packages_to_program(made, SOURCE)
        install(made, SOURCE)
        yield made


@pytest.fixture
async def service(machine: Machine, scene: Scene) -> AsyncIterator[Service]:
    made = Service(machine, scene)
    made.configure()
    made.drop_in()
    try:
        yield made
    finally:
        await asyncio.to_thread(machine.run, "systemctl", "stop", "ticket-relay.service")
        machine.run("systemctl", "reset-failed", "ticket-relay.service", check=False)
        machine.run("sh", "-c", "rm -rf /var/lib/ticket-relay/*")
