"""Questions that reply to an earlier message: it is shown to the staff with the question."""

from __future__ import annotations

import pytest
from telethon.tl import functions, types

from tests.loopback.world import Group
from tests.scene import Scene

GET = functions.channels.GetMessagesRequest
LINE = "──────────────────────────────"


async def under(scene: Scene, text: str) -> tuple[str, list[str]]:
    """The question in the wrapper, and what is under it, once the text is there."""
    await scene.staff_sees(text)
    wrapper, *rest = scene.bot_messages(scene.staff)
    assert all(message.reply_to is wrapper for message in rest)
    return wrapper.text.split(LINE)[1].strip(), [message.text for message in rest]


async def test_anothers_message_is_shown_with_the_question(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        earlier = scene.acme.say(
            scene.nick, "It says error 5", media=scene.world.media.photo(), entities=[bold(8, 5)]
        )
        question = scene.acme.say(
            scene.alice, "/ask What is this?", reply_to=earlier, media=scene.world.media.document()
        )
        own_copy = await scene.staff.wait_for(lambda m: m.sender is scene.bot and not m.text)
        wrapper, context, copy = scene.bot_messages(scene.staff)
        assert copy is own_copy
        assert wrapper.text.endswith("What is this?")
        assert context.reply_to is wrapper
        assert context.text == "↩️ In reply to Nick Nameless:\nIt says error 5"
        assert context.media is not None
        assert [e.offset for e in context.entities if isinstance(e, types.MessageEntityBold)] == [
            len("↩️ In reply to Nick Nameless:\n") + 8
        ]
        scene.staff.say(scene.bob, "Your cable", reply_to=context)
        answer = await scene.bot_says(scene.acme, "Your cable")
        assert answer.reply_to is question
        assert "📢 @alice" in answer.text


def bold(offset: int, length: int) -> types.MessageEntityBold:
    return types.MessageEntityBold(offset, length)


@pytest.mark.parametrize("words", ["/ask", "@support_bot", "/ask@support_bot"])
async def test_the_own_message_can_be_the_whole_question(scene: Scene, words: str) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        earlier = scene.acme.say(scene.alice, "My order is late")
        scene.acme.say(scene.alice, words, reply_to=earlier)
        assert await under(scene, "My order") == (
            "",
            ["↩️ In reply to @alice:\nMy order is late"],
        )


async def test_an_album_is_shown_whole(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.nick, "before", media=scene.world.media.photo())
        album = scene.acme.album(
            scene.nick, [scene.world.media.photo() for _ in range(3)], caption="All broken"
        )
        scene.acme.album(scene.nick, [scene.world.media.photo() for _ in range(2)], caption="No")
        scene.acme.say(scene.alice, "/ask Look at these", reply_to=album[1])
        await scene.staff_sees("All broken")
        await scene.staff.wait_for(
            lambda _: len([m for m in scene.bot_messages(scene.staff) if m.media]) == 3
        )
        scene.acme.say(scene.alice, "/ask Done?")
        await scene.staff_sees("Done?")
        assert len([m for m in scene.bot_messages(scene.staff) if m.media]) == 3


async def test_in_a_basic_group_as_well(scene: Scene) -> None:
    everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
    basic = scene.world.add_basic_group("Small", members=everybody)
    async with scene.relay():
        basic.say(scene.admin, "/addgroup")
        earlier = basic.say(scene.nick, "It says error 5")
        basic.say(scene.alice, "/ask What is this?", reply_to=earlier)
        _, rest = await under(scene, "error 5")
        assert rest == ["↩️ In reply to Nick Nameless:\nIt says error 5"]


async def test_what_is_gone_keeps_no_question(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        deleted = [scene.acme.say(scene.nick, f"secret {n}") for n in range(2)]
    wordless = scene.acme.say(scene.alice, "/ask", reply_to=deleted[0])
    scene.acme.say(scene.alice, "/ask What was it?", reply_to=deleted[1])
    scene.acme.delete(*deleted)
    async with scene.relay():
        assert await under(scene, "What was it?") == ("What was it?", [])
        assert (await scene.answer_to(wordless)).text.startswith("ℹ️ Write your question")


async def test_what_is_refused_keeps_no_question(scene: Scene) -> None:
    scene.telegram.faults.fail(GET, 400, "MESSAGE_IDS_EMPTY")
    async with scene.relay():
        await scene.enrol(scene.acme)
        earlier = scene.acme.say(scene.nick, "error 5")
        scene.acme.say(scene.alice, "/ask What is this?", reply_to=earlier)
        assert await under(scene, "What is this?") == ("What is this?", [])


async def test_what_fails_for_a_moment_is_asked_for_again(scene: Scene) -> None:
    scene.telegram.faults.fail(GET, 420, "FLOOD_WAIT_1")
    async with scene.relay():
        await scene.enrol(scene.acme)
        earlier = scene.acme.say(scene.nick, "error 5")
        scene.acme.say(scene.alice, "/ask What is this?", reply_to=earlier)
        _, rest = await under(scene, "error 5")
        assert len(rest) == 1


async def test_what_the_asker_writes_next_waits_and_others_do_not(scene: Scene) -> None:
    other = scene.add_customer_group("Other Inc.")
    async with scene.relay():
        await scene.enrol(scene.acme)
        await scene.enrol(other)
        hold = scene.telegram.faults.hold_answer(GET)
        earlier = scene.acme.say(scene.nick, "error 5")
        scene.acme.say(scene.alice, "/ask first", reply_to=earlier)
        await hold.reached()
        scene.acme.say(scene.alice, "/ask second")
        scene.acme.say(scene.nick, "/ask another")
        await scene.staff_sees("another")
        other.say(scene.alice, "/ask elsewhere")
        await scene.staff_sees("elsewhere")
        hold.release()
        await scene.staff_sees("second")
        lines = [m.text.splitlines()[-1] for m in scene.bot_messages(scene.staff)]
        assert lines == ["another", "elsewhere", "first", "error 5", "second"]


async def test_a_question_that_waits_outlives_the_relay(scene: Scene) -> None:
    async with scene.relay(shutdown_s=1):
        await scene.enrol(scene.acme)
        hold = scene.telegram.faults.hold_answer(GET)
        earlier = scene.acme.say(scene.nick, "error 5")
        scene.acme.say(scene.alice, "/ask What is this?", reply_to=earlier)
        await hold.reached()
    hold.release()
    async with scene.relay():
        assert await under(scene, "error 5") == (
            "What is this?",
            ["↩️ In reply to Nick Nameless:\nerror 5"],
        )


@pytest.mark.parametrize("group", ["acme", "staff"])
async def test_nothing_is_fetched_for_replies_that_ask_nothing(scene: Scene, group: str) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        chat: Group = getattr(scene, group)
        earlier = chat.say(scene.admin, "error 5")
        for text in ("me too", "/close", "/t 5 x", "/listgroups", "/unknown", "/ask@other_bot x"):
            chat.say(scene.admin, text, reply_to=earlier)
        chat.forward(scene.admin, chat.say(scene.admin, "@support_bot2 x"))
        await scene.staff_sees("Customer groups")
        assert scene.telegram.requests.of(GET) == []
