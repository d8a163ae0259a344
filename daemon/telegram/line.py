"""The connection to Telegram, which knows how long it has been silent."""

from __future__ import annotations

import asyncio
from typing import Any

from telethon.network import ConnectionTcpFull


class Line(ConnectionTcpFull):
    """Times are those of the event loop, in seconds."""

    made_at = 0.0
    """When the connection was last made."""
    heard_at = 0.0
    """When anything last came over it."""

    async def connect(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 it is Telethon that calls it
        ssl: Any = None,
    ) -> None:
        await super().connect(timeout=timeout, ssl=ssl)
        self.made_at = self.heard_at = asyncio.get_running_loop().time()

    async def recv(self) -> Any:
        received = await super().recv()
        self.heard_at = asyncio.get_running_loop().time()
        return received
