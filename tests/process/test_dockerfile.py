"""What the Dockerfile puts into its image is all that the relay needs.

No image is built here, that takes a network: its steps are followed in a folder. The packages are
those of requirements.lock in both.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
from pathlib import Path

from tests.process.daemon_process import CHECKOUT, Daemons
from tests.scene import API_HASH, API_ID, Scene

STEPS = re.findall(
    r"(?m)^([A-Z]+) (.+)$", (CHECKOUT / "Dockerfile").read_text("utf-8").replace("\\\n", "")
)


def steps(name: str) -> list[list[str]]:
    """The words behind each step of that name, in order."""
    return [shlex.split(words) for step, words in STEPS if step == name]


def test_docker_may_read_what_is_copied_and_nothing_else() -> None:
    everything, *allowed = [
        line for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line[:1] in "*!"
    ]
    assert everything == "*"
    copied = {f"!{source}" for source, _ in steps("COPY")}
    assert {line for line in allowed if line.startswith("!")} == copied


def test_its_base_is_an_exact_version_and_its_packages_are_checked() -> None:
    ((base,),) = steps("FROM")
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?", base)
    (install,) = [words for words in steps("RUN") if words[0] == "pip"]
    assert "--require-hashes" in install


def test_it_runs_as_a_user_of_its_own() -> None:
    assert steps("USER") == [["10001:10001"]]
    users = " ".join(steps("RUN")[0])
    assert "--gid 10001" in users
    assert "--uid 10001" in users


def an_image(scene: Scene) -> Path:
    """The working directory of a container; its configuration knows the loopback's server alone."""
    image = scene.folder / "app"
    for source, target in steps("COPY"):
        if (CHECKOUT / source).is_dir():
            shutil.copytree(CHECKOUT / source, image / target)
        else:
            image.mkdir(exist_ok=True)
            shutil.copy(CHECKOUT / source, image / target)
    assert ["touch", "config.toml"] in steps("RUN")
    config = scene.config_file().read_text("utf-8")
    server = config[config.index("[telegram.server]") : config.index("[relay]")]
    (image / "config.toml").write_text(server, "utf-8")
    return image


def health_check() -> str:
    """The daemon's command that tells Docker whether it is healthy."""
    (words,) = (words for step, words in STEPS if step == "HEALTHCHECK")
    *python, command = json.loads(words.partition(" CMD ")[2])
    assert python == ["python", "-m", "daemon"]
    return str(command)


async def test_it_runs_from_what_is_copied_and_the_environment(
    scene: Scene, daemons: Daemons
) -> None:
    image, volume = an_image(scene), scene.folder / "data"
    variables = dict(setting.split("=") for words in steps("ENV") for setting in words)
    assert [[variables["STATE_DIRECTORY"]]] == steps("VOLUME")
    variables |= {
        "STATE_DIRECTORY": str(volume),
        "TELEGRAM_BOT_TOKEN": str(scene.bot.token),
        "TELEGRAM_API_ID": str(API_ID),
        "TELEGRAM_API_HASH": API_HASH,
        "STAFF_GROUP_ID": str(scene.staff.marked_id),
        "ADMIN_USER_ID": str(scene.admin.id),
    }
    (command,) = (words for step, words in STEPS if step == "CMD")
    assert json.loads(command) == ["python", "-m", "daemon", "run"]
    before = {file.relative_to(image) for file in image.iterdir()}

    daemon = await daemons.start("run", Path("config.toml"), variables, folder=image)
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask Where is it?")
    await scene.staff_sees("Where is it?")
    health = await daemons.start(health_check(), Path("config.toml"), variables, folder=image)
    assert await health.ended() == 0, health.output
    daemon.signal(signal.SIGTERM)
    assert await daemon.ended() == 0
    health = await daemons.start(health_check(), Path("config.toml"), variables, folder=image)
    assert await health.ended() == 4, health.output
    assert {file.name for file in volume.iterdir()} >= {"ticket-relay.session", "tickets.db"}
    assert {file.relative_to(image) for file in image.iterdir()} == before
