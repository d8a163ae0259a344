"""Tells systemd how the daemon fares: readiness, status, watchdog.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html

Only AF_UNIX sockets, by path or abstract; systemd's `vsock:` addresses (for virtual machines as a
whole) are treated as unset.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

_MICROSECONDS = 1_000_000


class Notifier:
    """Sends states to the service manager; does nothing when none listens.

    A state that cannot be delivered is dropped, never waited for: the event loop must not hang on
    the manager, and a missed watchdog ping is the manager's to judge.
    """

    def __init__(self, address: str | None) -> None:
        """`address` is the value of NOTIFY_SOCKET: a path, or `@name` for an abstract socket."""
        self._address = _socket_address(address)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Notifier:
        """The notifier of this process's service manager, if it has one."""
        return cls(environ.get("NOTIFY_SOCKET"))

    @property
    def listens(self) -> bool:
        """Whether there is a manager to tell."""
        return self._address is not None

    def ready(self, status: str | None = None) -> bool:
        """Start-up is done. Returns whether it was delivered, as all of these."""
        return self._send({"READY": "1"}, status)

    def status(self, status: str) -> bool:
        """One line for `systemctl status`."""
        return self._send({}, status)

    def reloading(self) -> bool:
        """The configuration is read again; `ready` tells the end. The time is asked for by
        `Type=notify-reload` of newer managers."""
        monotonic_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        return self._send({"RELOADING": "1", "MONOTONIC_USEC": str(monotonic_us)})

    def stopping(self, status: str | None = None) -> bool:
        """Shutdown has begun."""
        return self._send({"STOPPING": "1"}, status)

    def watchdog(self) -> bool:
        """Still alive; due every `watchdog_interval_s()`."""
        return self._send({"WATCHDOG": "1"})

    def extend_timeout(self, seconds: float) -> bool:
        """The present start or stop needs up to `seconds` more, from now."""
        return self._send({"EXTEND_TIMEOUT_USEC": str(int(seconds * _MICROSECONDS))})

    def _send(self, fields: Mapping[str, str], status: str | None = None) -> bool:
        if self._address is None:
            return False
        lines = [f"{name}={value}" for name, value in fields.items()]
        if status is not None:
            # A line break would begin another field.
            lines.append("STATUS=" + " ".join(status.split()))
        message = "\n".join(lines).encode("utf-8", "replace")
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                sock.setblocking(False)
                sock.sendto(message, self._address)
        except OSError:
            return False
        return True


def watchdog_interval_s(
    environ: Mapping[str, str] = os.environ, pid: int | None = None
) -> float | None:
    """Seconds between two watchdog pings: half of what the manager allows, as
    sd_watchdog_enabled(3) advises. None when no watchdog is set, or when it is set for another
    process than `pid` (default: this one)."""
    allowed_us = _positive_int(environ.get("WATCHDOG_USEC"))
    if allowed_us is None:
        return None
    watched = environ.get("WATCHDOG_PID")
    if watched and _positive_int(watched) != (os.getpid() if pid is None else pid):
        return None
    return allowed_us / _MICROSECONDS / 2


def _socket_address(address: str | None) -> str | None:
    match address[:1] if address else "":
        case "/":
            return address
        case "@" if address and len(address) > 1:
            return "\0" + address[1:]
        case _:
            return None


def _positive_int(text: str | None) -> int | None:
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    return int(text) or None
