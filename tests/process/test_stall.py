"""Updates that stop coming, as the service manager sees it."""

from __future__ import annotations

from telethon.tl import functions

from tests.process.daemon_process import CHECKOUT, Daemons
from tests.scene import Scene

DIFFERENCES = (
    functions.updates.GetDifferenceRequest,
    functions.updates.GetChannelDifferenceRequest,
)
STALLED = 76


async def test_a_stall_is_told_and_the_service_manager_starts_anew(
    scene: Scene, daemons: Daemons
) -> None:
    config = scene.config_file(stall_s=0.5, sync_interval_s=0.1)
    daemon = await daemons.start("run", config)
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)
    scene.telegram.faults.lose_answer(DIFFERENCES, times=None)
    await scene.telegram.faults.wait_for("lose_answer")
    scene.acme.say(scene.alice, "/ask Does anybody hear me?")
    assert await daemon.ended() == STALLED, daemon.output
    (line,) = [line for line in daemon.log if line["level"] in ("error", "critical")]
    assert (line["event"], line["exit_code"]) == ("relay.failed", STALLED)
    assert line["reason"].endswith("start the relay again")
    unit = (CHECKOUT / "systemd" / "ticket-relay.service").read_text()
    (never_after,) = [at for at in unit.splitlines() if at.startswith("RestartPreventExitStatus=")]
    assert str(STALLED) not in never_after.partition("=")[2].split()
