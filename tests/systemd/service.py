"""The relay as `scripts/install.sh` installs it on a machine, for a scene."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.loopback.world import Person
from tests.process.daemon_process import CHECKOUT
from tests.scene import API_HASH, API_ID, Scene, eventually
from tests.systemd.machine import PACKAGES, SITE_PACKAGES, Machine

UNIT = "ticket-relay.service"
CONFIG = "/etc/ticket-relay"
DATABASE = "/var/lib/ticket-relay/tickets.db"


def give_packages(machine: Machine, checkout: str) -> None:
    """Make a checkout's .venv at no cost: one that finds the packages of the running one. What
    `scripts/venv.sh` does is tested elsewhere."""
    venv = f"{checkout}/.venv"
    machine.run(machine.python, "-m", "venv", "--without-pip", venv)
    machine.file(f"{venv}/{SITE_PACKAGES}/of_the_tests.pth").write_text(f"{PACKAGES}\n")
    stamp = (
        "import hashlib, pathlib, sys\n"
        "data = b''.join(pathlib.Path(lock).read_bytes() for lock in sys.argv[1:])\n"
        "print(sys.version.split()[0], hashlib.sha256(data).hexdigest(), 'run')"
    )
    locks = [f"{checkout}/{name}" for name in ("requirements.lock", "requirements-dev.lock")]
    told = machine.run(f"{venv}/bin/python", "-c", stamp, *locks)
    machine.file(f"{venv}/.installed").write_text(told)


def install(machine: Machine, checkout: str, *arguments: str) -> str:
    """Run its `scripts/install.sh`; what that says."""
    python = {"PYTHON": machine.python}
    return machine.run(f"{checkout}/scripts/install.sh", *arguments, environ=python)


def give_packages_to_program(machine: Machine, checkout: str) -> None:
    """As if an earlier installation had fetched them."""
    give_packages(machine, checkout)
    machine.run("install", "-d", "/opt/ticket-relay")
    machine.run("mv", f"{checkout}/.venv", "/opt/ticket-relay/.venv")


def put_checkout(machine: Machine, place: str) -> None:
    """This checkout's own files, at a place of the machine."""
    machine.run("mkdir", "-p", place)
    for name in ("daemon", "docs", "scripts", "systemd"):
        machine.run("cp", "-R", str(CHECKOUT / name), place)
    for file in CHECKOUT.iterdir():
        if file.is_file() and file.name != ".git":
            machine.run("cp", str(file), place)


class Service:
    """The installed relay, with a configuration for a scene."""

    def __init__(self, machine: Machine, scene: Scene) -> None:
        self.machine = machine
        self.scene = scene
        self._since = machine.run("date", "+%s").strip()

    def configure(self, **limits: Any) -> None:
        """Put the scene's configuration and secrets where an operator puts them."""
        text = self.scene.config_file(**limits).read_text()
        for line in (
            f'bot_token = "{self.scene.bot.token}"',
            f"api_id = {API_ID}",
            f'api_hash = "{API_HASH}"',
            'session = "relay.session"',
            'database = "tickets.db"',
        ):
            assert line in text
            text = text.replace(line, "")
        key = str(self.scene.telegram.public_key_path)
        text = text.replace(key, f"{CONFIG}/key.pem")
        self.machine.file(f"{CONFIG}/config.toml").write_text(text)
        self.machine.file(f"{CONFIG}/key.pem").write_text(Path(key).read_text())
        for name, value in (
            ("telegram_bot_token", self.scene.bot.token),
            ("telegram_api_id", API_ID),
            ("telegram_api_hash", API_HASH),
        ):
            self.machine.file(f"{CONFIG}/{name}").write_text(f"{value}\n")

    def start_another(self, name: str, bot: Person) -> str:
        """A second relay between the same groups, with a bot of its own; its unit."""
        machine, unit = self.machine, f"ticket-relay@{name}.service"
        machine.run("mkdir", f"{CONFIG}/{name}")
        machine.run("sh", "-c", f"cp -a $(find {CONFIG} -maxdepth 1 -type f) {CONFIG}/{name}/")
        machine.file(f"{CONFIG}/{name}/telegram_bot_token").write_text(f"{bot.token}\n")
        machine.run("systemctl", "enable", "--now", unit)
        return unit

    def drop_in(self, *lines: str) -> None:
        """Further settings of the unit, until the end of the test; none: those of every test."""
        text = "\n".join(["[Service]", "RestartSec=100ms", *lines, ""])
        folder = self.machine.file(f"/run/systemd/system/{UNIT}.d")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "test.conf").write_text(text)
        self.machine.run("systemctl", "daemon-reload")

    def systemctl(self, verb: str) -> str:
        return self.machine.run("systemctl", verb, UNIT)

    def log(self, *options: str) -> str:
        """What the journal has of it since this test began."""
        self.machine.run("journalctl", "--sync")
        unit = (f"--unit={UNIT}", f"--since=@{self._since}")
        return self.machine.run("journalctl", *unit, "-o", "cat", *options)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Its log lines with this event."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    @property
    def pid(self) -> int:
        return int(self.machine.property_of(UNIT, "MainPID"))

    async def comes_back(self, pid: int) -> None:
        """Return once it is active again as another process than `pid`."""

        def back() -> bool:
            state = self.machine.property_of(UNIT, "ActiveState")
            return state == "active" and self.pid not in (0, pid)

        await eventually(back, within_s=30)
