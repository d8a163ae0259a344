"""The commands as people use them: groups, tickets by their number, help, private chats."""

from __future__ import annotations

from structlog.testing import capture_logs

from daemon.relay import events
from tests.loopback.world import StoredMessage
from tests.scene import Scene


async def a_ticket(scene: Scene, question: str = "/ask Where is it?") -> tuple[StoredMessage, str]:
    """The wrapper of a new ticket, and the ticket's number."""
    group = scene.acme
    await scene.enrol(group)
    group.say(scene.alice, question)
    wrapper = await scene.staff_sees("🎫")
    return wrapper, wrapper.text.split("#")[1].split("\n")[0]


async def test_a_wrong_number_is_repeated_without_its_link(scene: Scene) -> None:
    async with scene.relay():
        await a_ticket(scene)
        for given in ("https://evil.example/x", "@carol_staff"):
            told = await scene.answer_to(scene.acme.say(scene.alice, f"/t {given} hello"))
            assert told.text.startswith(f"⚠️ {given} is not a ticket's number.")
            kinds = [type(entity).__name__ for entity in told.entities]
            assert kinds == ["MessageEntityCode", "MessageEntityBotCommand"]


# --- groups ---


async def test_the_list_of_groups_is_for_admins_and_for_no_customer(scene: Scene) -> None:
    async with scene.relay():
        await a_ticket(scene)
        scene.acme.say(scene.alice, "/listgroups")
        before = len(scene.bot_messages(scene.acme))
        scene.acme.say(scene.admin, "/listgroups")
        line = f"• Customer Support: 1 open ({scene.acme.marked_id})"
        in_the_staff_group = await scene.staff_sees(line)
        assert in_the_staff_group.text == f"Customer groups: 1\n{line}"

        other = scene.add_customer_group("Other Inc.")
        await scene.enrol(other)
        asked = scene.staff.say(scene.admin, "/listgroups@support_bot")
        answer = await scene.staff_sees("Customer groups: 2")
        assert answer.reply_to is asked
        assert f"• Other Inc.: 0 open ({other.marked_id})" in answer.text

        private = scene.world.private(scene.admin, scene.bot)
        asked = private.say(scene.admin, "/listgroups")
        assert line in (await scene.answer_to(asked)).text
        nosy = scene.world.private(scene.alice, scene.bot)
        nosy.say(scene.alice, "/listgroups")
        nosy.say(scene.alice, "/start")
        first = await nosy.wait_for(lambda m: m.sender is scene.bot)
        assert "Ask in your group" in first.text
        assert len(scene.bot_messages(scene.acme)) == before


async def test_a_removed_group_is_asked_no_more_and_its_open_tickets_go_on(scene: Scene) -> None:
    async with scene.relay():
        wrapper, number = await a_ticket(scene)
        scene.acme.say(scene.alice, "/removegroup")
        scene.acme.say(scene.admin, "/removegroup")
        told = await scene.staff_sees("Customer Support is no customer group any more")
        assert told.text.endswith("open tickets go on: 1")
        scene.acme.say(scene.alice, "/ask Anybody there?")

        scene.staff.say(scene.bob, "Here it is", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "Here it is")
    scene.acme.say(scene.alice, "Thank you", reply_to=answer)  # the relay is away meanwhile
    scene.acme.say(scene.alice, f"/t {number} And another thing")
    async with scene.relay():
        await scene.staff_sees("Thank you")
        await scene.staff_sees("And another thing")
        scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        await scene.staff_sees("closed")
        scene.acme.say(scene.alice, "One more", reply_to=answer)
        scene.acme.say(scene.admin, "/removegroup")
        await scene.bot_says(scene.acme, "This is not a customer group.")
        scene.acme.say(scene.admin, "/addgroup")
        scene.acme.say(scene.alice, "/ask Here again")
        assert "Here again" in (await scene.staff_sees("🎫", after=told)).text
    assert not [m for m in scene.staff.messages if "One more" in m.text]


async def test_adding_and_removing_a_group_is_in_the_log(scene: Scene) -> None:
    with capture_logs() as lines:
        async with scene.relay():
            scene.acme.say(scene.admin, "/addgroup")
            scene.acme.say(scene.admin, "/removegroup")
            await scene.staff_sees("is no customer group any more")
    facts = {"chat": scene.acme.marked_id, "title": "Customer Support"}
    for event in (events.GROUP_ADDED, events.GROUP_REMOVED):
        (line,) = (line for line in lines if line["event"] == event)
        assert facts.items() <= line.items()


# --- tickets by their number ---


async def test_a_ticket_goes_on_by_its_number_on_both_sides(scene: Scene) -> None:
    async with scene.relay():
        wrapper, number = await a_ticket(scene)
        later = scene.acme.say(
            scene.nick, f"/t {number} The same here", media=scene.world.media.photo()
        )
        continuation = await scene.staff_sees("The same here")
        assert continuation.text.startswith(f"💬 Continued message (Ticket #{number})")
        assert continuation.media is not None
        assert continuation.reply_to is wrapper

        scene.staff.say(scene.bob, f"/ticket@support_bot #{number} On its way")
        answer = await scene.bot_says(scene.acme, "On its way")
        assert answer.text.startswith(f"💬 Staff reply (Ticket #{number})")
        scene.staff.say(scene.bob, "For you too", reply_to=continuation)
        assert (await scene.bot_says(scene.acme, "For you too")).reply_to is later


async def test_what_is_wrong_with_a_number_is_told_in_one_line(scene: Scene) -> None:
    async with scene.relay():
        wrapper, number = await a_ticket(scene)
        other = scene.add_customer_group("Other Inc.")
        await scene.enrol(other)
        for typed, told in (
            ("/t", "ℹ️ Write the ticket's number and your text behind the command: /t 1737"),
            (f"/ticket {number}x Hello", f"⚠️ {number}x is not a ticket's number."),
            (f"/t {number} Hello", f"⚠️ There is no ticket #{number} here."),
            ("/t 12345 Hello", "⚠️ There is no ticket #12345 here."),
        ):
            command = other.say(scene.nick, typed)
            answer = await scene.answer_to(command)
            assert answer.text.startswith(told)
            assert "\n" not in answer.text
        scene.staff.say(scene.bob, "/done", reply_to=wrapper)
        await scene.staff_sees("closed")
        late = scene.acme.say(scene.alice, f"/t {number} Hello")
        notice = await scene.bot_says(scene.acme, "⚠️ This ticket is closed.")
        assert notice.reply_to is late
        scene.staff.say(scene.bob, f"/t {number} Hello")
        await scene.staff_sees(f"⚠️ Not sent: ticket #{number} is closed.")
        assert len(scene.bot_messages(scene.acme)) == 2


async def test_tickets_can_have_short_numbers(scene: Scene) -> None:
    scene.settings = 'ticket_numbers = "sequential"'
    async with scene.relay():
        _, number = await a_ticket(scene)
        assert number == "1"
        scene.acme.say(scene.nick, "/ask And this?")
        await scene.staff_sees("🎫 Ticket #2\n")
        scene.acme.say(scene.nick, "/t 2 It is urgent")
        await scene.staff_sees("💬 Continued message (Ticket #2)")


# --- help, private chats, who may ---


async def test_everybody_gets_the_help_for_where_they_are(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        texts = scene.config().texts
        admins = f"{texts.help_staff}\n\n{texts.help_admin}"
        private = texts.help_private.format(bot="support_bot")
        stranger = scene.add_customer_group("Not enrolled")
        alone = scene.world.private(scene.alice, scene.bot)
        for chat, person, expected in (
            (scene.acme, scene.alice, texts.help_customer.format(bot="support_bot")),
            (scene.acme, scene.admin, texts.help_customer.format(bot="support_bot")),
            (scene.staff, scene.bob, texts.help_staff),
            (scene.staff, scene.admin, admins),
            (stranger, scene.alice, texts.help_elsewhere),
            (alone, scene.alice, private),
        ):
            for command in ("/start", "/help@support_bot"):
                asked = chat.say(person, command)
                answer = await scene.answer_to(asked)
                assert answer.text == expected


async def test_a_private_question_is_pointed_to_the_groups(scene: Scene) -> None:
    async with scene.relay():
        private = scene.world.private(scene.alice, scene.bot)
    question = private.say(scene.alice, "Where is my order?")  # the relay is away meanwhile
    async with scene.relay():
        first = await scene.answer_to(question)
        assert first.text == "ℹ️ I take questions in support groups, not here. " + (
            "Ask in your group with @support_bot or /ask."
        )
        command = private.say(scene.alice, "/ask Where is my order?")
        told = await scene.answer_to(command)
        assert told.text == "⚠️ /ask works in a group, not in a private chat."
    assert scene.bot_messages(scene.staff) == []


async def test_an_anonymous_admin_is_told_that_admins_are_people(scene: Scene) -> None:
    async with scene.relay():
        scene.acme.promote(scene.admin, anonymous=True, change_info=True)
        for command in ("/addgroup", "/removegroup", "/listgroups"):
            tried = scene.acme.say(scene.admin, command)
            hint = await scene.answer_to(tried)
            assert hint.text.startswith(f"⚠️ {command} must come from a person.")
        scene.acme.demote(scene.admin)
        await scene.enrol(scene.acme)
    assert scene.bot_messages(scene.staff) == []


async def test_only_those_on_the_list_answer_and_close(scene: Scene) -> None:
    scene.settings = f"staff_allowlist = [{scene.bob.id}]"
    with capture_logs() as lines:
        async with scene.relay():
            wrapper, number = await a_ticket(scene)
            tried = scene.staff.say(scene.carol, "I think so", reply_to=wrapper)
            notice = await scene.staff_sees("⚠️ Not sent: you are not on the list")
            assert notice.reply_to is tried
            by_number = scene.staff.say(scene.carol, f"/t {number} I think so")
            assert (await scene.answer_to(by_number)).text == notice.text
            refused = scene.staff.say(scene.carol, "/close", reply_to=wrapper)
            scene.staff.say(scene.bob, "Yes", reply_to=wrapper)
            await scene.bot_says(scene.acme, "Yes")
            scene.staff.say(scene.admin, "/listgroups")
            await scene.staff_sees("Customer groups: 1")
    assert [line["message"] for line in lines if line.get("refused") == "not_on_staff_list"] == [
        refused.id
    ]
    assert not [m for m in scene.bot_messages(scene.acme) if "I think so" in m.text]
    assert not [m for m in scene.bot_messages(scene.staff) if "closed" in m.text]
