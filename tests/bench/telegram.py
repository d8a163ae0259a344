"""The Telegram of a measurement, in a process of its own, with the load made inside it.

    python -m tests.bench.telegram FOLDER

reads one JSON command a line from standard input, `{"do": NAME, …}`, and answers each with one
line: what it measured, and the CPU seconds that this process itself spent on it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.bench.load import Load
from tests.scene import Scene, a_scene

_LARGEST_MB = 1000
"""Of a document that the subject may copy."""

_NO_PACE = {
    "per_chat_per_second": 1_000_000,
    "per_group_per_minute": 60_000_000,
    "per_second": 1_000_000,
}
"""Far beyond what any subject reaches."""

Answer = dict[str, Any]
Command = Callable[..., Awaitable[Answer]]


class Telegram:
    """The commands."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._load = Load(scene)

    async def config(self) -> Answer:
        """Where the configuration for a subject is, and what it names."""
        return {
            "path": str(self._scene.config_file(media_cap_mb=_LARGEST_MB, **_NO_PACE)),
            "staff": self._scene.staff.marked_id,
            "groups": [group.marked_id for group in self._load.groups],
        }

    async def enrol(self) -> Answer:
        await self._load.enrol()
        return {}

    async def quiet(self) -> Answer:
        await self._load.quiet()
        return {}

    async def converse(self, tickets: int, at_once: int) -> Answer:
        return asdict(await self._load.converse(tickets, at_once))

    async def pile_up(self, questions: int) -> Answer:
        self._load.pile_up(questions)
        return {}

    async def worked_off(self, questions: int) -> Answer:
        seconds, arrived = await self._load.worked_off(questions)
        return {"wall_s": seconds, "arrived": arrived}

    async def talk(self, messages: int) -> Answer:
        await self._load.talk(messages)
        return {}

    async def document(self, megabytes: int) -> Answer:
        seconds, uploaded = await self._load.document(megabytes)
        return {"wall_s": seconds, "uploaded": uploaded}


async def _serve(folder: Path) -> None:
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    async with a_scene(folder) as scene:
        telegram = Telegram(scene)
        async for line in commands:
            order = json.loads(line)
            command: Command = getattr(telegram, order.pop("do"))
            cpu, began = time.process_time(), time.perf_counter()
            answer = await command(**order)
            spent = {
                "server_cpu_s": time.process_time() - cpu,
                "server_wall_s": time.perf_counter() - began,
            }
            print(json.dumps(answer | spent), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
