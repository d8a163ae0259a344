"""Photos and documents, both ways."""

from __future__ import annotations

import pytest
from telethon.tl import functions

from tests.loopback.rpc import TlObject
from tests.scene import Scene


def file_id(media: TlObject) -> int:
    return int((getattr(media, "photo", None) or media.document).id)


@pytest.mark.parametrize("kind", ["photo", "document", "voice", "video"])
async def test_media_travels_both_ways(scene: Scene, kind: str) -> None:
    make = getattr(scene.world.media, kind)
    async with scene.relay():
        await scene.enrol(scene.acme)
        sent = make()
        question = scene.acme.say(scene.alice, "@support_bot what is this?", media=sent)
        wrapper = await scene.staff_sees("what is this?")
        copy = await scene.staff.wait_for(lambda m: m.sender is scene.bot and m.media is not None)
        assert file_id(copy.media) == file_id(sent)
        assert copy.reply_to is wrapper

        answered = make()
        scene.staff.say(scene.bob, "like this one", media=answered, reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "like this one")
        assert file_id(answer.media) == file_id(answered)
        assert answer.text.startswith("💬 Staff reply (Ticket #")
        assert answer.reply_to is question

        continued = make()
        scene.acme.say(scene.nick, media=continued, reply_to=answer)
        continuation = await scene.staff_sees("💬 Continued message")
        assert file_id(continuation.media) == file_id(continued)
        assert continuation.reply_to is wrapper


async def test_an_expired_file_reference_is_renewed(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        media = functions.messages.SendMediaRequest
        scene.telegram.faults.fail(media, 400, "FILE_REFERENCE_EXPIRED")
        sent = scene.world.media.photo()
        scene.acme.say(scene.alice, "/ask look", media=sent)
        copy = await scene.staff.wait_for(lambda m: m.sender is scene.bot and m.media is not None)
        assert file_id(copy.media) == file_id(sent)
        assert len([m for m in scene.bot_messages(scene.staff) if m.media]) == 1


async def test_media_that_cannot_be_copied_is_said_to_be_missing(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        media = functions.messages.SendMediaRequest
        scene.telegram.faults.fail(media, 400, "MEDIA_INVALID", times=None)
        question = scene.acme.say(scene.alice, "/ask look", media=scene.world.media.photo())
        wrapper = await scene.staff_sees("look")
        notice = await scene.staff_sees("cannot be copied")
        assert notice.reply_to is wrapper
        assert f"https://t.me/c/{str(scene.acme.marked_id)[4:]}/{question.id}" in notice.text


async def test_long_texts_are_split_and_nothing_is_cut_off(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        words = " ".join(f"w{n}" for n in range(900))[:4000] + " 👩‍👩‍👧 end"
        scene.acme.say(scene.alice, f"/ask {words}")
        wrapper = await scene.staff_sees("🎫")
        rest = await scene.staff_sees("👩‍👩‍👧 end")
        assert rest.reply_to is wrapper
        body = wrapper.text.split("─" * 30 + "\n")[1]
        assert body + rest.text == words or body + " " + rest.text == words
