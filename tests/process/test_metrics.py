"""Figures for Prometheus, fetched from the running daemon."""

from __future__ import annotations

import asyncio
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from telethon.tl import functions

from tests.process.daemon_process import CHECKOUT, Daemons, bare_environment, edit
from tests.process.life import nothing_waits
from tests.scene import Scene, eventually

pytestmark = pytest.mark.forked


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def listening(config: Path, port: int, level: str = "info") -> Path:
    table = f'[metrics]\nlisten = "127.0.0.1:{port}"\n[log]\nlevel = "{level}"\n[limits]'
    edit(config, "[limits]", table)
    return config


async def scrape(port: int) -> dict[str, float]:
    """The value of each sample by its name, with its labels' values behind."""

    def fetch() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            return str(answer.read().decode())

    text = await asyncio.to_thread(fetch)
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_figures_of_a_relay_at_work(scene: Scene, daemons: Daemons) -> None:
    port = free_port()
    # Events count though the log does not show them.
    daemon = await daemons.start("run", listening(scene.config_file(), port, level="error"))
    status = scene.folder / "tickets.db.status"
    await eventually(lambda: status.exists() and b'"running"' in status.read_bytes(), within_s=20)
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask Where is it?")
    wrapper = await scene.staff_sees("Where is it?")
    await nothing_waits(scene)
    send = functions.messages.SendMessageRequest
    scene.telegram.faults.fail(send, 420, "FLOOD_WAIT_300")
    scene.staff.say(scene.bob, "Here", reply_to=wrapper)

    async with asyncio.timeout(20):
        # What another process counts nothing tells us.
        while (found := await scrape(port)).get("ticket_relay_flood_waits_total") != 1:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert found["ticket_relay_healthy"] == found["ticket_relay_ready"] == 1
    assert found["ticket_relay_tickets open"] == 1
    assert found["ticket_relay_queue_messages"] == 1
    assert found[f"ticket_relay_chat_queue_messages {scene.acme.marked_id}"] == 1
    assert found["ticket_relay_sent_total wrapper"] == 1
    assert found["ticket_relay_delivery_seconds_count wrapper"] == 1
    assert found["ticket_relay_updates_total new"] >= 4
    assert found["ticket_relay_flood_wait_seconds_total"] == 300
    assert found["ticket_relay_last_update_timestamp_seconds"] > 1.7e9
    assert found["process_resident_memory_bytes"] > 0
    assert daemon.log == []

    # A writer that takes its time holds up no scrape.
    with closing(sqlite3.connect(scene.folder / "tickets.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert (await scrape(port))["ticket_relay_readable"] == 1
        writer.execute("ROLLBACK")

    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0, daemon.output


async def test_an_address_that_is_taken(scene: Scene, daemons: Daemons) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        daemon = await daemons.start("run", listening(scene.config_file(), port))
        assert await daemon.ended() == 78
    line = await daemon.event("relay.failed")
    assert (
        f"metrics.listen cannot be had: 127.0.0.1:{port}: Address already in use" in line["reason"]
    )
    assert scene.telegram.connections(scene.bot.id) == 0


def test_what_is_not_asked_for_is_not_loaded() -> None:
    code = "import daemon.cli, sys; sys.exit('prometheus_client' in sys.modules)"
    command = [sys.executable, "-c", code]
    assert (
        subprocess.run(command, cwd=CHECKOUT, env=bare_environment(), check=False).returncode == 0
    )
