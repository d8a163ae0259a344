"""What Telegram offers people for typing "/"."""

from __future__ import annotations

from structlog.testing import capture_logs
from telethon.tl import functions

from daemon.relay import events
from tests.loopback.world import Chat, Person
from tests.loopback.world.menus import menu
from tests.scene import Scene, eventually

SET = functions.bots.SetBotCommandsRequest
RESET = functions.bots.ResetBotCommandsRequest

STAFF = ("close", "reopen", "retry", "t", "help")


def offered(scene: Scene, chat: Chat, person: Person) -> list[str]:
    return list(menu(scene.bot, chat, person))


async def settled(scene: Scene, chat: Chat, person: Person, *commands: str) -> None:
    await eventually(lambda: offered(scene, chat, person) == list(commands))


async def test_everybody_is_offered_what_is_of_use_to_them(scene: Scene) -> None:
    private = scene.world.private(scene.alice, scene.bot)
    own = scene.world.private(scene.admin, scene.bot)
    own.say(scene.admin, "/start")
    async with scene.relay():
        await scene.enrol(scene.acme)
        await settled(scene, scene.acme, scene.alice, "ask", "t", "help")
        await settled(scene, scene.staff, scene.bob, *STAFF)
        await settled(scene, private, scene.alice, "help")
        await settled(scene, scene.staff, scene.admin, *STAFF, "listgroups")
        await settled(
            scene, scene.acme, scene.admin, "ask", "t", "help", "listgroups", "removegroup"
        )
        await settled(scene, own, scene.admin, "help", "listgroups")
        assert menu(scene.bot, scene.acme, scene.alice)["ask"] == "Ask the support team"


async def test_a_group_that_is_removed_loses_what_admins_are_offered(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        await settled(
            scene, scene.acme, scene.admin, "ask", "t", "help", "listgroups", "removegroup"
        )
        scene.acme.say(scene.admin, "/removegroup")
        await settled(scene, scene.acme, scene.admin, "ask", "t", "help")


async def test_menus_are_told_again_only_where_they_changed(scene: Scene) -> None:
    private = scene.world.private(scene.admin, scene.bot)
    private.say(scene.admin, "/start")
    told = scene.telegram.requests
    async with scene.relay():
        await told.wait_for(SET, 5)
        await settled(scene, scene.world.private(scene.alice, scene.bot), scene.alice, "help")
    async with scene.relay():
        await scene.answer_to(private.say(scene.admin, "/help"))
    assert told.count(SET) == 5

    scene.texts = 'menu_help = "Hilfe"'
    async with scene.relay():
        await told.wait_for(SET, 10)
        await eventually(lambda: menu(scene.bot, private, scene.admin)["help"] == "Hilfe")
    assert told.count(SET) == 10


async def test_a_menu_that_is_refused_stops_nothing(scene: Scene) -> None:
    scene.telegram.faults.fail(SET, 400, "PEER_ID_INVALID", times=None)
    with capture_logs() as lines:
        async with scene.relay():
            await scene.enrol(scene.acme)
            scene.acme.say(scene.alice, "/ask Still there?")
            await scene.staff_sees("Still there?")
            await eventually(lambda: events.MENU_FAILED in [line["event"] for line in lines])
    (failed, *_) = (line for line in lines if line["event"] == events.MENU_FAILED)
    assert failed["error"] == "PEER_ID_INVALID"
    assert failed["log_level"] == "info"


async def test_an_admin_who_wrote_only_now_is_offered_the_commands_at_the_next_start(
    scene: Scene,
) -> None:
    async with scene.relay():
        await settled(scene, scene.staff, scene.admin, *STAFF, "listgroups")
        own = scene.world.private(scene.admin, scene.bot)
        question = own.say(scene.admin, "/start")
        await scene.answer_to(question)
        assert offered(scene, own, scene.admin) == ["help"]
    async with scene.relay():
        await settled(scene, own, scene.admin, "help", "listgroups")
