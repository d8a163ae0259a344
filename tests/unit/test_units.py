"""The units of systemd keep up with each other and with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.exit_codes import ExitCode

FOLDER = Path(__file__).parents[2] / "systemd"

EXIT_CREDENTIALS = 243
"""systemd's own, where a file of `LoadCredential=` is missing: systemd.exec(5)"""


def settings(name: str) -> list[str]:
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_one_of_several_relays_runs_as_the_only_one_does() -> None:
    """But for its name, which is in every place of its own, and the others' files, unseen."""
    only, several = settings("ticket-relay.service"), settings("ticket-relay@.service")
    hidden = ["TemporaryFileSystem=/var/lib", "BindPaths=/var/lib/ticket-relay@%i"]
    assert [line for line in several if line in hidden] == hidden
    plain = [
        line.replace("/etc/ticket-relay/%i/", "/etc/ticket-relay/")
        .replace("ticket-relay@%i", "ticket-relay")
        .replace("Ticket Relay %i ", "Ticket Relay ")
        for line in several
        if line not in hidden
    ]
    assert plain == only


@pytest.mark.parametrize("name", ["ticket-relay.service", "ticket-relay@.service"])
def test_where_a_restart_does_not_help_there_is_none(name: str) -> None:
    hopeless = (ExitCode.USAGE, ExitCode.FORBIDDEN, ExitCode.CONFIG)
    numbers = " ".join(str(int(code)) for code in (*hopeless, EXIT_CREDENTIALS))
    assert f"RestartPreventExitStatus={numbers}" in settings(name)
    assert {"Restart=on-failure", "StartLimitIntervalSec=0"} <= set(settings(name))


def test_the_only_environment_holds_no_secret() -> None:
    for file in FOLDER.glob("*.service"):
        given = [line for line in settings(file.name) if line.startswith("Environment")]
        assert all("TELEGRAM" not in line and "TOKEN" not in line for line in given)
