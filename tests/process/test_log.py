"""What stands in the log of a run, and how loud."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.process.daemon_process import Daemons, edit
from tests.scene import Scene

pytestmark = pytest.mark.forked


@pytest.mark.parametrize("told", [True, False])
async def test_the_words_of_people_stand_in_the_log_only_where_it_is_asked_for(
    scene: Scene, daemons: Daemons, told: bool
) -> None:
    config = scene.config_file()
    edit(config, "[limits]", f"[log]\nmessage_text = {str(told).lower()}\n[limits]")
    daemon = await daemons.start("run", config)
    await daemon.event("relay.ready")
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask Where is my parcel?")
    wrapper = await scene.staff_sees("parcel")
    scene.staff.say(scene.bob, "On its way", reply_to=wrapper)
    await scene.bot_says(scene.acme, "On its way")
    settled = await daemon.event("send.settled", role="answer")
    routed = await daemon.event("update.routed", sender=scene.bob.id)
    assert routed.get("text") == ("On its way" if told else None)
    assert settled.get("text", "").endswith("On its way") is told
    assert ("parcel" in daemon.output) is told


async def test_a_message_that_cannot_be_handled_is_an_error_and_the_staff_are_told(
    scene: Scene, daemons: Daemons
) -> None:
    config = scene.config_file()
    first = await daemons.start("run", config)
    await first.event("relay.ready")
    await scene.enrol(scene.acme)
    first.signal(signal.SIGTERM)
    assert await first.ended() == 0
    leave_a_broken_message(scene.folder / "tickets.db", scene.acme.marked_id)

    second = await daemons.start("run", config)
    await scene.staff_sees("⚠️ A message could not be handled and is kept as dead letter 1")
    line = await second.event("update.dead_letter")
    assert line["level"] == "error"
    assert line["dead_letter"] == 1
    scene.acme.say(scene.alice, "/ask And mine?")
    await scene.staff_sees("And mine?")


async def test_a_crash_is_one_line_of_json_with_its_traceback(
    scene: Scene, daemons: Daemons
) -> None:
    armed = scene.folder / "armed"
    program = ("tests.process.faulty", "inbox", str(armed))
    daemon = await daemons.start("run", scene.config_file(), program=program)
    await daemon.event("relay.ready")
    armed.touch()
    scene.acme.say(scene.admin, "/addgroup")
    line = await daemon.event("relay.failed")
    assert await daemon.ended() == 1
    assert (line["level"], line["reason"]) == ("critical", "unexpected")
    assert line["exception"].startswith("Traceback (most recent call last)")
    assert line["exception"].endswith("ZeroDivisionError: a fault of the program")
    assert daemon.log[-1] == line  # each line is JSON, and nothing follows


def leave_a_broken_message(database: Path, chat_id: int) -> None:
    """A message in the inbox that nobody can read."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "INSERT INTO inbox (chat_id, msg_id, kind, content_hash, payload, received_at)"
            " VALUES (?, 2, 'new', x'', '{', 0)",
            (chat_id,),
        )
