"""From nothing to a service, to newer versions, to one that does not work, and back to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.loopback.world import StoredMessage
from tests.scene import Scene, eventually
from tests.systemd.conftest import SOURCE
from tests.systemd.machine import Machine, booted
from tests.systemd.service import (
    DATABASE,
    UNIT,
    Service,
    give_packages_to_program,
    install,
    put_checkout,
)

pytestmark = pytest.mark.xdist_group("systemd")

NEWER = "/srv/newer"
FAULTY = "/srv/faulty"
BROKEN = "/srv/broken"

STAMP = "/var/lib/systemd/timers/stamp-ticket-relay-backup.timer"

SECOND = "my-bot"
"""The name of a second relay; systemd would escape it elsewhere."""


@pytest.fixture
def bare() -> Iterator[Machine]:
    """A machine of its own, on which nothing is installed."""
    with booted() as made:
        put_checkout(made, SOURCE)
        yield made


def everything(machine: Machine) -> set[str]:
    """Every file where software is installed, with its mode and owner; of the accounts what they
    are. What systemd and the package tools note for themselves is left out."""
    look = (
        "find /etc /opt /usr/local /usr/bin /usr/lib/systemd /var -xdev"
        " -not -path '/var/log/*' -not -path '/var/tmp/*' -not -path '/var/lib/systemd/*'"
        " -not -path '/etc/*-' -not -name .pwd.lock -printf '%p %m %U %G\\n';"
        " cat /etc/passwd /etc/group /etc/shadow /etc/gshadow; systemctl list-unit-files"
    )
    return set(machine.run("sh", "-c", look).splitlines())


def newer(machine: Machine, origin: str, place: str, number: str) -> None:
    """A copy of a checkout with a further migration."""
    machine.run("cp", "-a", origin, place)
    table = f"CREATE TABLE added_{number} (x INTEGER) STRICT;\n"
    machine.file(f"{place}/daemon/storage/migrations/{number}_added.sql").write_text(table)


def tables(machine: Machine, database: str) -> str:
    look = (
        "import sqlite3, sys; database = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True);"
        "print(database.execute('SELECT name FROM sqlite_schema').fetchall())"
    )
    return machine.run(machine.python, "-c", look, database)


def rehearse(bare: Machine) -> None:
    """What a newer systemd understands is put in place only there."""
    wrong = bare.done(f"{SOURCE}/scripts/install.sh", "--dry-run", "--bogus")
    assert (wrong.returncode, "unknown argument '--bogus'" in wrong.stdout) == (1, True)
    rehearsed = install(bare, SOURCE, "--dry-run")
    assert "would run: useradd" in rehearsed
    assert "restart-backoff.conf" not in rehearsed  # no systemd to understand it
    newer_systemd = bare.file("/usr/local/bin/systemctl")
    newer_systemd.write_text("#!/bin/sh\necho 'systemd 254 (254.1-1)'\n")
    newer_systemd.chmod(0o755)
    assert "restart-backoff.conf" in install(bare, SOURCE, "--dry-run")
    newer_systemd.unlink()


def spoil(machine: Machine, origin: str, place: str) -> None:
    """A copy of a checkout whose second relay waits for `/run/fail` and does not come up then."""
    machine.run("cp", "-a", origin, place)
    app = machine.file(f"{place}/daemon/app.py")
    start = "        await relay.take_its_place()\n"
    assert start in app.read_text()
    fault = (
        f"        while {SECOND!r} in str(self._config.relay.database):\n"
        "            from pathlib import Path\n"
        "            if Path('/run/fail').exists():\n"
        "                raise RuntimeError('a fault')\n"
        "            await asyncio.sleep(0.05)\n"
    )
    app.write_text(app.read_text().replace(start, fault + start))


async def upgrade_in_vain(service: Service, place: str) -> None:
    """To a version whose second relay fails when the first has come up and relayed an answer."""
    machine, scene = service.machine, service.scene
    machine.file("/run/fail").unlink(missing_ok=True)
    pid = service.pid
    command = (f"{place}/scripts/install.sh",)
    upgrade = asyncio.create_task(
        asyncio.to_thread(machine.done, *command, environ={"PYTHON": machine.python})
    )
    await service.comes_back(pid)
    scene.acme.say(scene.alice, f"/ask Which? {place}")
    wrapper = await scene.staff_sees(f"Which? {place}")
    scene.staff.say(scene.bob, f"Already in {place}", reply_to=wrapper)
    await scene.bot_says(scene.acme, f"Already in {place}")
    machine.file("/run/fail").touch()
    done = await upgrade
    assert done.returncode != 0
    assert "the former version runs again" in done.stdout
    await eventually(lambda: machine.property_of(UNIT, "ActiveState") == "active")


async def roll_back_twice(service: Service, wrapper: StoredMessage) -> None:
    """From a version with the same schema, and from one with a newer."""
    machine, scene = service.machine, service.scene
    spoil(machine, NEWER, FAULTY)
    await upgrade_in_vain(service, FAULTY)
    assert "added_9001" in tables(machine, DATABASE)
    scene.acme.say(scene.alice, "/ask Is it forgotten?")
    after = await scene.staff_sees("Is it forgotten?")
    scene.staff.say(scene.bob, "It is not", reply_to=after)
    await scene.bot_says(scene.acme, "It is not")

    newer(machine, FAULTY, BROKEN, "9002")
    await upgrade_in_vain(service, BROKEN)
    assert "added_9001" in tables(machine, DATABASE)
    assert "added_9002" not in tables(machine, DATABASE)
    other = f"/var/lib/ticket-relay@{SECOND}"
    assert "added_9002" not in tables(machine, f"{other}/tickets.db")
    assert "before-restore" not in machine.run("ls", other)  # it never came up
    await scene.staff_sees("was restored from a backup")
    scene.staff.say(scene.bob, "Has it come?", reply_to=wrapper)
    await scene.bot_says(scene.acme, "Has it come?")
    said_once = [m.text for m in scene.bot_messages(scene.acme)]
    for words in ("Already in /srv/faulty", "It is not", "Already in /srv/broken", "Has it come?"):
        assert sum(words in text for text in said_once) == 1, words


@pytest.mark.timeout(240)  # six starts and as many installations
async def test_install_upgrade_roll_back_uninstall(bare: Machine, scene: Scene) -> None:
    before = everything(bare)
    rehearse(bare)
    assert everything(bare) == before

    give_packages_to_program(bare, SOURCE)
    assert "sudoedit /etc/ticket-relay/telegram_bot_token" in install(bare, SOURCE)
    service = Service(bare, scene)
    service.configure()
    await asyncio.to_thread(service.systemctl, "start")
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask Where is it?")
    wrapper = await scene.staff_sees("Where is it?")

    second = scene.world.add_bot("Second", username="second_bot", privacy=False)
    scene.staff.add(second)
    await asyncio.to_thread(service.start_another, SECOND, second)

    timer = "ticket-relay-backup.timer"
    bare.run("systemctl", "disable", "--now", timer)  # an operator may have another way

    newer(bare, SOURCE, NEWER, "9001")
    said = await asyncio.to_thread(install, bare, NEWER)
    assert f"{UNIT} ticket-relay@{SECOND}.service runs the new version" in said
    assert "added_9001" in tables(bare, DATABASE)
    assert "added_9001" in tables(bare, f"/var/lib/ticket-relay@{SECOND}/tickets.db")
    scene.staff.say(scene.bob, "On its way", reply_to=wrapper)
    await scene.bot_says(scene.acme, "On its way")

    pid = service.pid
    assert bare.property_of(timer, "UnitFileState") == "disabled"
    assert "nothing was to be done" in await asyncio.to_thread(install, bare, NEWER)
    assert service.pid == pid

    await roll_back_twice(service, wrapper)

    uninstall = f"{NEWER}/scripts/uninstall.sh"
    assert "nothing was changed" in bare.run(uninstall, "--dry-run", "--purge")
    said = await asyncio.to_thread(bare.run, uninstall)
    assert "kept: /etc/ticket-relay, /var/lib/ticket-relay" in said
    assert not bare.file("/opt/ticket-relay").exists()
    assert "added_9001" in tables(bare, DATABASE)
    assert bare.file(STAMP).exists()
    await asyncio.to_thread(bare.run, uninstall, "--purge")
    assert not bare.file(STAMP).exists()
    assert everything(bare) == before
