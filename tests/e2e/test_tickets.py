"""Closing and reopening tickets, and what closed ones answer."""

from __future__ import annotations

from tests.loopback.world import StoredMessage
from tests.scene import Scene


async def an_answered_ticket(scene: Scene) -> tuple[StoredMessage, StoredMessage]:
    """The wrapper of a ticket and an answer to it."""
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask Where is it?")
    wrapper = await scene.staff_sees("🎫")
    scene.staff.say(scene.bob, "Here", reply_to=wrapper)
    return wrapper, await scene.bot_says(scene.acme, "Here")


async def test_done_closes_and_reopen_reopens(scene: Scene) -> None:
    async with scene.relay():
        wrapper, answer = await an_answered_ticket(scene)
        scene.staff.say(scene.bob, "/done", reply_to=wrapper)
        await scene.staff_sees("closed")

        late = scene.staff.say(scene.bob, "One thing more", reply_to=wrapper)
        refusal = await scene.staff_sees("is closed. Reply /reopen")
        assert refusal.reply_to is late
        again = scene.staff.say(scene.bob, "/done", reply_to=wrapper)
        assert (await scene.staff_sees("closed already")).reply_to is again

        scene.staff.say(scene.bob, "/reopen@support_bot", reply_to=wrapper)
        await scene.staff_sees("reopened")
        scene.acme.say(scene.alice, "Thank you", reply_to=answer)
        await scene.staff_sees("Thank you")
        assert not [m for m in scene.acme.messages if "One thing more" in m.text]


async def test_close_with_words_sends_them_first(scene: Scene) -> None:
    async with scene.relay():
        wrapper, _ = await an_answered_ticket(scene)
        scene.staff.say(scene.bob, "/close Thanks for your patience", reply_to=wrapper)
        last = await scene.bot_says(scene.acme, "Thanks for your patience")
        assert "/close" not in last.text
        await scene.staff_sees("closed")


async def test_commands_never_reach_a_customer(scene: Scene) -> None:
    async with scene.relay():
        wrapper, _ = await an_answered_ticket(scene)
        before = len(scene.bot_messages(scene.acme))
        typo = scene.staff.say(scene.bob, "/clsoe", reply_to=wrapper)
        assert (await scene.staff_sees("/clsoe is not a command")).reply_to is typo
        lonely = scene.staff.say(scene.bob, "/close")
        assert (await scene.staff_sees("Reply to a message of the ticket")).reply_to is lonely
        scene.staff.say(scene.bob, "/close@other_bot", reply_to=wrapper)
        scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        await scene.staff_sees("closed")
        assert len(scene.bot_messages(scene.acme)) == before


async def test_what_is_glued_to_a_command_does_not_send_it_out(scene: Scene) -> None:
    async with scene.relay():
        wrapper, _ = await an_answered_ticket(scene)
        scene.staff.say(scene.bob, "/close，谢谢", reply_to=wrapper)
        closed = await scene.staff_sees("closed")
        assert (await scene.bot_says(scene.acme, "谢谢")).text.endswith("─\n谢谢")
        scene.acme.say(scene.alice, "/ask，订单在哪")
        asked = await scene.staff_sees("🎫", after=closed)
        assert asked.text.endswith("─\n订单在哪")
        number = asked.text.split("#")[1].split("\n")[0]
        scene.staff.say(scene.bob, f"/t {number}：在路上")
        assert (await scene.bot_says(scene.acme, "在路上")).text.endswith("─\n在路上")
        scene.staff.say(scene.bob, "/done😀", reply_to=asked)
        assert (await scene.bot_says(scene.acme, "😀")).text.endswith("─\n😀")
    assert not [
        m for m in scene.bot_messages(scene.acme) if "/close" in m.text or "/done" in m.text
    ]


async def test_a_customers_words_behind_a_command_of_the_staff_arrive(scene: Scene) -> None:
    async with scene.relay():
        _, answer = await an_answered_ticket(scene)
        scene.acme.say(scene.alice, "/done", reply_to=answer)
        scene.acme.say(scene.alice, "/done thanks, but when does it come?", reply_to=answer)
        told = await scene.staff_sees("💬 Continued message")
        assert told.text.endswith("─\nthanks, but when does it come?")


async def test_a_reply_to_the_hint_is_the_question(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        hint = await scene.answer_to(scene.acme.say(scene.alice, "/ask"))
        question = scene.acme.say(scene.alice, "My order is lost", reply_to=hint)
        wrapper = await scene.staff_sees("🎫")
        assert wrapper.text.endswith("─\nMy order is lost")
        assert len(scene.bot_messages(scene.staff)) == 1  # the hint is no context
        scene.staff.say(scene.bob, "It is found", reply_to=wrapper)
        assert (await scene.bot_says(scene.acme, "It is found")).reply_to is question


async def test_a_closed_ticket_points_to_a_new_one(scene: Scene) -> None:
    async with scene.relay():
        wrapper, answer = await an_answered_ticket(scene)
        scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        closed = await scene.staff_sees("closed")
        late = scene.acme.say(scene.alice, "One more question...", reply_to=answer)
        notice = await scene.bot_says(scene.acme, "⚠️ This ticket is closed.")
        assert notice.text == (
            "⚠️ This ticket is closed. Please @bot or /ask to create a new ticket."
        )
        assert notice.reply_to is late
        scene.acme.say(scene.alice, "@support_bot One more question", reply_to=answer)
        await scene.staff_sees("🎫", after=closed)


async def test_words_behind_reopen_are_sent_once_it_is_open(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        question = scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        again = scene.staff.say(scene.bob, "/reopen It is found", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "It is found")
        assert answer.text.endswith("\nIt is found")
        assert answer.reply_to is question
        assert (await scene.staff_sees("reopened")).reply_to is again
        assert (await scene.staff_sees("✅ Reply sent")).reply_to is again
        photo = scene.world.media.photo()
        scene.staff.say(scene.bob, "/reopen It is here", reply_to=wrapper, media=photo)
        assert (await scene.bot_says(scene.acme, "It is here")).media is not None
        await scene.staff_sees("is open already")


async def test_words_behind_close_on_a_closed_ticket_are_told_to_be_unsent(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫")
        scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        late = scene.staff.say(scene.carol, "/close Here it is", reply_to=wrapper)
        told = await scene.answer_to(late)
        assert told.text.startswith("⚠️ Not sent: ticket #")
        assert "is closed. Reply /reopen" in told.text
    assert not [m for m in scene.acme.messages if "Here it is" in m.text]
