"""A bot's menus of commands: what may be set, and who sees which."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from telethon.tl import functions, types

from tests.loopback.fakes import ask
from tests.loopback.rpc import RpcError, TlObject
from tests.loopback.world import Person, Supergroup, World
from tests.loopback.world.menus import menu


@dataclass
class Scene:
    world: World = field(default_factory=lambda: World(seed=1))
    alice: Person = field(init=False)
    bot: Person = field(init=False)
    group: Supergroup = field(init=False)

    def __post_init__(self) -> None:
        self.alice = self.world.add_user("Alice")
        self.bot = self.world.add_bot("Bot", username="support_bot")
        self.group = self.world.add_supergroup("Acme", members=[self.alice, self.bot])

    async def set(self, scope: TlObject, *names: str, says: str = "x") -> None:
        commands = [types.BotCommand(name, says) for name in names]
        request = functions.bots.SetBotCommandsRequest(scope, "", commands)
        assert await ask(self.world, self.bot, request)

    @property
    def peer(self) -> TlObject:
        return types.InputPeerChannel(self.group.id, 0)

    def shown(self, in_private: bool = False) -> list[str]:
        chat = self.world.private(self.alice, self.bot) if in_private else self.group
        return list(menu(self.bot, chat, self.alice))


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_the_closest_menu_is_shown(scene: Scene) -> None:
    user = types.InputUser(scene.alice.id, 0)
    assert scene.shown() == []
    await scene.set(types.BotCommandScopeDefault(), "default")
    assert scene.shown() == scene.shown(in_private=True) == ["default"]
    await scene.set(types.BotCommandScopeUsers(), "users")
    await scene.set(types.BotCommandScopeChats(), "chats")
    await scene.set(types.BotCommandScopeChatAdmins(), "admins")
    assert (scene.shown(), scene.shown(in_private=True)) == (["chats"], ["users"])
    await scene.set(types.BotCommandScopePeer(scene.peer), "peer")
    await scene.set(types.BotCommandScopePeerAdmins(scene.peer), "peer_admins")
    assert scene.shown() == ["peer"]
    scene.group.promote(scene.alice)
    assert scene.shown() == ["peer_admins"]
    await scene.set(types.BotCommandScopePeerUser(scene.peer, user), "peer_user")
    assert scene.shown() == ["peer_user"]


async def test_who_never_wrote_in_private_has_no_menu_there(scene: Scene) -> None:
    scope = types.BotCommandScopePeer(types.InputPeerUser(scene.alice.id, 0))
    with pytest.raises(RpcError, match="PEER_ID_INVALID"):
        await scene.set(scope, "help")
    scene.world.private(scene.alice, scene.bot).say(scene.alice, "hello")
    await scene.set(scope, "help")
    assert scene.shown(in_private=True) == ["help"]


@pytest.mark.parametrize(
    "names, says, error",
    [
        (["Ask"], "x", "BOT_COMMAND_INVALID"),
        (["a-b"], "x", "BOT_COMMAND_INVALID"),
        (["a" * 33], "x", "BOT_COMMAND_INVALID"),
        (["ask"], "", "BOT_COMMAND_DESCRIPTION_INVALID"),
        (["ask"], "x" * 257, "BOT_COMMAND_DESCRIPTION_INVALID"),
        (["ask"] * 101, "x", "BOT_COMMANDS_TOO_MUCH"),
    ],
)
async def test_what_is_no_menu_is_refused(
    scene: Scene, names: list[str], says: str, error: str
) -> None:
    with pytest.raises(RpcError, match=error):
        await scene.set(types.BotCommandScopeChats(), *names, says=says)
    assert scene.shown() == []
