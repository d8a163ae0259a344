"""The console blocks of the guides, typed as they stand there, and what they show.

A block that is run here has a comment above it, `<!-- run: STAGE -->`, which names one of the
stages below. The others were run by hand: they need root, a terminal or another machine.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from telethon.tl import functions

from tests.letters import leave_a_letter
from tests.old_bot import OldBot
from tests.process.daemon_process import CHECKOUT, LIMIT_S, Daemons, bare_environment, edit
from tests.scene import Scene

GUIDE = CHECKOUT / "docs/operator-guide.md"
"""The Chinese one has the same blocks: `tests/unit/test_docs.py`."""

_BLOCK = re.compile(r"(?ms)^( *)<!-- run: ([a-z ]+) -->\n *```console\n(.*?)^ *```$")

HOME = "/opt/ticket-relay"
"""Where the guides have the relay."""


def blocks() -> list[Any]:
    """Stage and lines of each block that is to be run."""
    return [
        pytest.param(stage, [line.removeprefix(indent) for line in block.splitlines()])
        for indent, stage, block in _BLOCK.findall(GUIDE.read_text("utf-8"))
    ]


def a_folder(scene: Scene) -> Path:
    """The program's folder as after the installation, with a configuration of few lines."""
    config = scene.config_file()
    edit(config, 'session = "relay.session"', "")
    edit(config, 'database = "tickets.db"', "")
    for name in ("daemon", "scripts", ".venv"):
        target = Path(sys.prefix) if name == ".venv" else CHECKOUT / name
        (scene.folder / name).symlink_to(target)
    return scene.folder


async def fresh(scene: Scene, _daemons: Daemons) -> None:
    """Nothing was ever started."""


async def placeholders(scene: Scene, _daemons: Daemons) -> None:
    """Nothing was filled in."""
    shutil.copy(CHECKOUT / "config.toml", scene.folder / "config.toml")


async def privacy(scene: Scene, _daemons: Daemons) -> None:
    """The bot's privacy mode is on."""
    scene.bot.privacy = True


async def running(scene: Scene, daemons: Daemons) -> None:
    """A relay is at work."""
    daemon = await daemons.start("run", scene.folder / "config.toml")
    await daemon.event("relay.ready")


async def old_bot(scene: Scene, _daemons: Daemons) -> None:
    """The aiogram bot was here."""
    old = OldBot(scene.folder / "tickets.db")
    old.group(scene.acme.marked_id)
    old.ticket(500, cust_group_id=scene.acme.marked_id)


async def dead_letter(scene: Scene, daemons: Daemons) -> None:
    """A relay is at work, and could not handle a question."""
    await running(scene, daemons)
    await scene.enrol(scene.acme)
    leave_a_letter(scene, scene.folder / "state/tickets.db", "/ask Where is it?")


STAGES: dict[str, Callable[[Scene, Daemons], Awaitable[None]]] = {
    "fresh": fresh,
    "placeholders": placeholders,
    "privacy mode": privacy,
    "running": running,
    "old bot": old_bot,
    "dead letter": dead_letter,
}


@pytest.mark.parametrize("stage, lines", blocks())
async def test_a_block_shows_what_its_commands_print(
    scene: Scene, daemons: Daemons, stage: str, lines: list[str]
) -> None:
    folder = a_folder(scene)
    await STAGES[stage](scene, daemons)
    shown: list[str] = []
    for line in lines:
        if line.startswith("$ "):
            shown += [line, *await typed(line.removeprefix("$ "), folder)]
    assert [alike(line) for line in shown] == [alike(line) for line in lines], (
        "the block must be:\n" + "\n".join(shown)
    )


async def typed(command: str, folder: Path) -> list[str]:
    """The lines that a command prints."""
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-c", command),
        cwd=folder,
        env=bare_environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(LIMIT_S):
        output, _ = await shell.communicate()
    return output.decode().replace(str(folder), HOME).splitlines()


def alike(line: str) -> str:
    """With any number in place of any other."""
    return re.sub(r"\d[\d,]*", "0", line)


async def test_the_log_lines_of_the_guides_are_such_as_the_daemon_writes(
    scene: Scene, daemons: Daemons
) -> None:
    daemon = await daemons.start("run", scene.config_file())
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask Where is it?")
    wrapper = await scene.staff_sees("Where is it?")
    scene.staff.say(scene.bob, "Here", reply_to=wrapper)
    await daemon.event("send.settled", role="answer")
    await scene.staff_sees("✅ Reply sent")
    send = functions.messages.SendMessageRequest
    scene.telegram.faults.fail(send, 400, "CHAT_ADMIN_REQUIRED", times=2)  # as it is, and plain
    scene.staff.say(scene.bob, "Or there", reply_to=wrapper)
    await daemon.event("send.failed")
    written = [shape(line) for line in daemon.log]
    for block in re.findall(r"(?ms)^```json\n(.*?)^```$", GUIDE.read_text("utf-8")):
        for line in block.splitlines():
            assert shape(json.loads(line)) in written


def shape(line: dict[str, Any]) -> dict[str, Any]:
    """A log line with its words, and with the kinds of its numbers alone."""
    by_event = {key: value for key, value in line.items() if key != "ts"}
    return {
        key: value if isinstance(value, str) or value is None else _kind(value)
        for key, value in by_event.items()
    }


def _kind(value: object) -> object:
    if isinstance(value, list):
        return [item if isinstance(item, str) else _kind(item) for item in value]
    return type(value).__name__
