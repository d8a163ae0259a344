"""The connection to Telegram, which knows how long it has been silent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from telethon.network import ConnectionTcpFull


class Line(ConnectionTcpFull):
    """Times are those of the event loop, in seconds."""

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

    async def recv(self) -> Any:
        if self.before_reading is not None:
            await self.before_reading()
        received = await super().recv()
        self.heard_at = asyncio.get_running_loop().time()
        return received
