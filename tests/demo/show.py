"""One run of the demo, from the first connection to the last."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from tests.demo.chronicle import Chronicle
from tests.demo.conversation import Conversation
from tests.demo.daemon_process import DaemonProcess
from tests.demo.stage import BOT, Cast, Stage, a_stage
from tests.demo.talk import Talk
from tests.demo.terminal import Terminal
from tests.demo.transcript import Transcript


class Show:
    """`run` it once."""

    def __init__(
        self,
        folder: Path,
        terminal: Terminal,
        *,
        daemon_command: Sequence[str],
        patience_s: float,
        paced: bool,
        keep: bool,
    ) -> None:
        self._folder = folder
        self._terminal = terminal
        self._daemon_command = daemon_command
        self._patience_s = patience_s
        self._paced = paced
        self._keep = keep
        self._chronicle = Chronicle()
        self._transcript = Transcript(self._chronicle, brackets=not terminal.has_colours)
        self._cast: Cast | None = None
        self._daemon: DaemonProcess | None = None
        self._talk: Talk | None = None
        self._shown = False

    async def run(self) -> None:
        """Raises `DemoFailure` if something is not as it should be."""
        begin = time.monotonic()
        async with AsyncExitStack() as stack:
            stage = await stack.enter_async_context(a_stage(self._folder))
            self._terminal.done(f"a Telegram listens on {stage.address}, on loopback")
            daemon = self._daemon = await self._start_daemon(stage)
            stack.push_async_callback(daemon.end)
            await daemon.ready(self._patience_s)
            self._terminal.done(f"the daemon relays as @{BOT} (process {daemon.pid})")
            cast = self._cast = await stack.enter_async_context(stage.cast(self._chronicle))
            people = f"{cast.customer.name} (customer), {cast.staff.name} (staff)"
            self._terminal.done(f"{people} and {cast.admin.name} (admin) are signed in")
            play = Conversation(cast, stage.bot_id, self._patience_s, self._terminal.done)
            await daemon.while_running(play.play())
            if self._keep:
                await play.nothing_else()
                self.show_transcript()
                await self._go_on_by_hand(daemon, cast)
            await self._stop(daemon)
            if not self._keep:
                await play.nothing_else()
                self.show_transcript()
        if not self._keep:
            seconds = time.monotonic() - begin
            self._terminal.say()
            self._terminal.done(
                "demo: every message arrived in the right group, as a reply to the right message,"
                f" with the right mention ({seconds:.1f} s)"
            )

    def end_talk(self) -> bool:
        """Let the person at the keyboard be the last who spoke; False if nobody has taken over
        yet."""
        if self._talk is None:
            return False
        self._talk.end()
        return True

    def show_transcript(self) -> None:
        """What people have seen so far; once."""
        if self._cast is None or self._shown:
            return
        self._shown = True
        self._terminal.say()
        columns = self._terminal.columns
        self._terminal.show(self._transcript.two_groups(*self._cast.groups, columns))

    def daemon_log(self, lines: int) -> list[str]:
        """The end of the daemon's log, if there is one."""
        return [] if self._daemon is None else self._daemon.last_lines(lines)

    async def _start_daemon(self, stage: Stage) -> DaemonProcess:
        config = stage.write_config(self._folder, paced=self._paced)
        return await DaemonProcess.start(self._daemon_command, config, self._folder / "daemon.log")

    async def _go_on_by_hand(self, daemon: DaemonProcess, cast: Cast) -> None:
        self._talk = Talk(cast, self._chronicle, self._transcript, self._terminal)
        await daemon.while_running(self._talk.go_on())

    async def _stop(self, daemon: DaemonProcess) -> None:
        await daemon.stop()
        self._terminal.done("the daemon ended at SIGTERM with exit code 0")
