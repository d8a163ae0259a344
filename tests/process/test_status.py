"""`status` as a person or a health check runs it: its exit codes, and how the relay ended."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest
from telethon.tl import functions

from tests.process.daemon_process import Daemons, edit
from tests.scene import Scene

pytestmark = pytest.mark.forked


async def status(scene: Scene, daemons: Daemons, code: int) -> dict[str, Any]:
    """What `status --json` says, which ends with this exit code."""
    asked = await daemons.start("status", scene.folder / "config.toml", arguments=["--json"])
    assert await asked.ended() == code, asked.output
    assert asked.stderr == ""
    found: dict[str, Any] = json.loads(asked.stdout)
    return found


async def test_it_runs_then_it_was_killed(scene: Scene, daemons: Daemons) -> None:
    daemon = await daemons.start("run", scene.config_file())
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)
    running = await status(scene, daemons, 0)
    assert (running["health"], running["phase"]) == ("healthy", "running")
    scene.telegram.faults.fail(functions.messages.SendMessageRequest, 400, "CHAT_ADMIN_REQUIRED")
    scene.acme.say(scene.alice, "/ask Where is it?")
    await daemon.event("send.failed")
    found = await status(scene, daemons, 0)
    assert found["undelivered"] == 1
    await daemon.kill()
    killed = await status(scene, daemons, 4)
    assert (killed["health"], killed["phase"], killed["open_tickets"]) == ("not_running", None, 1)
    assert "it was killed after" in killed["reasons"][0]


async def test_how_it_failed(scene: Scene, daemons: Daemons) -> None:
    config = scene.config_file()
    edit(config, str(scene.bot.token), f"777000001:{'x' * 35}")
    daemon = await daemons.start("run", config)
    assert await daemon.ended() == 77
    found = await status(scene, daemons, 4)
    assert found["phase"] == "failed"
    assert found["last_error"]["event"] == "relay.failed"
    assert "does not accept the bot token" in found["last_error"]["reason"]

    text = await daemons.start("status", config)
    assert await text.ended() == 4
    assert text.stdout.startswith("✗ not running: it failed at ")


async def test_an_error_and_a_stop_are_noted(scene: Scene, daemons: Daemons) -> None:
    daemon = await daemons.start("run", scene.config_file())
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)
    scene.telegram.faults.fail(functions.messages.SendMessageRequest, 400, "CHAT_ADMIN_REQUIRED")
    scene.acme.say(scene.alice, "/ask Where is it?")
    failed = await daemon.event("send.failed")
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    found = await status(scene, daemons, 4)
    assert found["phase"] == "stopped"
    assert found["last_error"]["event"] == "send.failed"
    assert found["last_error"]["reason"] == failed["reason"]


async def test_a_configuration_that_cannot_be_used(scene: Scene, daemons: Daemons) -> None:
    config = scene.config_file()
    edit(config, "api_id = 12345", 'api_id = "many"')
    asked = await daemons.start("status", config)
    assert await asked.ended() == 78
    assert asked.stdout.startswith("✗ ")
