"""Telegram's limits for sends by bots."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.loopback.rpc import RpcError
from tests.loopback.world import Person, Supergroup, World


@dataclass
class Scene:
    now: float = 1_700_000_000.0
    world: World = field(init=False)
    bot: Person = field(init=False)
    groups: list[Supergroup] = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(seed=1, clock=lambda: self.now)
        self.bot = self.world.add_bot("Bot", username="a_bot")
        self.groups = [
            self.world.add_supergroup(f"Group {n}", members=[self.bot]) for n in range(40)
        ]

    def rules_broken(self) -> list[str]:
        return [violation.rule for violation in self.world.violations]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_nothing_is_watched_unless_asked_for(scene: Scene) -> None:
    for _ in range(50):
        scene.groups[0].say(scene.bot, "hello")

    assert scene.rules_broken() == []


def test_more_than_one_message_a_second_in_a_chat_is_noted(scene: Scene) -> None:
    scene.world.send_limits = "count"
    scene.groups[0].say(scene.bot, "one")
    scene.groups[1].say(scene.bot, "elsewhere")
    scene.now += 0.96  # not a whole second, but within what the way may take
    scene.groups[0].say(scene.bot, "two")
    assert scene.rules_broken() == []

    scene.now += 0.5
    scene.groups[0].say(scene.bot, "too soon")

    assert scene.rules_broken() == ["per chat"]
    assert scene.world.violations[0].chat is scene.groups[0]
    assert scene.world.violations[0].at == scene.now


def test_more_than_twenty_a_minute_in_a_group_are_noted(scene: Scene) -> None:
    scene.world.send_limits = "count"
    for _ in range(20):
        scene.groups[0].say(scene.bot, "hello")
        scene.now += 2
    assert scene.rules_broken() == []

    scene.groups[0].say(scene.bot, "the 21st within 40 seconds")
    assert scene.rules_broken() == ["per group"]


def test_more_than_thirty_a_second_in_all_are_noted(scene: Scene) -> None:
    scene.world.send_limits = "count"
    for group in scene.groups[:30]:
        group.say(scene.bot, "hello")
    assert scene.rules_broken() == []

    scene.groups[30].say(scene.bot, "the 31st")
    assert scene.rules_broken() == ["overall"]


def test_an_album_is_one_to_the_second_and_many_to_the_minute(scene: Scene) -> None:
    scene.world.send_limits = "count"
    photo = scene.world.media.photo(10)
    for _ in range(2):
        scene.groups[0].album(scene.bot, [photo] * 10)
        scene.now += 2
    assert scene.rules_broken() == []

    scene.groups[0].say(scene.bot, "the 21st")
    assert scene.rules_broken() == ["per group"]


def test_a_flood_wait_says_how_long_and_that_is_enough(scene: Scene) -> None:
    scene.world.send_limits = "flood_wait"
    group = scene.groups[0]
    for _ in range(20):
        group.say(scene.bot, "hello")
        scene.now += 1

    with pytest.raises(RpcError, match="420 FLOOD_WAIT_40"):
        group.say(scene.bot, "too many")
    assert len(group.messages) == 20
    scene.now += 40
    assert group.say(scene.bot, "after the wait").text == "after the wait"


def test_a_flood_wait_is_long_enough_for_a_whole_album(scene: Scene) -> None:
    scene.world.send_limits = "flood_wait"
    group = scene.groups[0]
    photo = scene.world.media.photo(10)
    for _ in range(15):
        group.say(scene.bot, "hello")
        scene.now += 1

    with pytest.raises(RpcError, match="420 FLOOD_WAIT_49"):  # until five of them are forgotten
        group.album(scene.bot, [photo] * 10)
    scene.now += 49
    assert len(group.album(scene.bot, [photo] * 10)) == 10


def test_users_may_write_as_fast_as_they_like(scene: Scene) -> None:
    scene.world.send_limits = "flood_wait"
    alice = scene.world.add_user("Alice")
    scene.groups[0].add(alice)

    for _ in range(100):
        scene.groups[0].say(alice, "hello")

    assert len(scene.groups[0].messages) == 100
