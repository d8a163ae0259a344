"""`status` beside a relay: what it tells, and that it leaves no trace."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from telethon.tl import functions

from daemon.commands.status import status
from daemon.core.condition import Health
from daemon.exit_codes import ExitCode
from daemon.relay.clock import Clock
from tests.scene import API_HASH, Scene, eventually

SEND = functions.messages.SendMessageRequest


def told(scene: Scene, code: ExitCode) -> list[str]:
    """The lines of `status`, which ends with this exit code."""
    lines: list[str] = []
    assert status(scene.config(), lines.append, as_json=False) is code, lines
    return lines


def data(scene: Scene) -> dict[str, Any]:
    """What `status --json` says."""
    lines: list[str] = []
    status(scene.config(), lines.append, as_json=True)
    (line,) = lines
    found: dict[str, Any] = json.loads(line)
    return found


@contextmanager
def unchanged(scene: Scene) -> Iterator[None]:
    """No file is made, removed or written but the relay's own note, and Telegram is not asked."""

    def contents() -> dict[str, bytes]:
        return {
            file.name: file.read_bytes()
            for file in scene.folder.iterdir()
            # SQLite's shared memory holds the locks of readers, too.
            if not file.name.endswith(("-shm", ".status"))
        }

    before, asked = contents(), len(list(scene.telegram.requests))
    yield
    assert contents() == before
    assert len(list(scene.telegram.requests)) == asked


async def test_a_relay_that_fares_well(scene: Scene) -> None:
    async with scene.relay() as app:
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        await scene.staff_sees("Where is it?")
        await eventually(
            lambda: data(scene)["waiting"] == 0 and app.heartbeat.note.phase == "running"
        )
        with unchanged(scene):
            lines = told(scene, ExitCode.OK)
            found = data(scene)
    assert lines[0].startswith("✓ running as @support_bot since 20")
    assert lines[1].startswith("✓ last update from Telegram: ")
    assert lines[2:] == [
        "✓ open tickets: 1",
        "✓ waiting to be sent: 0",
        "✓ received and not handled yet: 0",
        "✓ could not be delivered, kept: 0",
        "✓ dead letters: 0",
    ]
    assert (found["health"], found["reasons"], found["running"]) == ("healthy", [], True)
    assert (found["phase"], found["bot"]) == ("running", "support_bot")
    assert (found["open_tickets"], found["waiting"], found["dead_letters"]) == (1, 0, 0)


async def test_what_waits_is_told_group_by_group(scene: Scene) -> None:
    title = "Acme \u202eevil\u202c\n✗ forged\x1b[2J"
    group = scene.add_customer_group(title)
    async with scene.relay():
        await scene.enrol(group)
        group.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("Where is it?")
        scene.telegram.faults.fail(SEND, 420, "FLOOD_WAIT_300")
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        await eventually(lambda: any(queue["pause_s"] > 0 for queue in data(scene)["queues"]))
        with unchanged(scene):
            lines = told(scene, ExitCode.OK)
            found = data(scene)
    (queue,) = found["queues"]
    assert queue["chat"] == group.marked_id
    assert queue["title"] == "Acme evil ✗ forged[2J"
    assert queue["waiting"] == found["waiting"] == 1
    assert 280 < queue["pause_s"] <= 300
    (line,) = [line for line in lines if str(group.marked_id) in line]
    assert line.startswith("    “Acme evil ✗ forged[2J” (")
    assert re.search(
        r": 1, the oldest for \d+ s; Telegram wants a pause of 4 min \d+ s more$", line
    )
    assert all("\n" not in line and "\u202e" not in line for line in lines)


async def test_before_the_first_start_and_after_a_stop(scene: Scene) -> None:
    scene.config_file()
    with unchanged(scene):
        assert told(scene, ExitCode.NOT_RUNNING)[0] == "✗ not running, and it never was"
        assert data(scene)["phase"] is None
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        await scene.staff_sees("Where is it?")
    with unchanged(scene):
        lines = told(scene, ExitCode.NOT_RUNNING)
        found = data(scene)
    assert lines[0].startswith("✗ not running: it was stopped at 20")
    assert "✓ open tickets: 1" in lines
    assert (found["health"], found["phase"], found["pid"]) == ("not_running", "stopped", None)


async def test_the_note_is_private_and_holds_no_secret(scene: Scene) -> None:
    async with scene.relay() as app:
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask A private word")
        await scene.staff_sees("A private word")
        note = scene.folder / "tickets.db.status"
        await eventually(lambda: b'"running"' in note.read_bytes())
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        assert app.heartbeat.note.bot == "support_bot"
    content = note.read_text("utf-8")
    for secret in (str(scene.bot.token).partition(":")[2], API_HASH, "private word"):
        assert secret not in content


async def test_what_telegram_tells_is_heard_though_nothing_is_new(scene: Scene) -> None:
    async with scene.relay(sync_interval_s=0.05) as app:
        first = app.heartbeat.note.heard_at
        await eventually(lambda: (app.heartbeat.note.heard_at or 0) > (first or 0))


async def test_figures_tell_of_a_relay_that_hangs(scene: Scene) -> None:
    """They are given out by a thread that goes on."""
    late_ms = 0
    clock = Clock()
    async with scene.relay(replace(clock, now_ms=lambda: clock.now_ms() + late_ms)) as app:
        assert app.condition().health is Health.HEALTHY
        late_ms = 61_000  # and in that time it has noted nothing
        assert app.condition().health is Health.STUCK
