"""The connection to Telegram, which knows how long it has been silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from telethon.network import ConnectionTcpFull


class Line(ConnectionTcpFull):
    """Times are those of the event loop, in seconds.

    It is read and written by whoever asks it to. Telethon has a task for either direction, with a
    queue of one packet between: two more turns of the event loop for each packet, and a packet of
    a line that broke comes up on the next one."""

    made_at = 0.0
    """When the connection was last made."""
    heard_at = 0.0
    """When anything last came over it."""
    before_reading: Callable[[], Awaitable[None]] | None = None
    """Awaited before each packet is read: whoever has enough for now lets it take its time. What
    comes meanwhile stays with the system, whose buffers fill up until Telegram waits."""

    async def connect(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 it is Telethon that calls it
        ssl: Any = None,
    ) -> None:
        await super().connect(timeout=timeout, ssl=ssl)
        self.made_at = self.heard_at = asyncio.get_running_loop().time()

    async def send(self, data: bytes) -> None:
        """Raises `OSError` where the line is broken."""
        if not self._connected:
            raise ConnectionError("Not connected")
        self._send(data)
        await self._writer.drain()

    async def recv(self) -> Any:
        """Raises `OSError` or `IncompleteReadError` where the line is broken, and what Telethon
        raises where it holds no packet."""
        if self.before_reading is not None:
            await self.before_reading()
        received = b""
        while not received:
            if not self._connected:
                raise ConnectionError("Not connected")
            received = await self._recv()
        self.heard_at = asyncio.get_running_loop().time()
        return received

    async def _send_loop(self) -> None:
        """Nothing: see `send`."""

    async def _recv_loop(self) -> None:
        """Nothing: see `recv`."""
