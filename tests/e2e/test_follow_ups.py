"""The screenshot that follows: what somebody writes right after a question joins its ticket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.loopback.world import World
from tests.scene import Scene, a_scene


class Hands:
    """The hands of Telegram's clock."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def scene(tmp_path: Path, hands: Hands) -> AsyncIterator[Scene]:
    async with a_scene(tmp_path, World(clock=hands)) as made:
        made.settings = "follow_up_seconds = 60"
        yield made


async def continued(scene: Scene, last: str) -> list[str]:
    """What joined a ticket, up to the text that is said to be the last."""
    await scene.staff_sees(last)
    told = [m for m in scene.bot_messages(scene.staff) if "Continued message" in m.text]
    return [m.text.split("────\n")[-1] for m in told]


async def test_what_the_asker_sends_next_joins_the_ticket(scene: Scene, hands: Hands) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "before")
        scene.acme.say(scene.alice, "/ask What is this?")
        hands.now += 30
        follow_up = scene.acme.say(scene.alice, "the screen", media=scene.world.media.photo())
        scene.acme.say(scene.nick, "I know that one")
        scene.acme.say(scene.alice, "really?", reply_to=scene.acme.messages[-1])
        hands.now += 30
        scene.acme.say(scene.alice, "and the log")
        hands.now += 1
        scene.acme.say(scene.alice, "too late")
        scene.acme.say(scene.alice, "/ask Another?")
        assert await continued(scene, "Another?") == ["the screen", "and the log"]
        copy = await scene.staff_sees("the screen")
        assert copy.media is not None
        scene.staff.say(scene.bob, "Your cable", reply_to=copy)
        assert (await scene.bot_says(scene.acme, "Your cable")).reply_to is follow_up


async def test_replies_to_the_own_album_and_the_own_follow_up_join_it(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.1):
        await scene.enrol(scene.acme)
        photos = [scene.world.media.photo() for _ in range(2)]
        _, second = scene.acme.album(scene.alice, photos, "/ask What are these?")
        follow_up = scene.acme.say(scene.alice, "the second is new", reply_to=second)
        scene.acme.say(scene.alice, "three days", reply_to=follow_up)
        scene.acme.say(scene.alice, "/ask Another?")
        assert await continued(scene, "Another?") == ["the second is new", "three days"]


async def test_the_dates_count_and_not_when_the_relay_hears_of_it(
    scene: Scene, hands: Hands
) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask What is this?")
        await scene.staff_sees("What is this?")
    hands.now += 40
    scene.acme.say(scene.alice, "in time")
    hands.now += 3600
    scene.acme.say(scene.alice, "an hour later")
    async with scene.relay():
        scene.acme.say(scene.alice, "/ask Another?")
        assert await continued(scene, "Another?") == ["in time"]


async def test_what_follows_a_closed_ticket_is_talk(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask What is this?")
        scene.staff.say(scene.bob, "/close", reply_to=await scene.staff_sees("🎫"))
        await scene.staff_sees("closed")
        scene.acme.say(scene.alice, "Thank you")
        scene.acme.say(scene.alice, "/ask Another?")
        assert await continued(scene, "Another?") == []


async def test_nothing_follows_unless_it_is_set(scene: Scene) -> None:
    scene.settings = ""
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask What is this?")
        scene.acme.say(scene.alice, "the screen")
        scene.acme.say(scene.alice, "/ask Another?")
        assert await continued(scene, "Another?") == []
