"""Each kind of media from customers to the staff and from the staff to customers."""

from __future__ import annotations

import pytest

from tests.e2e.media_kinds import CAPTIONED, COPYABLE, FORWARDED, NOT_COPYABLE, Kind
from tests.loopback.rpc import TlObject
from tests.loopback.world import Group, StoredMessage
from tests.scene import Scene

kinds = pytest.mark.parametrize("kind", COPYABLE.values(), ids=COPYABLE)
not_copyable = pytest.mark.parametrize("kind", NOT_COPYABLE.values(), ids=NOT_COPYABLE)


async def media_of_bot(
    scene: Scene, group: Group, after: StoredMessage | None = None
) -> StoredMessage:
    return await group.wait_for(
        lambda m: m.sender is scene.bot and m.media is not None, after=after
    )


def link_to(message: StoredMessage) -> str:
    return f"https://t.me/c/{str(message.chat.marked_id)[4:]}/{message.id}"


@kinds
async def test_a_question(scene: Scene, kind: Kind) -> None:
    """The wrapper names the kind, the media follow as a reply to it, and can be answered."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        original: TlObject = kind.make(scene.world)
        question = scene.acme.say(scene.alice, "@support_bot what is this?", media=original)
        wrapper = await scene.staff_sees("what is this?")
        assert wrapper.text.split("─\n")[1].startswith(kind.label)
        copy = await media_of_bot(scene, scene.staff)
        assert kind.same(copy.media, original)
        assert copy.reply_to is (None if kind in FORWARDED.values() else wrapper)
        assert copy.forward is None

        scene.staff.say(scene.bob, "to the copy", reply_to=copy)
        assert (await scene.bot_says(scene.acme, "to the copy")).reply_to is question


@kinds
async def test_an_answer_and_a_continuation(scene: Scene, kind: Kind) -> None:
    """Header and text are the caption, or stand above what can have none."""
    captioned = kind in CAPTIONED.values()
    async with scene.relay():
        await scene.enrol(scene.acme)
        question = scene.acme.say(scene.alice, "/ask Which one?")
        wrapper = await scene.staff_sees("🎫")
        answered: TlObject = kind.make(scene.world)
        scene.staff.say(scene.bob, "like this one" * captioned, media=answered, reply_to=wrapper)
        header = await scene.bot_says(scene.acme, "💬 Staff reply (Ticket #")
        answer = await media_of_bot(scene, scene.acme)
        assert kind.same(answer.media, answered)
        assert ("like this one" if captioned else kind.label) in header.text
        assert (header is answer) == captioned
        assert header.reply_to is question
        assert answer.reply_to is (None if kind in FORWARDED.values() else question)
        assert "📢 @alice" in header.text
        await scene.staff_sees("✅ Reply sent")

        continued: TlObject = kind.make(scene.world)
        scene.acme.say(scene.nick, "and" * captioned, media=continued, reply_to=answer)
        told = await scene.staff_sees("💬 Continued message")
        copy = await media_of_bot(scene, scene.staff)
        assert kind.same(copy.media, continued)
        assert (told is copy) == captioned
        assert told.reply_to is wrapper
        assert captioned or told.text.split("─\n")[1].startswith(kind.label)


@not_copyable
async def test_what_cannot_be_copied_from_a_customer(scene: Scene, kind: Kind) -> None:
    """The ticket says so plainly, with a link, and has the text all the same."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        question = scene.acme.say(scene.alice, "/ask and now?", media=kind.make(scene.world))
        wrapper = await scene.staff_sees("🎫")
        body = wrapper.text.split("─\n")[1].splitlines()
        assert body == [
            kind.label,
            f"⚠️ This cannot be copied. See the original message: {link_to(question)}",
            "and now?",
        ]
        scene.staff.say(scene.bob, "Try again", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "Try again")

        more = scene.acme.say(scene.alice, media=kind.make(scene.world), reply_to=answer)
        continuation = await scene.staff_sees("💬 Continued message")
        assert link_to(more) in continuation.text
        assert kind.label in continuation.text


async def test_in_a_basic_group_no_link_is_promised(scene: Scene) -> None:
    everybody = [scene.alice, scene.admin, scene.bot]
    basic = scene.world.add_basic_group("Small", members=everybody)
    kind = NOT_COPYABLE["running quiz"]
    async with scene.relay():
        basic.say(scene.admin, "/addgroup")
        basic.say(scene.alice, "/ask", media=kind.make(scene.world))
        wrapper = await scene.staff_sees("🎫")
        said = "⚠️ This cannot be copied. See the original message in its group."
        assert wrapper.text.split("─\n")[1].splitlines() == [kind.label, said]


@not_copyable
async def test_what_cannot_be_copied_from_the_staff(scene: Scene, kind: Kind) -> None:
    """The customer gets nothing, least of all a link into the staff group; the staff are told."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask Which one?")
        wrapper = await scene.staff_sees("🎫")
        before = len(scene.bot_messages(scene.acme))
        answer = scene.staff.say(scene.bob, media=kind.make(scene.world), reply_to=wrapper)
        refused = await scene.staff_sees("⚠️ Not sent, this cannot be copied: " + kind.label)
        assert refused.reply_to is answer
        scene.staff.say(scene.bob, "In words", reply_to=wrapper)
        await scene.bot_says(scene.acme, "In words")
        assert len(scene.bot_messages(scene.acme)) == before + 1


async def test_a_link_preview_is_left_to_telegram(scene: Scene) -> None:
    """A text with a preview is a text: no media, no caption's limit."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        page = scene.world.media.web_page("https://example.org/help")
        words = "https://example.org/help " + "word " * 300
        scene.acme.say(scene.alice, f"/ask {words}", media=page)
        wrapper = await scene.staff_sees("example.org")
        assert wrapper.text.endswith(words.strip())
        scene.staff.say(scene.bob, "https://example.org/b", media=page, reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "https://example.org/b")
        assert answer.media is None
