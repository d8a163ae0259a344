"""One scenario: people talk, faults strike, then all is well and the judge looks."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from telethon.client.telegrambaseclient import TelegramBaseClient

from daemon.relay.clock import Clock
from daemon.telegram.session import Login, SessionFile
from tests.loopback.server import LoopbackTelegram
from tests.loopback.world import Group, Person, StoredMessage, World
from tests.scene import Scene
from tests.soak.faults import FAULTS, IN_PROCESS, WITH_A_PROCESS
from tests.soak.judge import Judge, Verdict
from tests.soak.ledger import Ledger
from tests.soak.machine_clock import MachineClock
from tests.soak.people import People
from tests.soak.relay_host import RelayHost, RelayInProcess, RelayProcess, wall_clock_ms
from tests.soak.relay_log import log_to
from tests.soak.simulated_time import SimulatedTime
from tests.soak.stage import DISK, Stage

_FACTOR = 20.0
"""How much faster time is where the relay has a process of its own."""

PATIENCE_S = 6 * 3600.0
"""Simulated seconds after the last fault in which every ticket must come to its end."""

_REAL_LIMIT_S = 240
"""Real seconds for a scenario; one that takes longer hangs."""

_LIMITS: dict[bool, dict[str, float]] = {
    True: {"per_chat_per_second": 1, "per_group_per_minute": 18, "per_second": 25},
    False: {
        "per_chat_per_second": 10,
        "per_group_per_minute": 300,
        "per_second": 100,
        "sync_interval_s": 15,
        "send_timeout_s": 10,
        "stall_s": 60,
    },
}
"""Of the relay, by whether it is in our process, where time that is waited costs nothing."""

_QUIET_S = {True: 200.0, False: 40.0}
"""So long nobody must have heard of the bot before the judge looks; likewise."""


@dataclass(slots=True)
class Outcome:
    """What became of one scenario."""

    seed: int
    names: list[str]
    """Of the faults."""
    counts: dict[str, int] = field(default_factory=dict)
    """How often each fault struck."""
    verdict: Verdict = field(default_factory=Verdict)
    crashes: list[str] = field(default_factory=list)
    """Ends of the relay for which no fault is an excuse."""
    error: str = ""
    """What kept the scenario from being played to its end."""
    log: list[str] = field(default_factory=list)
    """What the relay logged and what stands in the groups, where it was asked for."""

    @property
    def is_clean(self) -> bool:
        return self.verdict.is_clean and not self.crashes and not self.error


def chosen(seed: int) -> list[str]:
    """The names of the faults of a scenario. Of as many scenarios in a row as there are faults each
    is the first in one; in half of them it is alone."""
    rng = Random(seed)
    every = list(FAULTS)
    first = every[seed % len(every)]
    with_process = first in WITH_A_PROCESS or (first not in IN_PROCESS and rng.random() < 0.1)
    others = IN_PROCESS if with_process else WITH_A_PROCESS
    fitting = [name for name in every if name != first and name not in others]
    names = [first, *rng.sample(fitting, rng.choice([0, 0, 0, 0, 1, 2, 3, 4]))]
    if with_process and not WITH_A_PROCESS & set(names):
        names.append("kill_9")
    return names


def play(
    seed: int,
    names: list[str] | None = None,
    *,
    with_log: bool = False,
    patience_s: float = PATIENCE_S,
) -> Outcome:
    """Play one scenario, with these faults or with those that the seed chooses."""
    outcome = Outcome(seed, chosen(seed) if names is None else names)
    in_process = not WITH_A_PROCESS & set(outcome.names)
    simulated = SimulatedTime(None if in_process else _FACTOR)
    log_to(outcome.log if with_log else None, simulated.now)
    # In memory where there is such a place: nothing here is about how fast the disk is.
    memory = Path("/dev/shm")
    where = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="soak-", dir=where) as folder:
        scenario = _Scenario(outcome, Path(folder), simulated, patience_s, in_process=in_process)
        try:
            with _limited(_REAL_LIMIT_S):
                simulated.run(scenario.play())
        except Exception as error:  # noqa: BLE001 whatever it is, the other scenarios are played
            notes = " ".join(getattr(error, "__notes__", ()))
            outcome.error = f"{type(error).__name__}: {error} {notes}".strip()
    return outcome


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    def too_long(_signal: int, _frame: Any) -> None:
        raise TimeoutError(f"it hangs: not at its end after {seconds} real seconds")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class _Scenario:
    def __init__(
        self,
        outcome: Outcome,
        folder: Path,
        simulated: SimulatedTime,
        patience_s: float,
        *,
        in_process: bool,
    ) -> None:
        self._outcome = outcome
        self._folder = folder
        self._time = simulated
        self._patience_s = patience_s
        self._in_process = in_process
        self._rng = Random(outcome.seed)
        self._ledger = Ledger(outcome.seed)

    async def play(self) -> None:
        """Raises what keeps it from being played."""
        # Telethon's pause between two tries to connect, of which an hour would hold too many.
        TelegramBaseClient.__init__.__kwdefaults__["retry_delay"] = 20
        now_ms = wall_clock_ms(asyncio.get_running_loop())
        world = World(self._outcome.seed, clock=lambda: now_ms() / 1000)
        clock = MachineClock(now_ms)
        server = LoopbackTelegram(
            world, directory=self._folder, extra_dcs=(4,), clock=lambda: now_ms() / 1000
        )
        async with server as telegram:
            scene = Scene(telegram, self._folder)
            relay = self._relay(scene, clock)
            stage = self._set_the_stage(scene, relay, clock)
            _log_in(scene)
            with clock.read_by_telethon():
                await relay.start()
                try:
                    await self._enrol(stage)
                    await self._let_it_happen(stage)
                finally:
                    _end_faults(stage)
                    await relay.stop()
                await self._look_once_more(stage)
            self._outcome.crashes = relay.crashes
            self._judge(stage)

    def _relay(self, scene: Scene, clock: MachineClock) -> RelayHost:
        limits = _LIMITS[self._in_process]
        if not self._in_process:
            return RelayProcess(scene.config_file(**limits), _FACTOR)
        loop = asyncio.get_running_loop()
        rng = Random(self._outcome.seed)
        return RelayInProcess(
            scene.config(**limits),
            Clock(clock.now_ms, loop.time, random_id=lambda: rng.getrandbits(63) or 1),
        )

    def _set_the_stage(self, scene: Scene, relay: RelayHost, clock: MachineClock) -> Stage:
        world, rng = scene.world, self._rng
        groups: list[Group] = [scene.acme]
        numbers = range(1, rng.randint(2, 4))
        groups += [scene.add_customer_group(f"Customer {number}") for number in numbers]
        if "difference_too_long" in self._outcome.names or rng.random() < 0.3:
            everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
            groups.append(world.add_basic_group("Small", members=everybody))
        people = People(
            rng, self._ledger, scene.bot, scene.staff, (scene.bob, scene.carol), thinking_s=12
        )
        DISK.listen()
        return Stage(scene, relay, people, rng, self._time, clock, groups)

    async def _enrol(self, stage: Stage) -> None:
        scene = stage.scene
        for group in stage.customer_groups:
            group.say(scene.admin, "/addgroup")
            probe = group.say(scene.alice, "/ask")
            await group.wait_for(lambda m, probe=probe: m.reply_to is probe, self._patience_s)  # type: ignore[misc]

    async def _let_it_happen(self, stage: Stage) -> None:
        """People talk while faults strike; then they have all the time they need."""
        scene, rng = stage.scene, self._rng
        customers = [scene.alice, scene.nick]
        lives = []
        for _ in range(rng.randint(3, 6)):
            case = self._ledger.open_case(rng.choice(stage.customer_groups), rng.choice(customers))
            lives.append(asyncio.create_task(stage.people.live_a_case(case, rng.randint(0, 2))))
        faults = [asyncio.create_task(self._strike(name, stage)) for name in self._outcome.names]
        await asyncio.gather(*faults)
        _end_faults(stage)
        _, late = await asyncio.wait(lives, timeout=self._patience_s)
        for life in late:
            life.cancel()
        for life in lives:
            if life not in late:
                life.result()
        await self._quiet(stage)

    async def _strike(self, name: str, stage: Stage) -> None:
        await FAULTS[name](stage)

    async def _quiet(self, stage: Stage) -> None:
        """Return once the bot has been silent for long enough."""
        said = -1
        async with asyncio.timeout(PATIENCE_S):
            while said != (said := len(_said_by(stage.scene.bot, stage.scene.world))):  # noqa: ASYNC110 it is nothing that is waited for
                await asyncio.sleep(_QUIET_S[self._in_process])

    async def _look_once_more(self, stage: Stage) -> None:
        """What was left over in the database, another start would send."""
        await stage.relay.start()
        await asyncio.sleep(_QUIET_S[self._in_process] / 4)
        await stage.relay.stop()

    def _judge(self, stage: Stage) -> None:
        scene, outcome = stage.scene, self._outcome
        told_again = "updates_again" in outcome.names
        judge = Judge(scene.world, scene.bot, scene.staff, stage.refusing, told_again=told_again)
        outcome.verdict = judge.judge(self._ledger)
        stage.counts.update(stage.telegram.faults.counts)
        for name in ("fail", "lose_answer", "lose_request", "delay_answer", "before"):
            stage.counts.pop(name, None)  # counted by the name of the fault that ordered them
        outcome.counts = {name: count for name, count in sorted(stage.counts.items()) if count}
        for chat in scene.world.chats():
            outcome.log.append(f"--- {chat.title}")
            outcome.log += [
                f"{message.date:%X} {message}, in reply to {message.reply_to}"
                for message in chat.messages
                if "Nice weather" not in message.text
            ]


def _log_in(scene: Scene) -> None:
    """As if the relay had logged in before: the exchange of keys takes longer than all the rest."""
    telegram = scene.telegram
    key = telegram.issue_key(scene.bot.id)
    login = Login(1, telegram.dc_id, telegram.host, telegram.port, key)
    SessionFile(scene.folder / "relay.session").write(login)


def _end_faults(stage: Stage) -> None:
    """Take back what was ordered and has not struck yet."""
    stage.telegram.faults.clear()
    stage.telegram.pushes.clear()
    stage.relay.limit_file_size(None)
    stage.clock.ahead_s = 0.0
    DISK.refusal = ""


def _said_by(bot: Person, world: World) -> list[StoredMessage]:
    return [m for chat in world.chats() for m in chat.messages if m.sender is bot]
