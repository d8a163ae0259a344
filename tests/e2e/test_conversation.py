"""A whole ticket conversation, as the people in both groups see it: the specification's example,
word for word."""

from __future__ import annotations

from tests.scene import Scene

LINE = "─" * 30
SHORT_LINE = "─" * 20


async def test_a_ticket_from_question_to_close(scene: Scene) -> None:
    async with scene.relay():
        scene.acme.say(scene.admin, "/addgroup")
        question = scene.acme.say(scene.alice, "@support_bot My order #12345 hasn't arrived yet")

        wrapper = await scene.staff_sees("🎫")
        number = wrapper.text.split("#")[1].split("\n")[0]
        assert wrapper.text == (
            f"🎫 Ticket #{number}\n📍 From group: Customer Support\n👤 User: @alice\n"
            f"{LINE}\nMy order #12345 hasn't arrived yet"
        )

        shipped = (
            "Your order #12345 was shipped yesterday.\nTracking: SF1234567890\nExpected: 2-3 days"
        )
        first = scene.staff.say(scene.bob, shipped, reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "shipped")
        assert answer.text == f"💬 Staff reply (Ticket #{number})\n📢 @alice\n{LINE}\n{shipped}"
        assert answer.reply_to is question
        confirmation = await scene.staff_sees("✅ Reply sent to customer group")
        assert confirmation.reply_to is first

        scene.acme.say(scene.alice, "Can you help me track it?", reply_to=answer)
        continuation = await scene.staff_sees("💬 Continued message")
        assert continuation.text == (
            f"💬 Continued message (Ticket #{number})\n👤 @alice\n"
            f"{SHORT_LINE}\nCan you help me track it?"
        )
        assert continuation.reply_to is wrapper

        track = "Sure! Track here: https://track.com/SF1234567890"
        scene.staff.say(scene.bob, track, reply_to=wrapper)
        second = await scene.bot_says(scene.acme, "Track here")
        assert second.text == f"💬 Staff reply (Ticket #{number})\n📢 @alice\n{LINE}\n{track}"
        assert second.reply_to is question

        close = scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        closed = await scene.staff_sees("closed")
        assert closed.text == f"✅ Ticket #{number} closed"
        assert closed.reply_to is close

        late = scene.acme.say(scene.alice, "One more question...", reply_to=second)
        notice = await scene.bot_says(scene.acme, "closed")
        assert notice.text == (
            "⚠️ This ticket is closed. Please @bot or /ask to create a new ticket."
        )
        assert notice.reply_to is late
        assert len(scene.bot_messages(scene.acme)) == 3
        assert len(scene.bot_messages(scene.staff)) == 5


async def test_a_question_by_ask_in_another_group(scene: Scene) -> None:
    """The specification's wrapper."""
    john = scene.world.add_user("John", username="john_doe")
    group = scene.add_customer_group("Customer Support Group A", john)
    async with scene.relay():
        group.say(scene.admin, "/addgroup")
        group.say(john, "/ask How do I reset my password?")
        wrapper = await scene.staff_sees("🎫")
        number = wrapper.text.split("#")[1].split("\n")[0]
        assert wrapper.text == (
            f"🎫 Ticket #{number}\n📍 From group: Customer Support Group A\n👤 User: @john_doe\n"
            f"{LINE}\nHow do I reset my password?"
        )
        assert (len(number), number.isdigit()) == (13, True)  # milliseconds
