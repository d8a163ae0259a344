"""The relay in another language, and in the operator's own words."""

from __future__ import annotations

from tests.scene import Scene

LINE = "─" * 30


async def test_a_conversation_in_chinese(scene: Scene) -> None:
    scene.language = "zh"
    async with scene.relay():
        await scene.enrol(scene.acme)
        question = scene.acme.say(scene.alice, "@support_bot 订单还没到")
        wrapper = await scene.staff_sees("🎫 工单 #")
        number = wrapper.text.partition("#")[2].partition("\n")[0]
        assert wrapper.text == (
            f"🎫 工单 #{number}\n📍 来自群组：Customer Support\n👤 用户：@alice\n{LINE}\n订单还没到"
        )
        scene.staff.say(scene.bob, "昨天已发货", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "客服回复")
        assert answer.text == f"💬 客服回复（工单 #{number}）\n📢 @alice\n{LINE}\n昨天已发货"
        assert answer.reply_to is question
        assert [type(entity).__name__ for entity in answer.entities or []] == [
            "MessageEntityMention"
        ]
        await scene.staff_sees("✅ 回复已发送到客户群")
        scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        await scene.staff_sees(f"✅ 工单 #{number} 已关闭")
        scene.acme.say(scene.alice, "还有一个问题", reply_to=answer)
        await scene.bot_says(scene.acme, "⚠️ 该工单已关闭")


async def test_the_operators_own_words(scene: Scene) -> None:
    """Also with braces of their own; the others stay as they were."""
    scene.texts = 'closed = "{{#{ticket}}} is done"\nanswer_header = "{user}: "'
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Where is it?")
        wrapper = await scene.staff_sees("🎫 Ticket #")
        number = wrapper.text.partition("#")[2].partition("\n")[0]
        scene.staff.say(scene.bob, "On its way", reply_to=wrapper)
        assert (await scene.bot_says(scene.acme, "On its way")).text == "@alice: On its way"
        await scene.staff_sees("✅ Reply sent")
        scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        assert (await scene.staff_sees("is done")).text == f"{{#{number}}} is done"
