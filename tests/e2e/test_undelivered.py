"""What the staff see of a message that cannot be delivered, and how it is sent after all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from telethon import utils
from telethon.tl import functions

from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import Group, StoredMessage
from tests.scene import Scene

SENDS = (
    functions.messages.SendMessageRequest,
    functions.messages.SendMediaRequest,
    functions.messages.SendMultiMediaRequest,
)

Obstacle = Callable[[Scene], None]


GONE = "the bot is not in that group any more, or the group does not exist"
MUTE = "the bot may not write in that group"


def sends_to(group: Group, text: str = "") -> Callable[[TlObject, Caller], bool]:
    def fits(request: TlObject, _caller: Caller) -> bool:
        if not isinstance(request, SENDS) or utils.get_peer_id(request.peer) != group.marked_id:
            return False
        return text in getattr(request, "message", "")

    return fits


async def a_ticket(scene: Scene, question: str = "Where is it?") -> StoredMessage:
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, f"/ask {question}")
    return await scene.staff_sees(question)


async def says_in_reply(scene: Scene, text: str, to: StoredMessage) -> str:
    """What the bot answers somebody of the staff."""
    return (await scene.answer_to(scene.staff.say(scene.bob, text, reply_to=to))).text


def forbid(scene: Scene) -> None:
    scene.acme.restrict(scene.bot, send_messages=True, send_plain=True)


def kick(scene: Scene) -> None:
    scene.acme.kick(scene.bot)


def delete(scene: Scene) -> None:
    scene.telegram.faults.fail(sends_to(scene.acme), 400, "CHANNEL_INVALID")


async def allow(scene: Scene) -> None:
    scene.acme.promote(scene.bot)


async def let_in(scene: Scene) -> None:
    scene.acme.add(scene.bot)


async def nothing(scene: Scene) -> None:
    """It is there again by itself."""


@pytest.mark.parametrize(
    "obstacle, remedy, reason",
    [(forbid, allow, MUTE), (kick, let_in, GONE), (delete, nothing, GONE)],
)
async def test_what_failed_is_told_under_the_own_message_and_sent_again_on_demand(
    scene: Scene, obstacle: Obstacle, remedy: Callable[[Scene], Awaitable[None]], reason: str
) -> None:
    async with scene.relay():
        wrapper = await a_ticket(scene)
        obstacle(scene)
        own = scene.staff.say(scene.bob, "On its way", reply_to=wrapper)
        told = await scene.staff_sees("❌ Send failed")
        assert told.reply_to is own
        assert told.text.startswith(f"❌ Send failed: {reason} (")
        assert "/retry" in told.text

    # The process is another one, and another member of the staff has put it right.
    await remedy(scene)
    async with scene.relay():
        asked = scene.staff.say(scene.carol, "/retry", reply_to=told)
        assert (await scene.answer_to(asked)).text == "🔁 It is being sent again."
        await scene.bot_says(scene.acme, "On its way")
        assert (await scene.staff_sees("✅ Reply sent")).reply_to is own
        for message in (told, own):
            assert "has arrived" in await says_in_reply(scene, "/retry", message)
    assert len([m for m in scene.bot_messages(scene.acme) if "On its way" in m.text]) == 1


async def test_what_fails_again_is_told_again_and_stays(scene: Scene) -> None:
    async with scene.relay():
        wrapper = await a_ticket(scene)
        forbid(scene)
        own = scene.staff.say(scene.bob, "On its way", reply_to=wrapper)
        first = await scene.staff_sees("❌ Send failed")
        # A reply to the own message is as good as one to the notice.
        scene.staff.say(scene.bob, "/retry", reply_to=own)
        second = await scene.staff_sees("❌ Send failed", after=first)
        assert second.reply_to is own
        await allow(scene)
        scene.staff.say(scene.bob, "/retry@support_bot", reply_to=second)
        await scene.bot_says(scene.acme, "On its way")


async def test_asked_twice_it_is_sent_once(scene: Scene) -> None:
    async with scene.relay():
        wrapper = await a_ticket(scene)
        scene.telegram.faults.fail(sends_to(scene.acme), 403, "CHAT_WRITE_FORBIDDEN")
        scene.staff.say(scene.bob, "On its way", reply_to=wrapper)
        told = await scene.staff_sees("❌ Send failed")
        hold = scene.telegram.faults.hold_answer(sends_to(scene.acme))
        first = scene.staff.say(scene.bob, "/retry", reply_to=told)
        await scene.answer_to(first)
        await hold.reached()
        assert "waits to be sent already" in await says_in_reply(scene, "/retry", told)
        hold.release()
        await scene.staff_sees("✅ Reply sent")
    assert len([m for m in scene.bot_messages(scene.acme) if "On its way" in m.text]) == 1


async def test_a_long_answer_is_told_of_once_and_sent_again_whole(scene: Scene) -> None:
    async with scene.relay():
        wrapper = await a_ticket(scene)
        photos = [scene.world.media.photo() for _ in range(2)]
        forbid(scene)
        own = scene.staff.album(scene.bob, photos, caption="lorem " * 170, reply_to=wrapper)[0]
        told = await scene.staff_sees("❌ Send failed")
        await allow(scene)
        scene.staff.say(scene.bob, "/retry", reply_to=told)
        await scene.staff_sees("✅ Reply sent")
        answers = scene.bot_messages(scene.acme)
        assert len([m for m in answers if m.media]) == 2
        assert sum(m.text.count("lorem") for m in answers) == 170
        assert told.reply_to is own
    assert len([m for m in scene.bot_messages(scene.staff) if "❌" in m.text]) == 1


async def test_a_customers_message_that_could_not_be_shown_is_shown_after_all(
    scene: Scene,
) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        poisoned = sends_to(scene.staff, "poison")
        scene.telegram.faults.fail(poisoned, 400, "MESSAGE_POISONED", times=2)
        scene.acme.say(scene.alice, "/ask @carol_staff poison", media=scene.world.media.photo())
        told = await scene.staff_sees("could not be shown here: Telegram does not take it (")
        assert "/retry" in told.text
        scene.staff.say(scene.carol, "/retry", reply_to=told)
        wrapper = await scene.staff_sees("poison")
        scene.staff.say(scene.bob, "Here", reply_to=wrapper)
        await scene.bot_says(scene.acme, "Here")


async def test_elsewhere_and_from_others_it_does_nothing(scene: Scene) -> None:
    scene.settings = f"staff_allowlist = [{scene.bob.id}]"
    async with scene.relay():
        wrapper = await a_ticket(scene)
        forbid(scene)
        scene.staff.say(scene.bob, "On its way", reply_to=wrapper)
        told = await scene.staff_sees("❌ Send failed")
        await allow(scene)
        usage = "Reply with /retry to a message that could not be sent"
        talk = scene.staff.say(scene.carol, "Hm")
        assert usage in await says_in_reply(scene, "/retry", talk)
        assert usage in (await scene.answer_to(scene.staff.say(scene.bob, "/retry"))).text
        assert "has arrived" in await says_in_reply(scene, "/retry", wrapper)

        not_listed = scene.staff.say(scene.carol, "/retry", reply_to=told)
        customers = scene.acme.say(scene.alice, "/retry", reply_to=scene.acme.messages[-1])
        assert "/retry" in await says_in_reply(scene, "/help", told)
        probe = scene.acme.say(scene.alice, "/help")
        await scene.answer_to(probe)
    answered = {m.reply_to for group in (scene.staff, scene.acme) for m in group.messages}
    assert not answered & {not_listed, customers}
    assert not [m for m in scene.bot_messages(scene.acme) if "On its way" in m.text]
