"""`import-seed` as an operator runs it."""

from __future__ import annotations

import pytest

from tests.old_bot import NUMBER, OldBot
from tests.process.daemon_process import Daemons
from tests.scene import Scene

pytestmark = pytest.mark.forked


async def import_seed(scene: Scene, daemons: Daemons, *arguments: str, code: int = 0) -> list[str]:
    """What it says; it ends with this exit code."""
    command = await daemons.start("import-seed", scene.folder / "config.toml", arguments=arguments)
    assert await command.ended() == code, command.output
    assert command.stderr == ""
    return command.stdout.splitlines()


async def test_a_rehearsal_then_the_real_thing_then_the_relay(
    scene: Scene, daemons: Daemons
) -> None:
    config = scene.config_file()
    old = OldBot(scene.folder / "old.db")
    old.group(scene.acme.marked_id)
    question = scene.acme.say(scene.alice, "/ask Where is it?")
    wrapper = scene.staff.say(scene.bot, f"🎫 Ticket #{NUMBER}\nWhere is it?")
    old.ticket(
        wrapper.id,
        cust_group_id=scene.acme.marked_id,
        cust_msg_id=question.id,
        customer_anchor_msg_id=None,
    )
    database = scene.folder / "tickets.db"

    told = await import_seed(scene, daemons, str(old.path), "--dry-run")
    assert told == [
        f"✓ would take over 1 customer group and 1 ticket into {database}",
        "✓ a dry run: nothing was changed",
    ]
    assert not database.exists()
    told = await import_seed(scene, daemons, str(old.path))
    assert told == [f"✓ took over 1 customer group and 1 ticket into {database}"]

    daemon = await daemons.start("run", config)
    await daemon.event("relay.ready")
    scene.staff.say(scene.bob, "Here", reply_to=wrapper)
    assert (await scene.bot_says(scene.acme, "Here")).reply_to is question

    told = await import_seed(scene, daemons, str(old.path), code=75)
    assert told == [f"✗ another Ticket Relay uses {database}; stop that one first"]


async def test_what_is_wrong_with_the_file_is_told_line_by_line(
    scene: Scene, daemons: Daemons
) -> None:
    scene.config_file()
    old = OldBot(scene.folder / "old.db")
    old.ticket(500, user_id=None)
    old.ticket(501, status="done")
    assert await import_seed(scene, daemons, str(old.path), code=65) == [
        f"✗ {old.path}: ticket {NUMBER}, wrapper 500: user_id is NULL, not a whole number",
        f"✗ {old.path}: ticket {NUMBER}, wrapper 501: status is 'done', neither"
        ' "open" nor "closed"',
    ]
    assert not (scene.folder / "tickets.db").exists()
