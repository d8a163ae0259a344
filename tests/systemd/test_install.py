"""From nothing to a service, to newer versions, to one that does not work, and back to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

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
BROKEN = "/srv/broken"

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
    rehearsed = install(bare, SOURCE, "--dry-run")
    assert "would run: useradd" in rehearsed
    assert "restart-backoff.conf" not in rehearsed  # no systemd to understand it
    newer_systemd = bare.file("/usr/local/bin/systemctl")
    newer_systemd.write_text("#!/bin/sh\necho 'systemd 254 (254.1-1)'\n")
    newer_systemd.chmod(0o755)
    assert "restart-backoff.conf" in install(bare, SOURCE, "--dry-run")
    newer_systemd.unlink()


@pytest.mark.timeout(240)  # four starts and as many installations
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

    newer(bare, NEWER, BROKEN, "9002")
    app = bare.file(f"{BROKEN}/daemon/app.py")
    start = "    async def _start_up(\n"
    assert start in app.read_text()
    broken = app.read_text().replace("relay.take_its_place()", "relay.take_no_place()")
    app.write_text(broken)
    done = await asyncio.to_thread(
        bare.done, f"{BROKEN}/scripts/install.sh", environ={"PYTHON": bare.python}
    )
    assert done.returncode != 0
    assert "the former version runs again" in done.stdout
    assert "added_9001" in tables(bare, DATABASE)
    assert "added_9002" not in tables(bare, DATABASE)
    await eventually(lambda: bare.property_of(UNIT, "ActiveState") == "active")
    scene.staff.say(scene.bob, "Has it come?", reply_to=wrapper)
    await scene.bot_says(scene.acme, "Has it come?")

    uninstall = f"{NEWER}/scripts/uninstall.sh"
    assert "nothing was changed" in bare.run(uninstall, "--dry-run", "--purge")
    said = await asyncio.to_thread(bare.run, uninstall)
    assert "kept: /etc/ticket-relay, /var/lib/ticket-relay" in said
    assert not bare.file("/opt/ticket-relay").exists()
    assert "added_9001" in tables(bare, DATABASE)
    await asyncio.to_thread(bare.run, uninstall, "--purge")
    assert everything(bare) == before
