"""The relay in another language, and in the operator's own words."""

from __future__ import annotations

import pytest

from tests.loopback.world import Group, StoredMessage
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
            "MessageEntityMentionName"
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


@pytest.mark.parametrize("times", [10, 40])
async def test_a_header_too_long_for_a_caption_stands_above_the_media(
    scene: Scene, times: int
) -> None:
    """One too long even for a message goes on in the next."""
    header = "{user} " * times + "said:\\n"
    scene.texts = "\n".join(
        f'{name}_header = "{header}"' for name in ("wrapper", "continuation", "answer", "context")
    )
    media = scene.world.media
    long_name = scene.world.add_user("N" * 60, last_name="M" * 60)
    scene.acme.add(long_name)
    async with scene.relay():
        await scene.enrol(scene.acme)
        first = scene.acme.say(long_name, "It is", media=media.photo())
        scene.acme.say(long_name, "/ask Where is it?", reply_to=first, media=media.photo())
        await scene.staff_sees("said:\n📷 Photo\nIt is")
        wrapper = await scene.staff_sees("said:\n📷 Photo\nWhere is it?")
        scene.staff.say(scene.bob, "Here it is", reply_to=wrapper, media=media.photo())
        answer = await scene.bot_says(scene.acme, "said:\n📷 Photo\nHere it is")
        await scene.staff_sees("✅ Reply sent")
        scene.acme.say(long_name, "Thank you", reply_to=answer, media=media.photo())
        await scene.staff_sees("said:\n📷 Photo\nThank you")
        await scene.staff.wait_for(lambda _: len(_photos(scene, scene.staff)) == 3)
    assert len(_photos(scene, scene.acme)) == 1
    assert not [m for m in scene.bot_messages(scene.staff) if "❌" in m.text]


def _photos(scene: Scene, group: Group) -> list[StoredMessage]:
    return [m for m in scene.bot_messages(group) if m.media is not None]
