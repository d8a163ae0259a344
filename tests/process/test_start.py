"""What keeps the daemon from running: one clear line, the documented exit code, no traceback."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from telethon.tl import functions

from tests.process.daemon_process import CHECKOUT, LIMIT_S, Daemons, bare_environment, edit
from tests.scene import Scene

Spoil = Callable[[Scene, Path], None]
"""Makes a working set-up fail. Gets the scene and its config file."""


def a_misspelt_key(_scene: Scene, config: Path) -> None:
    edit(config, "staff_group =", "staf_group =")


def a_placeholder(_scene: Scene, config: Path) -> None:
    edit(config, "api_id = 12345", "api_id = 0")


def another_token(scene: Scene, config: Path) -> None:
    edit(config, str(scene.bot.token), f"777000001:{'x' * 35}")


def another_group(scene: Scene, config: Path) -> None:
    elsewhere = scene.world.add_supergroup("Elsewhere")
    edit(config, str(scene.staff.marked_id), str(elsewhere.marked_id))


def no_key(scene: Scene, _config: Path) -> None:
    scene.telegram.public_key_path.write_text(
        "-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n"
    )


def a_damaged_session(scene: Scene, _config: Path) -> None:
    (scene.folder / "relay.session").write_text("1AbCdEf\n")


def a_session_of_bytes(scene: Scene, _config: Path) -> None:
    (scene.folder / "relay.session").write_bytes(bytes(range(256)))


def a_text_as_database(scene: Scene, _config: Path) -> None:
    (scene.folder / "tickets.db").write_text("Dear diary, " * 100)


def a_folder_as_database(scene: Scene, _config: Path) -> None:
    (scene.folder / "tickets.db").mkdir()


def a_database_from_the_future(scene: Scene, _config: Path) -> None:
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        database.execute("CREATE TABLE schema_migrations (version INTEGER, name TEXT)")
        database.execute("INSERT INTO schema_migrations VALUES (9999, 'future')")
        database.commit()


def the_old_bots_database(scene: Scene, _config: Path) -> None:
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        database.execute("CREATE TABLE customer_groups (group_id INTEGER PRIMARY KEY)")


def a_file_in_the_way(scene: Scene, config: Path) -> None:
    edit(config, '"relay.session"', '"relay/relay.session"')
    (scene.folder / "relay").write_text("")


def an_unwritable_folder(_scene: Scene, config: Path) -> None:
    # Not even root may write there.
    edit(config, '"relay.session"', '"/sys/ticket-relay/relay.session"')


@pytest.mark.forked
@pytest.mark.parametrize(
    "spoil,code,told",
    [
        (a_misspelt_key, 78, 'relay.staf_group: is not a known key (did you mean "staff_group"?)'),
        (a_placeholder, 78, "telegram.api_id: is still a placeholder"),
        (no_key, 78, "telegram.server.public_key"),
        (a_damaged_session, 78, "relay.session is damaged; remove it"),
        (a_session_of_bytes, 78, "relay.session is damaged; remove it"),
        (a_text_as_database, 78, "set relay.database to another file"),
        (a_folder_as_database, 78, "tickets.db: Is a directory"),
        (a_database_from_the_future, 78, "the database is newer than this program"),
        (the_old_bots_database, 78, "(it has the tables customer_groups); set relay.database"),
        (a_file_in_the_way, 78, "relay: File exists; make it a place"),
        (an_unwritable_folder, 78, "make it a place that the relay's user may write to"),
        (another_token, 77, "Telegram does not accept the bot token (ACCESS_TOKEN_INVALID)"),
        (another_group, 77, "the bot is not in the staff group"),
    ],
)
async def test_what_is_wrong_is_told(
    scene: Scene, daemons: Daemons, spoil: Spoil, code: int, told: str
) -> None:
    config = scene.config_file()
    spoil(scene, config)
    assert told in await refusal(daemons, config, code)


async def refusal(daemons: Daemons, config: Path, code: int) -> str:
    """The one line in which the daemon says why it does not run, with this exit code."""
    daemon = await daemons.start("run", config)
    assert await daemon.ended() == code, daemon.output
    assert "Traceback" not in daemon.output
    (line,) = [line for line in daemon.log if line["level"] in ("error", "critical")]
    assert (line["event"], line["exit_code"]) == ("relay.failed", code)
    assert daemon.stdout == ""
    reason: str = line["reason"]
    return reason


@pytest.mark.forked
async def test_a_database_of_another_bot_or_staff_group_is_refused(
    scene: Scene, daemons: Daemons
) -> None:
    async with scene.relay():
        pass
    config = scene.config_file()
    other = scene.world.add_supergroup("Other staff", members=[scene.bot])
    edit(config, str(scene.staff.marked_id), str(other.marked_id))
    reason = await refusal(daemons, config, 78)
    assert f"staff group {scene.staff.marked_id}" in reason
    assert "set relay.database to another file" in reason

    edit(config, str(other.marked_id), str(scene.staff.marked_id))
    second = scene.world.add_bot("Second", username="second_bot")
    scene.staff.add(second)
    edit(config, str(scene.bot.token), str(second.token))
    edit(config, "relay.session", "second.session")
    assert f"bot {scene.bot.id}" in await refusal(daemons, config, 78)


@pytest.mark.forked
async def test_a_second_daemon_on_the_session_or_database_leaves_the_first_alone(
    scene: Scene, daemons: Daemons
) -> None:
    config = scene.config_file()
    first = await daemons.start("run", config)
    await first.event("relay.ready")
    reason = await refusal(daemons, config, 75)
    assert reason == (
        f"another Ticket Relay uses {scene.folder / 'relay.session'}; stop that one first"
    )
    assert scene.telegram.requests.count(functions.help.GetConfigRequest) == 1  # the first's
    edit(config, "relay.session", "another.session")
    assert f"uses {scene.folder / 'tickets.db'}" in await refusal(daemons, config, 75)
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask Still there?")
    await scene.staff_sees("Still there?")


@pytest.mark.forked
async def test_refused_connections_end_the_start(scene: Scene, daemons: Daemons) -> None:
    config = scene.config_file()
    await scene.telegram.refuse_connections()
    reason = await refusal(daemons, config, 69)
    assert f"{scene.telegram.host}:{scene.telegram.port}" in reason
    assert "check the network" in reason


@pytest.mark.forked
async def test_sigterm_ends_a_start_that_waits_for_an_answer(
    scene: Scene, daemons: Daemons
) -> None:
    config = scene.config_file()
    held = scene.telegram.faults.hold_answer(functions.auth.ImportBotAuthorizationRequest)
    daemon = await daemons.start("run", config)
    await held.reached(within=20)
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended(within_s=5) == 0
    assert daemon.log[-1]["event"] == "relay.stopped"


async def test_on_a_terminal_the_reasons_are_plain_lines(scene: Scene) -> None:
    config = scene.config_file()
    a_placeholder(scene, config)
    edit(config, "database =", "databse =")
    assert await on_a_terminal(config) == (
        78,
        [
            f"✗ {config}: telegram.api_id: is still a placeholder; put in the api_id from"
            " my.telegram.org",
            f'✗ {config}: relay.databse: is not a known key (did you mean "database"?)',
        ],
    )
    config = scene.config_file()
    a_damaged_session(scene, config)
    session = scene.folder / "relay.session"
    assert await on_a_terminal(config) == (
        78,
        [f"✗ the session file {session} is damaged; remove it, and the next start logs in anew"],
    )


async def test_at_the_start_the_log_tells_what_it_works_with(
    scene: Scene, daemons: Daemons
) -> None:
    daemon = await daemons.start("run", scene.config_file())
    ready = await daemon.event("relay.ready")
    told = {key: value for key, value in ready.items() if key not in ("ts", "level", "event")}
    assert told == {
        "bot": "@support_bot",
        "token_set": "yes",
        "staff_group": scene.staff.marked_id,
        "admins": [scene.admin.id],
        "customer_groups": 0,
        "privacy_mode": "off",
    }
    reminders = [line["reminder"] for line in daemon.log if line["event"] == "relay.reminder"]
    assert [words in reminder for words, reminder in zip(REMINDERS, reminders, strict=True)]
    assert not [line for line in daemon.log if line["event"] == "relay.privacy_mode_on"]


REMINDERS = ("is in the staff group", "Privacy mode must be off", "/addgroup")


async def test_privacy_mode_is_warned_of(scene: Scene, daemons: Daemons) -> None:
    scene.bot.privacy = True
    daemon = await daemons.start("run", scene.config_file())
    warning = await daemon.event("relay.privacy_mode_on")
    assert warning["level"] == "warning"
    assert "@BotFather → /mybots → @support_bot" in warning["todo"]
    assert (await daemon.event("relay.ready"))["privacy_mode"] == "on"


async def test_on_a_terminal_the_start_is_told_in_plain_lines(scene: Scene) -> None:
    config = scene.config_file()

    async def until_ready(process: asyncio.subprocess.Process) -> None:
        await scene.telegram.wait_for_request(functions.channels.GetFullChannelRequest)
        await scene.enrol(scene.acme)
        process.send_signal(signal.SIGINT)  # Ctrl-C

    code, lines = await on_a_terminal(config, until_ready)
    assert code == 0
    start = lines.index("Bot starting: @support_bot")
    assert lines[start : start + 6] == [
        "Bot starting: @support_bot",
        "Token is set: yes",
        f"Staff group ID: {scene.staff.marked_id}",
        f"Admin user ID: {scene.admin.id}",
        "Privacy mode: off",
        "⚠️ Important reminders:",
    ]
    for number, words in enumerate(REMINDERS, start=1):
        line = lines[start + 5 + number]
        assert line.startswith(f"{number}. ")
        assert words in line
    assert any("group.added" in line and "Customer Support" in line for line in lines)
    assert not [line for line in lines if str(scene.bot.token) in line]


async def on_a_terminal(
    config: Path, meanwhile: Callable[[asyncio.subprocess.Process], Awaitable[None]] | None = None
) -> tuple[int, list[str]]:
    """The daemon's exit code and the lines that it shows on a terminal."""
    ours, its = pty.openpty()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "daemon", "run", "--config", str(config)),
            stdin=its,
            stdout=its,
            stderr=its,
            cwd=CHECKOUT,
            env=bare_environment() | {"TERM": "xterm"},
        )
        os.close(its)
        shown = asyncio.create_task(asyncio.to_thread(all_that_is_shown, ours))
        async with asyncio.timeout(LIMIT_S):
            if meanwhile is not None:
                await meanwhile(process)
            code = await process.wait()
            return code, (await shown).decode().splitlines()
    finally:
        os.close(ours)


def all_that_is_shown(terminal: int) -> bytes:
    """What is written to a terminal until nobody has it open any more."""
    shown = b""
    while True:
        try:
            shown += os.read(terminal, 1 << 16)
        except OSError:  # how Linux tells the end
            return shown
