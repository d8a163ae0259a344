"""Basic groups become supergroups, with another id and another count of messages."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs
from telethon.tl import functions

from daemon.relay.place import WrongDatabase
from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import Group, StoredMessage
from tests.loopback.world.basic_group import BasicGroup
from tests.scene import Scene

SEND = functions.messages.SendMessageRequest


@dataclass
class Conversation:
    """A question, answered once."""

    question: StoredMessage
    wrapper: StoredMessage
    answer: StoredMessage


@pytest.fixture
def small(scene: Scene) -> BasicGroup:
    everybody = [scene.alice, scene.nick, scene.admin, scene.bot]
    return scene.world.add_basic_group("Small", members=everybody)


async def conversation(scene: Scene, group: Group, question: str = "Where is it?") -> Conversation:
    asked = group.say(scene.alice, f"/ask {question}")
    wrapper = await scene.staff_sees(question)
    scene.staff.say(scene.bob, f"Re: {question}", reply_to=wrapper)
    answer = await scene.bot_says(group, f"Re: {question}")
    await scene.staff_sees("✅ Reply sent", after=wrapper)
    return Conversation(asked, wrapper, answer)


async def goes_on(scene: Scene, new: Group, before: Conversation) -> None:
    """Both sides go on with what was said before the group moved."""
    scene.staff.say(scene.bob, "Found it", reply_to=before.wrapper)
    answer = await scene.bot_says(new, "Found it")
    assert answer.reply_to is before.question
    new.say(scene.alice, "When does it come?", reply_to=before.answer)
    assert (await scene.staff_sees("When does it come?")).reply_to is before.wrapper
    new.say(scene.nick, "Thank you", reply_to=answer)
    assert (await scene.staff_sees("Thank you")).reply_to is before.wrapper
    new.say(scene.nick, "/ask Something else")
    assert "📍 From group: Small" in (await scene.staff_sees("Something else")).text


async def test_an_open_ticket_goes_on_both_ways(scene: Scene, small: BasicGroup) -> None:
    async with scene.relay():
        await scene.enrol(small)
        before = await conversation(scene, small)
        await goes_on(scene, scene.world.migrate(small), before)
        assert before.answer is scene.bot_messages(small)[-1]


async def test_by_its_number_a_ticket_goes_on_too(scene: Scene, small: BasicGroup) -> None:
    async with scene.relay():
        await scene.enrol(small)
        before = await conversation(scene, small)
        number = before.wrapper.text.split("#")[1].split("\n")[0]
        new = scene.world.migrate(small)
        new.say(scene.alice, f"/t {number} Any news?")
        assert (await scene.staff_sees("Any news?")).reply_to is before.wrapper
        asked = scene.staff.say(scene.admin, "/listgroups")
        listed = await scene.bot_says(scene.staff, "Small", after=asked)
        assert str(new.marked_id) in listed.text
        assert str(small.marked_id) not in listed.text
        new.say(scene.admin, "/removegroup")
        new.say(scene.alice, "/ask Is anybody there?")
        new.say(scene.alice, "Thank you", reply_to=before.answer)
        await scene.staff_sees("Thank you")
        assert not [m for m in scene.staff.messages if "Is anybody there?" in m.text]


async def test_a_question_in_reply_to_an_old_message_brings_it_along(
    scene: Scene, small: BasicGroup
) -> None:
    async with scene.relay():
        await scene.enrol(small)
        said = small.say(scene.nick, "The blue one is broken")
        new = scene.world.migrate(small)
        for _ in range(10):
            new.say(scene.nick, "talk among customers")
        new.say(scene.alice, "/ask Can this be repaired?", reply_to=said)
        wrapper = await scene.staff_sees("Can this be repaired?")
        context = await scene.staff_sees("The blue one is broken")
        assert context.reply_to is wrapper
        assert not [m for m in scene.staff.messages if "talk among" in m.text]


async def test_where_replies_across_chats_are_refused_answers_stand_alone(
    scene: Scene, small: BasicGroup
) -> None:
    scene.world.replies_across_chats = False
    async with scene.relay():
        await scene.enrol(small)
        before = await conversation(scene, small)
        new = scene.world.migrate(small)
        scene.staff.say(scene.bob, "Found it", reply_to=before.wrapper)
        answer = await scene.bot_says(new, "Found it")
        assert answer.reply_to is None
        new.say(scene.alice, "Thank you", reply_to=answer)
        assert (await scene.staff_sees("Thank you")).reply_to is before.wrapper


@pytest.mark.parametrize("across", [True, False], ids=["replies across", "no replies across"])
async def test_an_old_id_never_means_a_new_message(
    scene: Scene, small: BasicGroup, *, across: bool
) -> None:
    scene.world.replies_across_chats = across
    async with scene.relay():
        await scene.enrol(small)
        before = await conversation(scene, small)
        old_ids = {m.id_for(scene.bot) for m in (before.question, before.answer)}
        new = scene.world.migrate(small)
        talk = [new.say(scene.nick, "talk among customers") for _ in range(20)]
        assert old_ids <= {message.id for message in talk}

        scene.staff.say(scene.bob, "Found it", reply_to=before.wrapper)
        answer = await scene.bot_says(new, "Found it")
        assert answer.reply_to is (before.question if across else None)
        for message in talk:
            new.say(scene.alice, "not for the staff", reply_to=message)
        new.say(scene.alice, "/ask And this?")
        await scene.staff_sees("And this?")
        assert not [m for m in scene.staff.messages if "not for the staff" in m.text]


async def test_what_was_queued_for_the_old_group_goes_to_the_new_one(
    scene: Scene, small: BasicGroup
) -> None:
    async with scene.relay():
        await scene.enrol(small)
        before = await conversation(scene, small)
        hold_up(scene, small)
        for number in range(3):
            scene.staff.say(scene.bob, f"answer {number}", reply_to=before.wrapper)
        await scene.telegram.faults.wait_for("fail")
        new = scene.world.migrate(small)
        await scene.bot_says(new, "answer 2")
        answers = scene.bot_messages(new)
        assert [m.text.splitlines()[-1] for m in answers] == ["answer 0", "answer 1", "answer 2"]
        assert {m.reply_to for m in answers} == {before.question}
        assert len(scene.bot_messages(small)) == 2  # the usage, when it was enrolled, and Re:


def hold_up(scene: Scene, group: BasicGroup, seconds: int = 600) -> None:
    """Make Telegram want a wait before anything more is sent to the group."""

    def to_the_group(request: TlObject, _caller: Caller) -> bool:
        return isinstance(request, SEND) and getattr(request.peer, "chat_id", None) == group.id

    scene.telegram.faults.fail(to_the_group, 420, f"FLOOD_WAIT_{seconds}")


async def test_over_a_restart_what_was_queued_goes_to_the_new_group(
    scene: Scene, small: BasicGroup
) -> None:
    async with scene.relay():
        await scene.enrol(small)
        before = await conversation(scene, small)
        hold_up(scene, small)
        scene.staff.say(scene.bob, "Found it", reply_to=before.wrapper)
        await scene.telegram.faults.wait_for("fail")
    new = scene.world.migrate(small)
    new.say(scene.alice, "/ask While you were away")
    for number in range(150):
        new.say(scene.nick, f"talk {number}")
    new.say(scene.alice, "Any news?", reply_to=before.answer)
    async with scene.relay():
        assert (await scene.bot_says(new, "Found it")).reply_to is before.question
        assert (await scene.staff_sees("Any news?")).reply_to is before.wrapper
        await scene.staff_sees("While you were away")
        new.say(scene.alice, "/ask And now?")
        await scene.staff_sees("And now?")


@pytest.mark.parametrize("when", ["before it is sent", "before it is answered"])
async def test_a_group_that_moves_under_a_message(
    scene: Scene, small: BasicGroup, when: str
) -> None:
    """What is under way is sent once: to the old group, if it came there in time."""
    async with scene.relay():
        await scene.enrol(small)
        before = await conversation(scene, small)
        moved: list[Group] = []

        async def move(_request: TlObject, _caller: Caller) -> None:
            moved.append(scene.world.migrate(small))
            if when == "before it is answered":
                scene.telegram.cut_lines(scene.bot.id)

        faults = scene.telegram.faults
        (faults.before if when == "before it is sent" else faults.after)(SEND, move)
        reply = scene.staff.say(scene.bob, "Found it", reply_to=before.wrapper)
        confirmed = await scene.staff_sees("✅ Reply sent", after=reply)
        scene.staff.say(scene.bob, "Anything else?", reply_to=confirmed)
        (new,) = moved
        await scene.bot_says(new, "Anything else?")
        found = [m for m in (*small.messages, *new.messages) if "Found it" in m.text]
        assert [m.chat for m in found] == [new if when == "before it is sent" else small]
        assert found[0].reply_to is before.question
        new.say(scene.alice, "Great", reply_to=found[0])
        assert (await scene.staff_sees("Great")).reply_to is before.wrapper


async def test_what_a_former_process_sent_to_the_old_group_is_not_sent_again(
    scene: Scene, small: BasicGroup
) -> None:
    async with scene.relay(shutdown_s=0.1):
        await scene.enrol(small)
        before = await conversation(scene, small)
        hold = scene.telegram.faults.hold_answer(SEND)
        reply = scene.staff.say(scene.bob, "Found it", reply_to=before.wrapper)
        await hold.reached()
    hold.release()
    scene.world.differences_tell_message_ids = False
    new = scene.world.migrate(small)
    async with scene.relay():
        await scene.staff_sees("✅ Reply sent", after=reply)
        scene.staff.say(scene.bob, "Anything else?", reply_to=before.wrapper)
        await scene.bot_says(new, "Anything else?")
    found = [m for m in (*small.messages, *new.messages) if "Found it" in m.text]
    assert [m.chat for m in found] == [small]


async def test_a_move_that_nobody_told_of_shows_when_something_is_sent(
    scene: Scene, small: BasicGroup
) -> None:
    async with scene.relay():
        await scene.enrol(small)
        before = await conversation(scene, small)
        scene.telegram.drop_pushes(3)  # the two service messages and that there is a new group
        new = scene.world.migrate(small)
        new.say(scene.alice, "/ask Does anybody hear me?")
        scene.staff.say(scene.bob, "Found it", reply_to=before.wrapper)
        assert (await scene.bot_says(new, "Found it")).reply_to is before.question
        await scene.staff_sees("Does anybody hear me?")


async def test_a_move_behind_an_account_difference_too_long(
    scene: Scene, small: BasicGroup
) -> None:
    async with scene.relay():
        await scene.enrol(small)
        before = await conversation(scene, small)
    other = scene.world.add_basic_group("Chatty", members=[scene.alice, scene.bot])
    scene.world.account_history_kept = 5
    for number in range(10):
        other.say(scene.alice, f"talk {number}")
    new = scene.world.migrate(small)
    for number in range(10):
        other.say(scene.alice, f"more talk {number}")
    async with scene.relay():
        await goes_on(scene, new, before)


# The staff group


@pytest.fixture
def staff(scene: Scene) -> BasicGroup:
    """The staff group, a basic one."""
    group = scene.world.add_basic_group(
        "Staff", members=[scene.bob, scene.carol, scene.admin, scene.bot]
    )
    scene.staff = group
    return group


async def staff_goes_on(scene: Scene, before: Conversation) -> None:
    """`scene.staff` is the new group."""
    scene.staff.say(scene.carol, "Found it", reply_to=before.wrapper)
    answer = await scene.bot_says(scene.acme, "Found it")
    assert answer.reply_to is before.question
    confirmed = await scene.staff_sees("✅ Reply sent")
    assert confirmed.chat is scene.staff
    scene.acme.say(scene.alice, "Thank you", reply_to=answer)
    continuation = await scene.staff_sees("Thank you")
    assert continuation.reply_to is before.wrapper
    scene.staff.say(scene.carol, "You are welcome", reply_to=continuation)
    await scene.bot_says(scene.acme, "You are welcome")
    scene.acme.say(scene.nick, "/ask Something else")
    wrapper = await scene.staff_sees("Something else")
    scene.staff.say(scene.bob, "/close", reply_to=wrapper)
    await scene.staff_sees("closed")


async def test_the_staff_group_moves(scene: Scene, staff: BasicGroup) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        before = await conversation(scene, scene.acme)
        scene.staff = scene.world.migrate(staff)
        await staff_goes_on(scene, before)
        scene.staff.say(scene.admin, "/addgroup")
        await scene.staff_sees("This is the staff group")


@pytest.mark.parametrize("configured", ["old id", "new id"])
@pytest.mark.parametrize("moved", ["before the stop", "while away"])
async def test_after_a_move_of_the_staff_group_both_its_ids_will_do(
    scene: Scene, staff: BasicGroup, configured: str, moved: str
) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        before = await conversation(scene, scene.acme)
        if moved == "before the stop":
            scene.staff = scene.world.migrate(staff)
            scene.staff.say(scene.bob, "Hello", reply_to=before.wrapper)
            await scene.bot_says(scene.acme, "Hello")
            await scene.staff_sees("✅ Reply sent")
    new = staff.migrated_to or scene.world.migrate(staff)
    new.say(scene.bob, "While you were away", reply_to=before.wrapper)
    scene.staff = staff if configured == "old id" else new
    advice = {"event": "group.staff_moved", "todo": f"set relay.staff_group = {new.marked_id}"}
    for start in range(2):
        with capture_logs() as lines:
            async with scene.relay():
                await scene.bot_says(scene.acme, "While you were away")
                if start == 1:
                    scene.staff = new
                    await staff_goes_on(scene, before)
        advised = any(advice.items() <= line.items() for line in lines)
        assert advised is (configured == "old id")


async def test_another_groups_id_is_still_refused(scene: Scene, staff: BasicGroup) -> None:
    async with scene.relay():
        pass
    scene.world.migrate(staff)
    another = scene.world.add_basic_group("Another", members=[scene.bob, scene.bot])
    scene.staff = scene.world.migrate(another)
    with pytest.raises(WrongDatabase):
        async with scene.relay():
            pass


async def test_a_staff_group_that_moved_before_the_first_start(
    scene: Scene, staff: BasicGroup
) -> None:
    new = scene.world.migrate(staff)
    new.say(scene.bob, "/addgroup")
    async with scene.relay():
        scene.staff = new
        await scene.enrol(scene.acme)
        await conversation(scene, scene.acme)
