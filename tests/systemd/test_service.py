"""The relay as a service of a real systemd."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from telethon.tl import functions

from tests.scene import API_HASH, eventually
from tests.systemd.machine import Machine
from tests.systemd.service import CONFIG, DATABASE, UNIT, Service

pytestmark = pytest.mark.xdist_group("systemd")  # one machine for all

UNITS = [
    "ticket-relay.service",
    "ticket-relay@.service",
    "ticket-relay-backup.service",
    "ticket-relay-backup.timer",
]

FIXED = "/etc/systemd/system"


async def systemctl(service: Service, verb: str) -> str:
    """While the scene's Telegram goes on answering."""
    return await asyncio.to_thread(service.systemctl, verb)


async def ask(service: Service, words: str) -> None:
    """A question that becomes a ticket."""
    service.scene.acme.say(service.scene.alice, f"/ask {words}")
    await service.scene.staff_sees(words)


def wrappers(service: Service) -> list[str]:
    """The questions of the tickets, in their order."""
    messages = service.scene.bot_messages(service.scene.staff)
    return [m.text.splitlines()[-1] for m in messages if "🎫" in m.text]


async def test_a_start_blocks_until_it_is_ready_and_the_status_tells_how_it_stands(
    service: Service,
) -> None:
    login = functions.auth.ImportBotAuthorizationRequest
    held = service.scene.telegram.faults.hold_answer(login)
    starting = asyncio.create_task(systemctl(service, "start"))
    await held.reached(within=20)
    show = service.machine.property_of
    await eventually(lambda: show(UNIT, "StatusText") == "Logging in to Telegram")
    assert show(UNIT, "ActiveState") == "activating"
    assert not starting.done()
    held.release()
    await starting
    assert show(UNIT, "ActiveState") == "active"
    assert service.events("relay.ready") != []
    await service.scene.enrol(service.scene.acme)
    await ask(service, "Where is it?")
    told = "Relaying as @support_bot, open tickets: 1, to be sent: 0, last update:"
    await eventually(lambda: told in service.machine.property_of(UNIT, "StatusText"))
    assert service.machine.property_of(UNIT, "User") == "ticket-relay"


async def test_what_an_operator_sees_of_it(service: Service) -> None:
    await systemctl(service, "start")
    machine, scene = service.machine, service.scene
    await scene.enrol(scene.acme)
    await ask(service, "Where is it?")
    await eventually(lambda: len(service.events("send.settled")) == 2)
    send = functions.messages.SendMessageRequest
    scene.telegram.faults.fail(send, 403, "CHAT_WRITE_FORBIDDEN")
    (wrapper,) = scene.bot_messages(scene.staff)
    scene.staff.say(scene.bob, "Here", reply_to=wrapper)
    await scene.staff_sees("❌ Send failed")

    (line,) = service.log("--priority=err").splitlines()
    assert json.loads(line)["event"] == "send.failed"

    program = ("/opt/ticket-relay/.venv/bin/python", "-m", "daemon", "status", "--json")
    credentials = {"CREDENTIALS_DIRECTORY": CONFIG, "STATE_DIRECTORY": str(Path(DATABASE).parent)}
    in_folder = ("env", "--chdir=/opt/ticket-relay", *program, "--config", f"{CONFIG}/config.toml")
    found = json.loads(machine.run(*in_folder, environ=credentials))
    assert (found["health"], found["phase"]) == ("healthy", "running")
    assert (found["open_tickets"], found["undelivered"]) == (1, 1)
    assert machine.run("stat", "-c", "%U %a", f"{DATABASE}.status").strip() == "ticket-relay 600"


async def test_a_stop_comes_in_time_and_loses_nothing(service: Service) -> None:
    await systemctl(service, "start")
    scene = service.scene
    await scene.enrol(scene.acme)
    await ask(service, "First?")
    for number in range(10):
        scene.acme.say(scene.alice, f"/ask Question {number}")
    begun = time.monotonic()
    await systemctl(service, "stop")
    assert time.monotonic() - begun < 10
    assert service.machine.property_of(UNIT, "Result") == "success"
    scene.acme.say(scene.alice, "/ask Last?")
    await systemctl(service, "start")
    await scene.staff_sees("Last?")
    assert wrappers(service) == ["First?", *(f"Question {n}" for n in range(10)), "Last?"]


async def test_after_kill_9_the_conversation_goes_on(service: Service) -> None:
    await systemctl(service, "start")
    scene = service.scene
    await scene.enrol(scene.acme)
    question = scene.acme.say(scene.alice, "/ask Where is it?")
    wrapper = await scene.staff_sees("Where is it?")
    pid = service.pid
    service.machine.run("kill", "-KILL", str(pid))
    scene.staff.say(scene.bob, "On its way", reply_to=wrapper)
    await service.comes_back(pid)
    assert (await scene.bot_says(scene.acme, "On its way")).reply_to is question
    assert wrappers(service) == ["Where is it?"]


async def test_a_hung_event_loop_is_started_anew_and_the_log_tells_where_it_hung(
    service: Service,
) -> None:
    """It hangs where an update is read, as soon as there is a file `/run/hang`."""
    machine = service.machine
    hang = (
        "import os, sys, time\n"
        "def listen(event, _):\n"
        "    while event == 'ticket_relay.update' and os.path.exists('/run/hang'):\n"
        "        time.sleep(0.1)\n"
        "sys.addaudithook(listen)\n"
    )
    site = machine.run("sh", "-c", "echo /opt/ticket-relay/.venv/lib/python*/site-packages").strip()
    machine.file(f"{site}/hang.py").write_text(hang)
    machine.file(f"{site}/hang.pth").write_text("import hang\n")
    service.drop_in("WatchdogSec=2")
    await systemctl(service, "start")
    scene = service.scene
    await scene.enrol(scene.acme)
    pid = service.pid
    machine.file("/run/hang").touch()
    scene.acme.say(scene.alice, "/ask Anybody there?")
    try:
        await eventually(lambda: "watchdog" in service.log().lower(), within_s=20)
    finally:
        machine.file("/run/hang").unlink()
    await service.comes_back(pid)
    await scene.staff_sees("Anybody there?")
    assert wrappers(service) == ["Anybody there?"]
    assert "hang.py" in service.log()
    for name in ("hang.py", "hang.pth"):
        machine.file(f"{site}/{name}").unlink()


async def test_a_reload_takes_effect_or_fails_and_leaves_all_as_it_was(service: Service) -> None:
    await systemctl(service, "start")
    scene = service.scene
    await scene.enrol(scene.acme)
    pid = service.pid
    config = service.machine.file(f"{CONFIG}/config.toml")
    good = config.read_text()
    config.write_text(good.replace("admins =", "admin ="))
    done = await asyncio.to_thread(service.machine.done, "systemctl", "reload", UNIT)
    assert done.returncode != 0
    (refused,) = map(json.loads, service.log("--priority=err").splitlines()[:1])
    assert refused["event"] == "config.refused"
    assert refused["problems"][-1] == 'relay.admin: is not a known key (did you mean "admins"?)'
    assert "✗" not in service.log()
    assert (service.pid, service.machine.property_of(UNIT, "ActiveState")) == (pid, "active")
    await ask(service, "Still there?")

    config.write_text(good.replace('language = "en"', 'language = "zh"'))
    await systemctl(service, "reload")
    await eventually(lambda: service.events("config.reloaded") != [])
    scene.acme.say(scene.alice, "/ask In Chinese?")
    assert "工单" in (await scene.staff_sees("In Chinese?")).text
    assert service.pid == pid


async def test_what_a_restart_cannot_help_is_not_restarted(service: Service) -> None:
    service.machine.file(f"{CONFIG}/telegram_bot_token").write_text("no token\n")
    done = await asyncio.to_thread(service.machine.done, "systemctl", "start", UNIT)
    assert done.returncode != 0
    told = [service.machine.property_of(UNIT, name) for name in ("ExecMainStatus", "NRestarts")]
    assert told == ["78", "0"]
    assert "telegram.bot_token" in service.log()

    token = f"{CONFIG}/telegram_bot_token"
    service.machine.run("mv", token, f"{token}.away")
    done = await asyncio.to_thread(service.machine.done, "systemctl", "start", UNIT)
    service.machine.run("mv", f"{token}.away", token)  # with its mode
    assert done.returncode != 0
    names = ("ExecMainStatus", "NRestarts", "ActiveState")
    assert [service.machine.property_of(UNIT, name) for name in names] == ["243", "0", "failed"]
    nobody = service.machine.done("systemctl", "start", "ticket-relay@nobody.service")
    assert "Assertion failed" in nobody.stdout


async def test_secrets_are_in_no_argument_no_environment_and_no_log(service: Service) -> None:
    await systemctl(service, "start")
    machine = service.machine
    token = str(service.scene.bot.token)
    everywhere = machine.run(
        "sh",
        "-c",
        "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'"
        f"; systemctl show {UNIT}; systemctl status -l {UNIT}; journalctl -o export",
    )
    assert "-m daemon" in everywhere.replace("\n", " ")
    for secret in (token, token.partition(":")[2], API_HASH):
        assert secret not in everywhere
    # It would have been seen.
    assert token in machine.run("sh", "-c", f"cat /proc/{service.pid}/root{CREDENTIALS}/*")
    files = machine.run("stat", "-c", "%a %U", *(f"{CONFIG}/telegram_{n}" for n in SECRETS))
    assert files.split() == ["600", "root"] * len(SECRETS)


SECRETS = ("bot_token", "api_id", "api_hash")
CREDENTIALS = f"/run/credentials/{UNIT}"


async def test_nothing_but_its_own_state_can_be_written(service: Service) -> None:
    await systemctl(service, "start")
    machine = service.machine
    own = ("nsenter", "--target", str(service.pid), "--mount", "--", "setpriv")
    account = ("--reuid=ticket-relay", "--regid=ticket-relay", "--clear-groups")
    for place in ("/", "/etc", CONFIG, "/opt/ticket-relay", "/usr", "/var", "/var/log", "/home"):
        as_root = machine.done(*own, "touch", f"{place}/touched")
        assert as_root.returncode != 0, place
    machine.run(*own, *account, "touch", "/var/lib/ticket-relay/touched")
    mountinfo = machine.file(f"/proc/{service.pid}/mountinfo").read_text()
    mounts = [line.split() for line in mountinfo.splitlines()]
    writable = {fields[4] for fields in mounts if "rw" in fields[5].split(",")}
    assert writable - KERNELS_OWN <= {"/tmp", "/var/tmp", "/var/lib/ticket-relay"}


KERNELS_OWN = {"/proc", "/dev/pts"}


@pytest.mark.parametrize("unit", UNITS[:3])
def test_the_sandbox_is_tight(machine: Machine, unit: str) -> None:
    said = machine.run("systemd-analyze", "security", "--offline=true", f"{FIXED}/{unit}")
    exposure = float(said.rpartition("level for")[2].split()[1])
    assert exposure <= 1.2


def test_systemd_has_nothing_to_say_against_the_units(machine: Machine) -> None:
    assert machine.run("systemd-analyze", "verify", *(f"{FIXED}/{unit}" for unit in UNITS)) == ""


async def test_the_timer_leaves_a_whole_copy_while_the_relay_runs(service: Service) -> None:
    await systemctl(service, "start")
    await service.scene.enrol(service.scene.acme)
    await ask(service, "Is this kept?")
    machine, timer = service.machine, "ticket-relay-backup.timer"
    assert machine.property_of(timer, "UnitFileState") == "enabled"
    assert machine.property_of("ticket-relay-backup.service", "TriggeredBy") == timer
    soon = "[Timer]\nOnCalendar=\nOnActiveSec=1ms\nAccuracySec=1ms\nRandomizedDelaySec=0\n"
    machine.file(f"/run/systemd/system/{timer}.d").mkdir(parents=True)
    machine.file(f"/run/systemd/system/{timer}.d/soon.conf").write_text(soon)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", timer)
    folder = machine.file("/var/lib/ticket-relay-backups")
    await eventually(lambda: folder.is_dir() and any(folder.glob("tickets_*.db.gz")), within_s=20)
    await eventually(
        lambda: machine.property_of("ticket-relay-backup.service", "ActiveState") == "inactive"
    )
    (made,) = folder.glob("tickets_*.db.gz")
    place = f"/var/lib/ticket-relay-backups/{made.name}"
    assert machine.run("stat", "-c", "%a %U", place).split() == ["600", "ticket-relay"]
    whole = service.scene.folder / "copy.db"
    machine.run("sh", "-c", f"gunzip -c {place} > /run/copy.db")
    whole.write_bytes(machine.file("/run/copy.db").read_bytes())
    with closing(sqlite3.connect(whole)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM tickets").fetchone() == (1,)
    machine.run("rm", "-rf", f"/run/systemd/system/{timer}.d", str(place))
    machine.run("systemctl", "daemon-reload")

    config = machine.file(f"{CONFIG}/config.toml")
    elsewhere = 'database = "/var/lib/ticket-relay/missing.db"'
    config.write_text(config.read_text().replace("[relay]", f"[relay]\n{elsewhere}"))
    assert machine.done("systemctl", "start", "ticket-relay-backup.service").returncode != 0
    journal = machine.run("journalctl", "--unit=ticket-relay-backup.service", "-o", "cat")
    assert "missing.db: there is no such file" in journal
    machine.run("systemctl", "reset-failed", "ticket-relay-backup.service")


async def test_several_relays_do_not_see_one_another(service: Service) -> None:
    await systemctl(service, "start")
    machine = service.machine
    second = service.scene.world.add_bot("Second", username="second_bot", privacy=False)
    service.scene.staff.add(second)
    try:
        unit = await asyncio.to_thread(service.start_another, "second", second)
        pid = machine.property_of(unit, "MainPID")
        seen = machine.run("ls", f"/proc/{pid}/root/var/lib").split()
        assert seen == ["ticket-relay@second"]
        assert "tickets.db" in machine.run("ls", "/var/lib/ticket-relay@second")
        assert machine.file(DATABASE).exists()
    finally:
        machine.run("systemctl", "disable", "--now", "ticket-relay@second.service")
        machine.run("rm", "-rf", f"{CONFIG}/second", "/var/lib/ticket-relay@second")


async def test_a_backup_that_root_restores_is_the_services_own(service: Service) -> None:
    await systemctl(service, "start")
    scene, machine = service.scene, service.machine
    await scene.enrol(scene.acme)
    question = scene.acme.say(scene.alice, "/ask The old one?")
    wrapper = await scene.staff_sees("The old one?")
    told = "open tickets: 1, to be sent: 0"
    await eventually(lambda: told in machine.property_of(UNIT, "StatusText"))
    machine.run("systemctl", "start", "ticket-relay-backup.service")
    (backup,) = machine.file("/var/lib/ticket-relay-backups").glob("tickets_*.db.gz")
    await ask(service, "Since the backup?")
    scripts = "/opt/ticket-relay/scripts"
    place = f"/var/lib/ticket-relay-backups/{backup.name}"
    running = machine.done(f"{scripts}/restore_db.sh", place, DATABASE)
    assert (running.returncode, "stop that one first" in running.stdout) == (75, True)
    await systemctl(service, "stop")
    machine.run("rm", "-f", f"{DATABASE}", f"{DATABASE}.lock")  # as after a lost disk
    machine.run(f"{scripts}/restore_db.sh", place, DATABASE)
    await systemctl(service, "start")
    restored = await scene.staff_sees("was restored from a backup")
    # What was written in the second of the restore is listed alone.
    await eventually(lambda: scene.world.now() > restored.date)
    scene.staff.say(scene.bob, "It goes on", reply_to=wrapper)
    assert (await scene.bot_says(scene.acme, "It goes on")).reply_to is question
    assert wrappers(service) == ["The old one?", "Since the backup?"]
    machine.run("rm", place)
