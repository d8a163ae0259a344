"""Token and api_hash stand in the config file and nowhere else."""

from __future__ import annotations

import signal
from pathlib import Path

from telethon.tl import functions

from tests.process.daemon_process import DaemonProcess, Daemons, edit
from tests.scene import API_HASH, Scene


def secrets_in(content: str | bytes, token: str) -> list[str]:
    """Which of the secrets the content holds; of a token also the part behind the colon."""
    text = content if isinstance(content, str) else content.decode("latin-1")
    secrets = {"token": token.partition(":")[2], "api_hash": API_HASH}
    return [name for name, secret in secrets.items() if secret in text]


def leaks(scene: Scene, token: str, *outputs: DaemonProcess) -> list[str]:
    """Where a secret stands."""
    found = [f"output: {name}" for run in outputs for name in secrets_in(run.output, token)]
    for file in scene.folder.rglob("*"):
        if file.is_file() and file.name != "config.toml":
            found += [f"{file.name}: {name}" for name in secrets_in(file.read_bytes(), token)]
    return found


def at_debug(config: Path) -> Path:
    with config.open("a", encoding="utf-8") as file:
        file.write('\n[log]\nlevel = "debug"\nmessage_text = true\n')
    return config


async def test_a_whole_run_shows_no_secret(scene: Scene, daemons: Daemons) -> None:
    token = str(scene.bot.token)
    config = at_debug(scene.config_file())
    daemon = await daemons.start("run", config)
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)

    scene.acme.say(scene.nick, "/ask Is that your hash?")
    wrapper = await scene.staff_sees("your hash?")
    scene.staff.say(scene.bob, "It is not", reply_to=wrapper)
    await scene.bot_says(scene.acme, "It is not")
    scene.telegram.faults.fail(functions.messages.SendMessageRequest, 400, "CHAT_ADMIN_REQUIRED")
    scene.staff.say(scene.bob, "Or is it?", reply_to=wrapper)
    await daemon.event("send.failed")
    scene.telegram.cut_lines()
    scene.staff.say(scene.bob, "Never mind", reply_to=wrapper)
    await scene.bot_says(scene.acme, "Never mind")

    running = await daemons.start("run", config)
    assert await running.ended() == 75
    check = await daemons.start("check", config)
    assert await check.ended() == 0, check.output
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    assert leaks(scene, token, daemon, running, check) == []
    assert secrets_in(config.read_text(), token) == ["token", "api_hash"]  # it would be seen


async def test_a_refused_login_shows_no_secret(scene: Scene, daemons: Daemons) -> None:
    config = at_debug(scene.config_file())
    wrong = f"{scene.bot.id}:{'wrongwrong' * 4}"
    edit(config, str(scene.bot.token), wrong)
    for command in ("run", "check"):
        daemon = await daemons.start(command, config)
        assert await daemon.ended() == 77
        assert leaks(scene, wrong, daemon) == []


async def test_a_secret_in_the_wrong_place_of_the_config_is_not_shown(
    scene: Scene, daemons: Daemons
) -> None:
    token = str(scene.bot.token)
    config = scene.config_file()
    edit(config, 'database = "tickets.db"', f'"{token}" = 1')
    for command in ("run", "check"):
        daemon = await daemons.start(command, config)
        assert await daemon.ended() == 78
        assert "***" in daemon.output
        assert leaks(scene, token, daemon) == []
