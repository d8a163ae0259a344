"""Every message that the relay wrote can be replied to; what people wrote to each other cannot."""

from __future__ import annotations

from telethon.tl import functions, types

from tests.loopback.world import StoredMessage
from tests.scene import Scene


async def a_ticket(scene: Scene, question: str = "/ask Where is it?") -> StoredMessage:
    """The question of a ticket whose wrapper has arrived."""
    await scene.enrol(scene.acme)
    asked = scene.acme.say(scene.alice, question)
    await scene.staff_sees("🎫")
    return asked


async def test_the_staff_may_answer_any_message_of_the_ticket(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        question = scene.acme.say(scene.alice, "/ask Look", media=scene.world.media.photo())
        wrapper = await scene.staff_sees("🎫")
        copy = await scene.staff.wait_for(lambda m: m.sender is scene.bot and m.media is not None)
        assert copy.reply_to is wrapper

        scene.staff.say(scene.bob, "to the copy", reply_to=copy)
        answer = await scene.bot_says(scene.acme, "to the copy")
        assert answer.reply_to is question
        confirmation = await scene.staff_sees("✅ Reply sent")

        follow_up = scene.acme.say(scene.alice, "and now?", reply_to=answer)
        continuation = await scene.staff_sees("and now?")
        scene.staff.say(scene.bob, "to the continuation", reply_to=continuation)
        assert (await scene.bot_says(scene.acme, "to the continuation")).reply_to is follow_up

        scene.staff.say(scene.bob, "to the confirmation", reply_to=confirmation)
        assert (await scene.bot_says(scene.acme, "to the confirmation")).reply_to is question


async def test_a_customer_may_continue_under_any_answer(scene: Scene) -> None:
    async with scene.relay():
        await a_ticket(scene)
        wrapper = await scene.staff_sees("🎫")
        answers = []
        for text in ("first", "second", "third"):
            scene.staff.say(scene.bob, text, reply_to=wrapper)
            answers.append(await scene.bot_says(scene.acme, text))
        for answer, text in zip(answers, ("to one", "to two", "to three"), strict=True):
            scene.acme.say(scene.nick, text, reply_to=answer)
            assert (await scene.staff_sees(text)).reply_to is wrapper


async def test_talk_among_colleagues_stays_inside(scene: Scene) -> None:
    async with scene.relay():
        await a_ticket(scene)
        wrapper = await scene.staff_sees("🎫")
        answer = scene.staff.say(scene.bob, "We look into it", reply_to=wrapper)
        await scene.bot_says(scene.acme, "We look into it")
        scene.staff.say(scene.carol, "Is that true?", reply_to=answer)
        scene.staff.say(scene.carol, "I doubt it")
        scene.staff.say(scene.bob, "Yes it is", reply_to=wrapper)
        await scene.bot_says(scene.acme, "Yes it is")
        assert len(scene.bot_messages(scene.acme)) == 3  # the usage hint, and two answers

        close = scene.staff.say(scene.carol, "/close@support_bot", reply_to=answer)
        assert (await scene.staff_sees("closed")).reply_to is close


async def test_a_reply_across_groups_reaches_no_ticket(scene: Scene) -> None:
    """Telegram lets people reply to a message of another chat. Its number here is another's."""
    other = scene.add_customer_group("Other Inc.")
    async with scene.relay():
        answers = []
        for group in (scene.acme, other):
            await scene.enrol(group)
            group.say(scene.alice, f"/ask from {group.title}")
            wrapper = await scene.staff_sees(f"from {group.title}")
            scene.staff.say(scene.bob, "Here", reply_to=wrapper)
            answers.append(await scene.bot_says(group, "Here"))
        of_acme, of_other = answers
        assert of_acme.id == of_other.id
        other.say(scene.nick, "across", reply_to=of_acme)
        other.say(scene.nick, "within", reply_to=of_other)
        await scene.staff_sees("within")
    assert not [m for m in scene.bot_messages(scene.staff) if "across" in m.text]


async def test_users_without_a_username_are_mentioned_by_id(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.nick, "@Support_Bot help")
        wrapper = await scene.staff_sees("👤 User: Nick Nameless")
        scene.staff.say(scene.bob, "Hello", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "📢 Nick Nameless")
        for message in (wrapper, answer):
            (mention,) = (
                e for e in message.entities if isinstance(e, types.MessageEntityMentionName)
            )
            assert mention.user_id == scene.nick.id
            named = message.text.encode("utf-16-le")[mention.offset * 2 :][: mention.length * 2]
            assert named.decode("utf-16-le") == "Nick Nameless"


async def test_who_asked_is_notified_though_somebody_else_has_the_username_now(
    scene: Scene,
) -> None:
    async with scene.relay():
        await a_ticket(scene)
        wrapper = await scene.staff_sees("🎫")
        scene.alice.username, scene.nick.username = "alice_doe", "alice"
        scene.staff.say(scene.bob, "For you alone", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "📢 @alice\n")
        (mention,) = answer.entities
        assert isinstance(mention, types.MessageEntityMentionName)
        assert mention.user_id == scene.alice.id


async def test_refused_formatting_costs_no_more_than_it_must(scene: Scene) -> None:
    """The mention stays without the body's formatting; where the mention itself is refused, the
    username notifies."""
    send = functions.messages.SendMessageRequest
    bold = types.MessageEntityBold(0, 4)
    async with scene.relay():
        await a_ticket(scene)
        wrapper = await scene.staff_sees("🎫")
        for error, kept in (
            ("ENTITY_BOUNDS_INVALID", [types.MessageEntityMentionName]),
            ("ENTITY_MENTION_USER_INVALID", [types.MessageEntityMention, types.MessageEntityBold]),
        ):
            scene.telegram.faults.fail(send, 400, error)
            said = scene.staff.say(scene.bob, f"bold, {error}", reply_to=wrapper, entities=[bold])
            await scene.answer_to(said)
            answer = scene.bot_messages(scene.acme)[-1]
            assert answer.text.endswith(f"─\nbold, {error}")
            assert [type(entity) for entity in answer.entities] == kept


async def test_formatting_travels_with_the_text(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        text = "/ask 👩‍👩‍👧 *no markup* bold"
        at = len(text.encode("utf-16-le")) // 2 - 4
        scene.acme.say(scene.alice, text, entities=[types.MessageEntityBold(at, 4)])
        wrapper = await scene.staff_sees("👩‍👩‍👧 *no markup* bold")
        (bold,) = (e for e in wrapper.entities if isinstance(e, types.MessageEntityBold))
        units = wrapper.text.encode("utf-16-le")
        assert units[bold.offset * 2 :][: bold.length * 2].decode("utf-16-le") == "bold"


async def test_a_code_block_that_fits_into_one_message_is_sent_whole(scene: Scene) -> None:
    code = ("y" * 79 + "\n") * 50 + "y" * 79
    async with scene.relay():
        question = await a_ticket(scene)
        wrapper = await scene.staff_sees("🎫")
        pre = types.MessageEntityPre(0, len(code), "python")
        scene.staff.say(scene.bob, code, reply_to=wrapper, entities=[pre])
        await scene.staff_sees("✅ Reply sent")
        header, answer = scene.bot_messages(scene.acme)[-2:]
        assert "Staff reply" in header.text
        assert header.reply_to is answer.reply_to is question
        assert (answer.text, answer.entities) == (code, [pre])
