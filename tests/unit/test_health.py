"""What the service manager is told, over real sockets."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.health import Notifier, watchdog_interval_s


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The service manager's end, bound to a path."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(5)
        yield sock


@pytest.fixture
def notifier(manager: socket.socket) -> Notifier:
    return Notifier(manager.getsockname())


@pytest.mark.parametrize(
    "tell, message",
    [
        (lambda it: it.ready(), "READY=1"),
        (lambda it: it.ready("serving 3 groups"), "READY=1\nSTATUS=serving 3 groups"),
        (lambda it: it.status("出 ok"), "STATUS=出 ok"),
        (lambda it: it.status("a\nREADY=1\x00"), "STATUS=a READY=1\x00"),
        (lambda it: it.stopping(), "STOPPING=1"),
        (lambda it: it.watchdog(), "WATCHDOG=1"),
        (lambda it: it.extend_timeout(1.5), "EXTEND_TIMEOUT_USEC=1500000"),
    ],
)
def test_a_state_arrives_as_one_datagram(
    manager: socket.socket, notifier: Notifier, tell: Callable[[Notifier], bool], message: str
) -> None:
    assert tell(notifier)
    assert manager.recv(4096).decode() == message


def test_an_abstract_socket_is_reached() -> None:
    name = f"ticket-relay-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0{name}")
        sock.settimeout(5)
        assert Notifier.from_environ({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert sock.recv(64) == b"READY=1"


@pytest.mark.parametrize("address", [None, "", "@", "relative", "vsock:2:1234"])
def test_without_a_manager_nothing_happens(address: str | None) -> None:
    environ = {} if address is None else {"NOTIFY_SOCKET": address}
    assert not Notifier.from_environ(environ).ready()


def test_a_manager_that_is_gone_is_no_error(tmp_path: Path) -> None:
    assert not Notifier(str(tmp_path / "nobody")).ready()


def test_a_manager_that_does_not_read_is_not_waited_for(
    manager: socket.socket, notifier: Notifier
) -> None:
    """The kernel queues a few datagrams; the first that finds no room is dropped at once."""
    assert not all(notifier.watchdog() for _ in range(10_000))
    assert manager.recv(64) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    "environ, interval",
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": ""}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "x"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": ""}, None),
    ],
)
def test_the_watchdog_is_due_at_half_of_what_the_manager_allows(
    environ: dict[str, str], interval: float | None
) -> None:
    assert watchdog_interval_s(environ, pid=7) == interval
