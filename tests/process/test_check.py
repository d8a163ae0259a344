"""`check` as a person runs it, beside a daemon and without one."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing

import pytest
from telethon.tl import functions

from tests.loopback.world import Supergroup
from tests.process.daemon_process import CHECKOUT, LIMIT_S, Daemons, bare_environment, edit
from tests.process.life import nothing_waits
from tests.scene import Scene

pytestmark = pytest.mark.forked

SENDS = (
    functions.messages.SendMessageRequest,
    functions.messages.SendMediaRequest,
    functions.messages.SendMultiMediaRequest,
)
STATES = (
    functions.updates.GetStateRequest,
    functions.updates.GetDifferenceRequest,
    functions.updates.GetChannelDifferenceRequest,
)


async def checked(scene: Scene, daemons: Daemons, code: int) -> list[str]:
    """The lines of `check`, which ends with this exit code."""
    check = await daemons.start("check", scene.folder / "config.toml")
    assert await check.ended() == code, check.output
    assert check.stderr == ""
    return check.stdout.splitlines()


async def test_before_the_first_start(scene: Scene, daemons: Daemons) -> None:
    config = scene.config_file()
    before = {file.name for file in scene.folder.iterdir()}
    lines = await checked(scene, daemons, 0)
    assert lines[-1] == "Everything is in order."
    assert all(line.startswith("✓ ") for line in lines[:-1])
    assert f"✓ configuration: {config}" in lines
    assert "✓ login: Telegram accepts the bot @support_bot" in lines
    assert "✓ clock: as Telegram's" in lines
    assert any("GB free at" in line for line in lines)
    assert any("customer groups: none yet" in line for line in lines)
    assert {file.name for file in scene.folder.iterdir()} == before


async def test_a_staff_group_that_others_can_read_is_warned_of(
    scene: Scene, daemons: Daemons
) -> None:
    scene.config_file()
    assert isinstance(scene.staff, Supergroup)
    scene.staff.publish("our_staff")
    scene.staff.link("Our News")
    lines = await checked(scene, daemons, 0)
    warned = [line for line in lines if line.startswith("⚠ staff group “Staff”")]
    public, linked = warned
    assert "it is public (@our_staff)" in public
    assert "it is linked to a channel" in linked


async def test_beside_a_running_daemon_it_changes_nothing(scene: Scene, daemons: Daemons) -> None:
    daemon = await daemons.start("run", scene.config_file())
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)
    await nothing_waits(scene)
    session = (scene.folder / "relay.session").read_bytes()
    files = {file.name for file in scene.folder.iterdir()}
    connected = scene.telegram.connections(scene.bot.id)
    scene.telegram.requests.clear()

    lines = await checked(scene, daemons, 0)
    assert any("customer group “Customer Support”" in line for line in lines)
    asked = [type(seen.request) for seen in scene.telegram.requests]
    assert functions.auth.ImportBotAuthorizationRequest in asked
    assert asked[-1] is functions.auth.LogOutRequest
    assert not {*SENDS, *STATES} & {*asked}
    assert scene.telegram.connections(scene.bot.id) == connected
    assert (scene.folder / "relay.session").read_bytes() == session
    assert {file.name for file in scene.folder.iterdir()} == files

    scene.acme.say(scene.alice, "/ask Still there?")
    await scene.staff_sees("Still there?")


async def test_while_the_daemon_is_down_the_next_start_misses_nothing(
    scene: Scene, daemons: Daemons
) -> None:
    config = scene.config_file()
    first = await daemons.start("run", config)
    await first.event("relay.ready")
    await scene.enrol(scene.acme)
    await nothing_waits(scene)
    first.signal(signal.SIGTERM)
    assert await first.ended() == 0
    files = {file.name: file.read_bytes() for file in scene.folder.iterdir()}

    scene.acme.say(scene.alice, "/ask Before the check?")
    await checked(scene, daemons, 0)
    scene.acme.say(scene.alice, "/ask Behind the check?")
    assert {file.name: file.read_bytes() for file in scene.folder.iterdir()} == files

    second = await daemons.start("run", config)
    await second.event("relay.ready")
    await scene.staff_sees("Before the check?")
    await scene.staff_sees("Behind the check?")


async def test_findings_say_what_to_do(scene: Scene, daemons: Daemons) -> None:
    scene.config_file()
    async with scene.relay():
        await scene.enrol(scene.acme)
    scene.bot.privacy = True
    scene.acme.kick(scene.bot)
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        database.execute("INSERT INTO customer_groups VALUES (?, 0)", (scene.staff.marked_id,))
        database.commit()
    (scene.folder / "relay.session").write_text("1damaged")
    (scene.folder / "tickets.db").chmod(0o644)

    lines = await checked(scene, daemons, 3)
    for told, advice in (
        ("✗ session:", "remove it"),
        ("✗ the staff group", "/removegroup@support_bot"),
        ("✗ customer group “Customer Support”", "Add @support_bot to it"),
        ("✗ privacy mode is on", "@BotFather → /mybots → @support_bot → Bot Settings"),
    ):
        (finding,) = [line for line in lines if line.startswith(told)]
        assert advice in finding
    private = f"Make it private: chmod go= {scene.folder / 'tickets.db'}"
    assert [line for line in lines if line.startswith("⚠") and line.endswith(private)]
    assert lines[-1] == "4 findings: the lines with ✗ say what to do."


async def test_what_keeps_it_from_finding_out_has_its_own_exit_code(
    scene: Scene, daemons: Daemons
) -> None:
    config = scene.config_file()
    edit(config, str(scene.bot.token), f"777000001:{'x' * 35}")
    refused = await checked(scene, daemons, 77)
    assert "✗ Telegram does not accept the bot token" in refused[-1]

    await scene.telegram.refuse_connections()
    unreachable = await checked(scene, daemons, 69)
    assert "✗ Telegram cannot be reached" in unreachable[-1]

    edit(config, "api_id = 12345", 'api_id = "many"')
    assert await checked(scene, daemons, 78) == [
        f"✗ {config}: telegram.api_id: must be a whole number, not a text (no quotes around it)"
    ]


async def test_one_who_stops_listening_gets_the_exit_code_all_the_same(scene: Scene) -> None:
    config = scene.config_file()
    scene.staff.kick(scene.bot)
    ours, its = os.pipe()
    os.close(ours)
    try:
        check = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "daemon", "check", "--config", str(config)),
            stdout=its,
            stderr=asyncio.subprocess.PIPE,
            cwd=CHECKOUT,
            env=bare_environment(),
        )
    finally:
        os.close(its)
    async with asyncio.timeout(LIMIT_S):
        _, errors = await check.communicate()
    assert (check.returncode, errors) == (3, b"")


@pytest.mark.skipif(
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
    reason="NOT RUN: this is a job in the background, whose processes ignore Ctrl-C",
)
async def test_ctrl_c_ends_it(scene: Scene, daemons: Daemons) -> None:
    held = scene.telegram.faults.hold_answer(functions.auth.ImportBotAuthorizationRequest)
    check = await daemons.start("check", scene.config_file())
    await held.reached(within=20)
    check.signal(signal.SIGINT)
    assert await check.ended() == 130
    assert check.stderr == ""
    assert all(line.startswith("✓ ") for line in check.stdout.splitlines())


async def test_the_configuration_alone_is_checked_without_a_look_at_telegram(
    scene: Scene, daemons: Daemons
) -> None:
    config = scene.config_file()
    await scene.telegram.refuse_connections()
    alone = await daemons.start("check", config, arguments=["--config-only"])
    assert await alone.ended() == 0
    assert alone.stdout == f"✓ configuration: {config}\n"
    edit(config, "admins =", "admin =")
    alone = await daemons.start("check", config, arguments=["--config-only"])
    assert await alone.ended() == 78
    assert "relay.admin: is not a known key" in alone.stdout
