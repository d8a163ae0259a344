"""A configuration that changes while the relay runs."""

from __future__ import annotations

from typing import Any

from structlog.testing import capture_logs

from daemon.app import App
from tests.process.daemon_process import edit
from tests.scene import Scene, eventually


async def reloaded(app: App, event: str) -> dict[str, Any]:
    """The log line in which a reload ends."""
    with capture_logs() as lines:
        app.reload()
        await eventually(lambda: any(line["event"] == event for line in lines))
    return next(dict(line) for line in lines if line["event"] == event)


async def test_admins_words_and_lists_count_at_once(scene: Scene) -> None:
    async with scene.relay() as app:
        await scene.enrol(scene.acme)
        scene.admins = [scene.bob]
        scene.language = "zh"
        scene.settings = f"staff_allowlist = [{scene.carol.id}]"
        scene.config_file()
        line = await reloaded(app, "config.reloaded")
        assert line["at_once"] == [
            "relay.admins",
            "relay.language",
            "relay.staff_allowlist",
            "texts",
        ]
        assert line["at_restart"] == []

        another = scene.add_customer_group("Another", scene.bob)
        another.say(scene.admin, "/addgroup")
        scene.acme.say(scene.alice, "/ask Who answers?")
        wrapper = await scene.staff_sees("Who answers?")
        assert "工单" in wrapper.text
        assert scene.bot_messages(another) == []
        scene.staff.say(scene.bob, "Not me", reply_to=wrapper)
        scene.staff.say(scene.carol, "I do", reply_to=wrapper)
        await scene.bot_says(scene.acme, "I do")
        assert not [m for m in scene.bot_messages(scene.acme) if "Not me" in m.text]
        another.say(scene.bob, "/addgroup")
        another.say(scene.alice, "/ask")
        await another.wait_for(lambda m: m.sender is scene.bot)


async def test_what_needs_a_restart_is_told_each_time(scene: Scene) -> None:
    async with scene.relay() as app:
        edit(scene.folder / "config.toml", '"tickets.db"', '"others.db"')
        edit(
            scene.folder / "config.toml", "per_chat_per_second = 1000", "per_chat_per_second = 999"
        )
        for _ in range(2):
            line = await reloaded(app, "config.reloaded")
            assert line["at_once"] == []
            assert line["at_restart"] == ["relay.database", "limits.per_chat_per_second"]


async def test_a_configuration_that_is_wrong_changes_nothing(scene: Scene) -> None:
    async with scene.relay() as app:
        config = scene.folder / "config.toml"
        edit(config, 'language = "en"', 'language = "zh"')
        edit(config, "admins =", "admin =")
        line = await reloaded(app, "config.refused")
        assert 'relay.admin: is not a known key (did you mean "admins"?)' in line["problems"]
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Still English?")
        assert "Ticket" in (await scene.staff_sees("Still English?")).text
        config.unlink()
        assert (await reloaded(app, "config.refused"))["problems"] != []
        edit_back = scene.config_file()
        assert edit_back == config
        await reloaded(app, "config.reloaded")


async def test_follow_ups_can_be_turned_on(scene: Scene) -> None:
    async with scene.relay() as app:
        await scene.enrol(scene.acme)
        scene.settings = "follow_up_seconds = 60"
        scene.config_file()
        assert (await reloaded(app, "config.reloaded"))["at_once"] == ["relay.follow_up_seconds"]
        scene.acme.say(scene.alice, "/ask Where is it?")
        await scene.staff_sees("Where is it?")
        scene.acme.say(scene.alice, "Never mind")
        await scene.staff_sees("Never mind")
