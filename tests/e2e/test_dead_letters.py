"""What could not be handled is shown to the operator, and handed to the relay again."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing

import pytest

from daemon.commands import dead_letters
from daemon.exit_codes import ExitCode
from daemon.failures import explain
from tests.letters import leave_a_letter
from tests.scene import Scene

NONE = ["✓ no dead letters: every message could be handled"]


def shown(scene: Scene, *, as_json: bool = False) -> list[str]:
    said: list[str] = []
    assert dead_letters.show(scene.config(), said.append, as_json=as_json) is ExitCode.OK
    return said


def replayed(scene: Scene, number: int) -> list[str]:
    said: list[str] = []
    assert dead_letters.replay(scene.config(), said.append, number) is ExitCode.OK
    return said


def refused(scene: Scene, number: int) -> tuple[ExitCode, str]:
    config = scene.config()
    with pytest.raises(Exception) as caught:  # noqa: PT011 which it is, `explain` knows
        dead_letters.replay(config, lambda _: None, number)
    failure = explain(caught.value, config)
    assert failure is not None
    return failure.code, failure.reason


def numbers(scene: Scene) -> list[int]:
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        return [number for (number,) in database.execute("SELECT id FROM dead_letters")]


async def test_beside_a_relay_that_runs(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        message = leave_a_letter(scene, scene.folder / "tickets.db", "/ask Where is it?")
        chat = scene.acme.marked_id
        line = (
            f"1: 2025-01-21 10:53:09 UTC, “Customer Support” ({chat}), message {message}, new:"
            " KeyError: 'sticker'"
        )
        assert shown(scene)[0] == f"⚠ {line}"
        (of_json,) = json.loads("\n".join(shown(scene, as_json=True)))
        assert of_json == {
            "id": 1,
            "at": "2025-01-21T10:53:09Z",
            "chat": chat,
            "title": "Customer Support",
            "message": message,
            "kind": "new",
            "error": "KeyError: 'sticker'",
        }
        told = await asyncio.to_thread(replayed, scene, 1)
        assert told[0] == f"✓ {line}"
        await scene.staff_sees("Where is it?")
        assert shown(scene) == NONE


async def test_while_the_relay_is_stopped(scene: Scene) -> None:
    assert shown(scene) == NONE
    assert shown(scene, as_json=True) == ["[]"]
    assert refused(scene, 1)[0] is ExitCode.USAGE
    assert not (scene.folder / "tickets.db").exists()
    async with scene.relay():
        await scene.enrol(scene.acme)
    leave_a_letter(scene, scene.folder / "tickets.db", "/ask Well?")
    replayed(scene, 1)
    async with scene.relay():
        await scene.staff_sees("Well?")


async def test_what_cannot_be_handed_over_stays(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
    database = scene.folder / "tickets.db"
    leave_a_letter(scene, database, "", kind="unreadable", payload='{"update": ""}')
    leave_a_letter(scene, database, "", payload="{}")
    leave_a_letter(scene, database, "", kind="of_the_future")
    leave_a_letter(scene, database, "", kind="answer")
    assert refused(scene, 7) == (
        ExitCode.USAGE,
        "there is no dead letter 7; dead-letters without --replay shows those there are",
    )
    reasons = [
        "is an update of Telegram that could not be read",
        "cannot be read by this version",
        "cannot be read by this version",
        "is a message of the relay itself",
    ]
    for number, reason in enumerate(reasons, start=1):
        code, told = refused(scene, number)
        assert code is ExitCode.DATA
        assert told.startswith(f"dead letter {number} {reason}")
    assert numbers(scene) == [1, 2, 3, 4]
