"""What the service manager is told while the relay runs: how it stands, and that it is alive."""

from __future__ import annotations

import signal

import pytest

from tests.process.daemon_process import Daemons, edit
from tests.process.manager import ServiceManager
from tests.scene import Scene, eventually

pytestmark = pytest.mark.forked

FED_EVERY_100_MS = {"WATCHDOG_USEC": "200000"}


async def test_the_status_tells_how_it_stands(
    scene: Scene, daemons: Daemons, manager: ServiceManager
) -> None:
    daemon = await daemons.start("run", scene.config_file(), manager.environ)
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask Where is it?")
    await scene.staff_sees("Where is it?")
    counts = "Relaying as @support_bot, open tickets: 1, to be sent: 0, last update: 20"
    await eventually(lambda: manager.statuses()[-1].startswith(counts))
    assert manager.statuses()[:2] == ["Logging in to Telegram", "Taking in what was missed"]


async def test_time_for_the_start_is_asked_for_until_it_is_ready(
    scene: Scene, daemons: Daemons, manager: ServiceManager
) -> None:
    daemon = await daemons.start("run", scene.config_file(), manager.environ)
    await daemon.event("relay.ready")
    await eventually(lambda: "READY=1" in manager.told())
    assert manager.told()[0] == "EXTEND_TIMEOUT_USEC=60000000"
    assert manager.told()[-1] == "READY=1"


async def test_a_start_goes_on_where_telegram_cannot_be_reached_for_a_while(
    scene: Scene, daemons: Daemons, manager: ServiceManager
) -> None:
    await scene.telegram.refuse_connections()
    daemon = await daemons.start("run", scene.config_file(), manager.environ)
    told = "Telegram cannot be reached since 20"
    await eventually(lambda: any(line.startswith(told) for line in manager.statuses()), 20)
    await scene.telegram.accept_connections()
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask Still there?")
    await scene.staff_sees("Still there?")


async def test_an_outage_does_not_starve_the_watchdog_and_is_told(
    scene: Scene, daemons: Daemons, manager: ServiceManager
) -> None:
    daemon = await daemons.start("run", scene.config_file(), manager.environ | FED_EVERY_100_MS)
    await daemon.event("relay.ready")
    await scene.telegram.refuse_connections()
    scene.telegram.cut_lines()
    await eventually(lambda: manager.statuses()[-1].startswith("Without a line to Telegram since"))
    before = manager.told().count("WATCHDOG=1")
    await eventually(lambda: manager.told().count("WATCHDOG=1") >= before + 5)
    assert "relay.parts_stand" not in daemon.stderr


async def test_parts_that_stand_starve_the_watchdog(
    scene: Scene, daemons: Daemons, manager: ServiceManager
) -> None:
    armed = scene.folder / "armed"
    daemon = await daemons.start(
        "run",
        scene.config_file(),
        manager.environ | FED_EVERY_100_MS,
        program=("tests.process.stuck", "inbox:commit", str(armed)),
    )
    await daemon.event("relay.ready")
    await eventually(lambda: manager.told().count("WATCHDOG=1") >= 3)
    armed.touch()
    scene.staff.say(scene.bob, "/help")
    line = await daemon.event("relay.parts_stand")
    assert "intake" in line["parts"]
    fed = manager.told().count("WATCHDOG=1")
    await daemon.event("relay.parts_stand", parts=["intake", "router"])
    assert manager.told().count("WATCHDOG=1") == fed

    armed.unlink()
    await eventually(lambda: manager.told().count("WATCHDOG=1") > fed)


async def test_sighup_reads_the_configuration_again(
    scene: Scene, daemons: Daemons, manager: ServiceManager
) -> None:
    config = scene.config_file()
    daemon = await daemons.start("run", config, manager.environ)
    await daemon.event("relay.ready")
    edit(config, "admins =", "admin =")
    daemon.signal(signal.SIGHUP)
    refused = await daemon.event("config.refused")
    assert any("relay.admin" in problem for problem in refused["problems"])
    await eventually(lambda: manager.told()[-2:] == ["RELOADING=1", "READY=1"])
    await eventually(lambda: "the changed configuration is refused" in manager.statuses()[-1])

    edit(config, "admin =", "admins =")
    with config.open("a", encoding="utf-8") as file:
        file.write('\n[log]\nlevel = "warning"\n')
    daemon.signal(signal.SIGHUP)
    await eventually(lambda: "refused" not in manager.statuses()[-1])
    await scene.enrol(scene.acme)
    assert not [line for line in daemon.log if line["event"] == "group.added"]
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
