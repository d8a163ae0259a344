"""What systemd is to a service of `Type=notify`, as far as the service can tell."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

_LONGEST = 4096


class ServiceManager:
    """Its end of the socket."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self._socket.setblocking(False)
        self.environ = {"NOTIFY_SOCKET": str(folder / "notify")}
        self._messages: list[list[str]] = []

    def told(self) -> list[str]:
        """The first field of each state it was told, in order, but for the status alone."""
        return [first for first, *_ in self._received() if not first.startswith("STATUS=")]

    def statuses(self) -> list[str]:
        """What it would show in `systemctl status`, in order."""
        fields = [field for message in self._received() for field in message]
        return [field.removeprefix("STATUS=") for field in fields if field.startswith("STATUS=")]

    def _received(self) -> list[list[str]]:
        while True:
            try:
                message = self._socket.recv(_LONGEST)
            except BlockingIOError:
                return self._messages
            self._messages.append(message.decode().splitlines())

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[ServiceManager]:
    made = ServiceManager(tmp_path)
    yield made
    made.close()
