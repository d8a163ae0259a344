"""A whole ticket conversation, as the people in both groups see it."""

from __future__ import annotations

from tests.scene import Scene


async def test_a_ticket_from_question_to_close(scene: Scene) -> None:
    async with scene.relay():
        scene.acme.say(scene.admin, "/addgroup")
        question = scene.acme.say(scene.alice, "@support_bot My order #12345 hasn't arrived yet")

        wrapper = await scene.staff_sees("🎫")
        number = wrapper.text.split("#")[1].split("\n")[0]
        assert wrapper.text == (
            f"🎫 Ticket #{number}\n📍 From group: Customer Support\n👤 User: @alice\n"
            "──────────────────────────────\nMy order #12345 hasn't arrived yet"
        )

        first = scene.staff.say(
            scene.bob, "Your order #12345 was shipped yesterday.", reply_to=wrapper
        )
        answer = await scene.bot_says(scene.acme, "shipped")
        assert answer.text == (
            f"💬 Staff reply (Ticket #{number})\n📢 @alice\n"
            "──────────────────────────────\nYour order #12345 was shipped yesterday."
        )
        assert answer.reply_to is question
        confirmation = await scene.staff_sees("✅ Reply sent to customer group")
        assert confirmation.reply_to is first

        scene.acme.say(scene.alice, "Can you help me track it?", reply_to=answer)
        continuation = await scene.staff_sees("💬 Continued message")
        assert continuation.text == (
            f"💬 Continued message (Ticket #{number})\n👤 @alice\n"
            "────────────────────\nCan you help me track it?"
        )
        assert continuation.reply_to is wrapper

        scene.staff.say(scene.bob, "Sure! Track here: https://track.com/1", reply_to=wrapper)
        second = await scene.bot_says(scene.acme, "Track here")
        assert second.reply_to is question

        close = scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        closed = await scene.staff_sees(f"✅ Ticket #{number} closed")
        assert closed.reply_to is close

        late = scene.acme.say(scene.alice, "One more question...", reply_to=second)
        notice = await scene.bot_says(scene.acme, "This ticket is closed")
        assert notice.reply_to is late
        assert len(scene.bot_messages(scene.acme)) == 3
        assert len(scene.bot_messages(scene.staff)) == 5
