"""The load of a measurement: conversations that people lead, and talk that concerns nobody.

It is made inside the server's process, so that no people's clients cost anything. Every message
carries a mark of its own, by which what the subject makes of it is found.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

from telethon.tl import functions

from tests.loopback.world import Group, StoredMessage
from tests.scene import Scene

GROUPS = 16
"""Customer groups that the conversations are spread over."""

STEPS = 5
"""Of one conversation: ask, staff reply, customer continues, staff reply, close."""

SENDS = 7
"""Of one conversation: wrapper, two answers with a confirmation each, continuation, closing."""

_LIMIT_S = 120.0
"""Seconds for one step, before the measurement is given up."""

_QUIET_S = 0.75
"""Without a request, the subject has ended what belongs to its start: half a second after it the
relay looks at its groups."""


@dataclass
class Measured:
    """What a load tells of its subject."""

    steps: int = 0
    sends: int = 0
    """Messages that the subject sent."""
    pushes: int = 0
    """Updates that it was told of."""
    wall_s: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)
    """From the customer's update to the arrival of the request that sends the wrapper."""


class Load:
    """Plays customers and staff of a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.groups: list[Group] = [
            scene.add_customer_group(f"Customer {number}") for number in range(GROUPS)
        ]
        self._numbers = iter(range(1, 1 << 31))
        self._asked: dict[str, float] = {}

    async def enrol(self) -> None:
        for group in self.groups:
            await self._scene.enrol(group)

    async def quiet(self) -> None:
        """Return once the subject has asked for nothing for a while."""
        requests = self._scene.telegram.requests
        requests.clear()
        known, since = 0, time.perf_counter()
        async with asyncio.timeout(_LIMIT_S):
            while time.perf_counter() - since < _QUIET_S:
                await asyncio.sleep(0.02)
                if len(requests) != known:
                    known, since = len(requests), time.perf_counter()

    async def converse(self, tickets: int, at_once: int) -> Measured:
        """So many conversations of `STEPS` steps, `at_once` of them at a time."""
        measured = Measured(steps=tickets * STEPS)
        requests = self._scene.telegram.requests
        requests.clear()
        self._asked.clear()
        pushed = self._scene.telegram.pushed
        before = pushed[self._scene.bot.id]
        waiting = islice(cycle(self.groups), tickets)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as people:
            for _ in range(at_once):
                people.create_task(self._one_after_another(waiting))
        measured.wall_s = time.perf_counter() - began
        measured.sends = requests.count(functions.messages.SendMessageRequest)
        measured.pushes = pushed[self._scene.bot.id] - before
        measured.latencies_ms = list(self._latencies())
        return measured

    def _latencies(self) -> Iterator[float]:
        """Of the questions, from being said to the first request that carries their mark."""
        for seen in self._scene.telegram.requests:
            if isinstance(seen.request, functions.messages.SendMessageRequest):
                mark = seen.request.message.rpartition(" ")[2]
                said = self._asked.pop(mark, None)
                if said is not None:
                    yield (seen.at - said) * 1000

    async def _one_after_another(self, groups: Iterator[Group]) -> None:
        for group in groups:
            await self._conversation(group)

    async def _conversation(self, group: Group) -> None:
        scene, staff = self._scene, self._scene.staff
        mark = f"q{next(self._numbers)}"

        def ask() -> StoredMessage:
            self._asked[mark] = time.perf_counter()
            return group.say(scene.alice, f"/ask Where is my order? {mark}")

        wrapper = await self._after(ask, staff, mark)
        answer = await self._answered(group, wrapper, f"On its way. {mark}a")
        await self._after(
            lambda: group.say(scene.alice, f"When will it come? {mark}b", reply_to=answer),
            staff,
            f"{mark}b",
        )
        await self._answered(group, wrapper, f"Tomorrow. {mark}c")
        await self._confirmed(lambda: staff.say(scene.bob, "/close", reply_to=wrapper))

    async def _answered(self, group: Group, wrapper: StoredMessage, text: str) -> StoredMessage:
        """A staff member answers; once the answer is there and confirmed."""
        scene = self._scene
        answer = asyncio.ensure_future(self._appears(group, text))
        await asyncio.sleep(0)
        await self._confirmed(lambda: scene.staff.say(scene.bob, text, reply_to=wrapper))
        return await answer

    async def _confirmed(self, act: Callable[[], StoredMessage]) -> None:
        """A staff member does something; once the bot has replied to it."""
        said: list[StoredMessage] = []
        reply = asyncio.ensure_future(
            self._scene.staff.watchers.wait(
                lambda m: m.sender is self._scene.bot and m.reply_to in said, _LIMIT_S
            )
        )
        await asyncio.sleep(0)
        said.append(act())
        await reply

    async def _after(
        self, act: Callable[[], StoredMessage], group: Group, text: str
    ) -> StoredMessage:
        """Somebody does something; the bot's message that follows from it."""
        appears = asyncio.ensure_future(self._appears(group, text))
        await asyncio.sleep(0)
        act()
        return await appears

    def _appears(self, group: Group, text: str) -> Awaitable[StoredMessage]:
        bot = self._scene.bot
        return group.watchers.wait(lambda m: m.sender is bot and m.text.endswith(text), _LIMIT_S)

    # What happens while nobody waits for it

    def pile_up(self, questions: int) -> None:
        """Questions that wait for the subject's next start."""
        self._scene.telegram.requests.clear()
        for number, group in enumerate(islice(cycle(self.groups), questions)):
            group.say(self._scene.alice, f"/ask Are you there? w{number}")

    async def worked_off(self, questions: int) -> tuple[float, int]:
        """Return once as many messages were sent as questions were piled up: after how many
        seconds, and how many of the questions stand in the staff group then."""
        scene = self._scene
        sends = functions.messages.SendMessageRequest
        began = time.perf_counter()
        await scene.telegram.wait_for_request(sends, questions, within=_LIMIT_S * 2)
        seconds = time.perf_counter() - began
        await self.quiet()
        texts = (message.text for message in scene.bot_messages(scene.staff))
        marks = {text.rpartition(" ")[2] for text in texts}
        return seconds, sum(mark.startswith("w") for mark in marks)

    async def talk(self, messages: int) -> None:
        """Talk that concerns nobody, as fast as the line takes it, then a conversation: whoever
        leads it has had all before it."""
        for number, group in enumerate(islice(cycle(self.groups), messages)):
            group.say(self._scene.nick, f"just talk {number}")
            if number % 50 == 0:
                await asyncio.sleep(0)
        await self.converse(1, 1)

    async def document(self, megabytes: int) -> tuple[float, int]:
        """A question with a large document, from a chat whose files may not be sent again, so that
        it has to be loaded down and up. How many seconds it was on its way, and how many bytes of
        it were loaded up."""
        scene = self._scene
        scene.world.protected_files_resent = False
        scene.acme.protected = True
        await scene.enrol(scene.acme)
        document = scene.world.media.document(megabytes * 1_000_000)
        scene.telegram.requests.clear()
        copied = asyncio.ensure_future(
            scene.staff.watchers.wait(
                lambda m: m.sender is scene.bot and m.media is not None, _LIMIT_S
            )
        )
        await asyncio.sleep(0)
        began = time.perf_counter()
        scene.acme.say(scene.alice, "/ask Can you read this?", media=document)
        await copied
        seconds = time.perf_counter() - began
        parts: list[Any] = scene.telegram.requests.of(functions.upload.SaveBigFilePartRequest)
        return seconds, sum(len(part.bytes) for part in parts)
