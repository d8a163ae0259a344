"""Albums stay albums: in order, with their caption, each part a message that can be answered."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from telethon.tl import functions

from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import Group, StoredMessage, World
from tests.scene import Scene, eventually

SEND = functions.messages.SendMultiMediaRequest
MESSAGE = functions.messages.SendMessageRequest
GET = functions.upload.GetFileRequest

MIXTURES: dict[str, Callable[[World], list[TlObject]]] = {
    "two photos": lambda w: [w.media.photo() for _ in range(2)],
    "photos and videos": lambda w: [w.media.photo(), w.media.video(), w.media.photo()],
    "documents": lambda w: [w.media.document(name=f"{n}.pdf") for n in range(3)],
    "music": lambda w: [w.media.audio(title=f"Song {n}") for n in range(2)],
    "ten photos": lambda w: [w.media.photo() for _ in range(10)],
}
mixtures = pytest.mark.parametrize("make", MIXTURES.values(), ids=MIXTURES)


def file_ids(messages: list[StoredMessage]) -> list[int]:
    files = [getattr(m.media, "photo", None) or m.media.document for m in messages]
    return [file.id for file in files]


def ids_of(media: list[TlObject]) -> list[int]:
    return [(getattr(item, "photo", None) or item.document).id for item in media]


def in_albums(scene: Scene, group: Group) -> list[StoredMessage]:
    return [m for m in scene.bot_messages(group) if m.grouped_id is not None]


async def album_of_bot(scene: Scene, group: Group, parts: int) -> list[StoredMessage]:
    """The parts of the bot's one album there."""
    await group.wait_for(lambda _: len(in_albums(scene, group)) >= parts)
    album = in_albums(scene, group)
    assert len({part.grouped_id for part in album}) == 1
    return album


async def a_ticket(scene: Scene) -> tuple[StoredMessage, StoredMessage]:
    """A question and its wrapper."""
    await scene.enrol(scene.acme)
    question = scene.acme.say(scene.alice, "/ask Which one?")
    return question, await scene.staff_sees("🎫")


# Both ways


@mixtures
async def test_a_question(scene: Scene, make: Callable[[World], list[TlObject]]) -> None:
    media = make(scene.world)
    async with scene.relay(album_quiet_s=0.2):
        await scene.enrol(scene.acme)
        question, *_ = scene.acme.album(scene.alice, media, "@support_bot what are these?")
        wrapper = await scene.staff_sees("what are these?")
        album = await album_of_bot(scene, scene.staff, len(media))
        assert file_ids(album) == ids_of(media)
        assert all(part.reply_to is wrapper for part in album)
        assert [part.text for part in album] == [""] * len(media)

        for number, part in enumerate(album):
            scene.staff.say(scene.bob, f"this is {number}.", reply_to=part)
            assert (await scene.bot_says(scene.acme, f"this is {number}.")).reply_to is question
        assert len([m for m in scene.bot_messages(scene.staff) if "🎫" in m.text]) == 1


@mixtures
async def test_an_answer_and_a_continuation(
    scene: Scene, make: Callable[[World], list[TlObject]]
) -> None:
    async with scene.relay(album_quiet_s=0.2):
        question, wrapper = await a_ticket(scene)
        media = make(scene.world)
        scene.staff.album(scene.bob, media, "these", reply_to=wrapper)
        album = await album_of_bot(scene, scene.acme, len(media))
        assert file_ids(album) == ids_of(media)
        assert all(part.reply_to is question for part in album)
        first, *others = album
        assert first.text.startswith("💬 Staff reply (Ticket #")
        assert first.text.endswith("─\nthese")
        assert not any(part.text for part in others)
        await scene.staff_sees("✅ Reply sent")

        more = make(scene.world)
        follow_up, *_ = scene.acme.album(scene.nick, more, "or these?", reply_to=album[-1])
        continuation = await album_of_bot(scene, scene.staff, len(more))
        assert file_ids(continuation) == ids_of(more)
        assert all(part.reply_to is wrapper for part in continuation)
        assert continuation[0].text.startswith("💬 Continued message")
        assert continuation[0].text.endswith("─\nor these?")

        scene.staff.say(scene.carol, "these too", reply_to=continuation[-1])
        assert (await scene.bot_says(scene.acme, "these too")).reply_to is follow_up
        await scene.staff.wait_for(lambda m: "✅ Reply sent" in m.text, after=continuation[-1])
        assert len([m for m in scene.bot_messages(scene.staff) if "✅" in m.text]) == 2


@pytest.mark.parametrize("at", [1, 2])
async def test_the_caption_may_be_on_any_part(scene: Scene, at: int) -> None:
    async with scene.relay(album_quiet_s=0.2):
        await scene.enrol(scene.acme)
        media = [scene.world.media.photo() for _ in range(3)]
        scene.acme.album(scene.alice, media, "/ask what are these?", at=at)
        wrapper = await scene.staff_sees("🎫")
        assert wrapper.text.endswith("─\n📷 Photo × 3\nwhat are these?")
        assert file_ids(await album_of_bot(scene, scene.staff, 3)) == ids_of(media)


async def test_an_album_without_a_caption_answers_and_continues(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.2):
        _, wrapper = await a_ticket(scene)
        scene.staff.album(
            scene.bob, [scene.world.media.photo() for _ in range(2)], reply_to=wrapper
        )
        answer = await album_of_bot(scene, scene.acme, 2)
        scene.acme.album(
            scene.alice, [scene.world.media.photo() for _ in range(2)], reply_to=answer[0]
        )
        await album_of_bot(scene, scene.staff, 2)


async def test_several_captions_all_arrive(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.2):
        await scene.enrol(scene.acme)
        grouped_id = scene.world.new_grouped_id()
        for caption in ("/ask before", "after"):
            scene.acme.say(
                scene.alice, caption, media=scene.world.media.photo(), grouped_id=grouped_id
            )
        wrapper = await scene.staff_sees("🎫")
        assert wrapper.text.endswith("─\n📷 Photo × 2\nbefore\nafter")


async def test_a_long_caption_goes_on_as_a_text(scene: Scene) -> None:
    words = " ".join(f"w{n}" for n in range(220))
    async with scene.relay(album_quiet_s=0.2):
        _, wrapper = await a_ticket(scene)
        media = [scene.world.media.photo() for _ in range(2)]
        scene.staff.album(scene.bob, media, words, reply_to=wrapper)
        await scene.staff_sees("✅ Reply sent")
        album = in_albums(scene, scene.acme)
        text = scene.bot_messages(scene.acme)[-1]
        assert len(album) == 2
        said = album[0].text.split("─\n")[1] + text.text
        assert said.replace(" ", "") == words.replace(" ", "")
        scene.acme.say(scene.alice, "to the rest", reply_to=text)
        await scene.staff_sees("to the rest")


async def test_albums_of_others_are_nobodys_business(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.2):
        await scene.enrol(scene.acme)
        scene.acme.album(scene.alice, [scene.world.media.photo() for _ in range(3)], "holidays")
        scene.staff.album(scene.bob, [scene.world.media.photo() for _ in range(3)], "holidays")
        scene.acme.say(scene.alice, "/ask Where is it?")
        await scene.staff_sees("🎫")
        await eventually(lambda: waiting(scene) == 0)
        assert not in_albums(scene, scene.staff)
        assert not in_albums(scene, scene.acme)


def waiting(scene: Scene) -> int:
    with closing(sqlite3.connect(scene.folder / "tickets.db")) as database:
        (number,) = database.execute("SELECT count(*) FROM inbox").fetchone()
    return int(number)


# Waiting for all parts


def part_of(
    scene: Scene, grouped_id: int, caption: str = "", reply_to: StoredMessage | None = None
) -> StoredMessage:
    """One photo of Alice's album."""
    photo = scene.world.media.photo()
    return scene.acme.say(
        scene.alice, caption, media=photo, grouped_id=grouped_id, reply_to=reply_to
    )


async def test_parts_that_come_one_by_one_are_one_album(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=1.0):
        await scene.enrol(scene.acme)
        grouped_id = scene.world.new_grouped_id()
        part_of(scene, grouped_id, "/ask what are these?")
        await eventually(lambda: waiting(scene) == 1)
        part_of(scene, grouped_id)
        await eventually(lambda: waiting(scene) == 2)
        part_of(scene, grouped_id)
        await album_of_bot(scene, scene.staff, 3)


async def test_a_waiting_album_survives_a_restart(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=60):
        await scene.enrol(scene.acme)
        media = [scene.world.media.photo() for _ in range(3)]
        scene.acme.album(scene.alice, media, "/ask what are these?")
        await eventually(lambda: waiting(scene) == 3)
    async with scene.relay(album_quiet_s=0.5):
        album = await album_of_bot(scene, scene.staff, 3)
        assert file_ids(album) == ids_of(media)


async def test_ten_parts_wait_for_nothing(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=60):
        await scene.enrol(scene.acme)
        media = [scene.world.media.photo() for _ in range(10)]
        scene.acme.album(scene.alice, media, "/ask what are these?")
        await album_of_bot(scene, scene.staff, 10)


async def test_what_the_sender_says_behind_an_album_stays_behind_it(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.5):
        question, wrapper = await a_ticket(scene)
        media = [scene.world.media.photo() for _ in range(2)]
        scene.staff.album(scene.bob, media, "these", reply_to=wrapper)
        scene.staff.say(scene.bob, "/close that was all", reply_to=wrapper)
        await scene.bot_says(scene.acme, "that was all")
        first, second, last = (m for m in scene.acme.messages if m.reply_to is question)
        assert first.text.endswith("these")
        assert first.grouped_id == second.grouped_id
        assert last.text.endswith("that was all")


async def test_late_parts_join_the_question(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.1):
        await scene.enrol(scene.acme)
        grouped_id = scene.world.new_grouped_id()
        part_of(scene, grouped_id, "/ask what are these?")
        wrapper = await scene.staff_sees("🎫")
        late = part_of(scene, grouped_id)
        copy = await scene.staff.wait_for(
            lambda m: m.sender is scene.bot and file_ids_or_none(m) == file_ids([late])
        )
        assert copy.reply_to is wrapper
        scene.staff.say(scene.bob, "to the late one", reply_to=copy)
        await scene.bot_says(scene.acme, "to the late one")
        assert len([m for m in scene.bot_messages(scene.staff) if "🎫" in m.text]) == 1


def file_ids_or_none(message: StoredMessage) -> list[int] | None:
    return None if message.media is None else file_ids([message])


async def test_late_parts_of_an_answer_go_to_the_customer_even_if_it_closed_the_ticket(
    scene: Scene,
) -> None:
    async with scene.relay(album_quiet_s=0.1):
        question, wrapper = await a_ticket(scene)
        grouped_id = scene.world.new_grouped_id()
        first, late = (scene.world.media.photo() for _ in range(2))
        scene.staff.say(
            scene.bob, "/close these", media=first, grouped_id=grouped_id, reply_to=wrapper
        )
        await scene.staff_sees("closed")
        part = scene.staff.say(scene.bob, media=late, grouped_id=grouped_id, reply_to=wrapper)
        answer = await scene.acme.wait_for(
            lambda m: m.sender is scene.bot and file_ids_or_none(m) == file_ids([part])
        )
        assert answer.reply_to is question
        assert answer.text.startswith("💬 Staff reply")


async def test_late_parts_of_a_continuation_join_it(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.1):
        _, wrapper = await a_ticket(scene)
        scene.staff.say(scene.bob, "this", reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "this")
        grouped_id = scene.world.new_grouped_id()
        part_of(scene, grouped_id, "or these?", reply_to=answer)
        await scene.staff_sees("or these?")
        scene.staff.say(scene.bob, "/close", reply_to=wrapper)
        await scene.staff_sees("closed")
        part_of(scene, grouped_id, reply_to=answer)
        await scene.staff.wait_for(
            lambda m: m.media is not None and m.text.endswith("👤 @alice\n" + "─" * 20)
        )


# Faults


@pytest.mark.parametrize("repeat", ["original", "duplicate_error"])
@pytest.mark.parametrize("fault", ["answer lost, line cut", "error 500, sent"])
async def test_an_album_arrives_once(scene: Scene, fault: str, repeat: str) -> None:
    scene.world.repeat_answer = repeat  # type: ignore[assignment]  # parametrized
    async with scene.relay(album_quiet_s=0.1):
        await scene.enrol(scene.acme)
        if fault == "error 500, sent":
            scene.telegram.faults.fail(SEND, 500, "INTERNAL", after_handler=True)
        else:
            scene.telegram.faults.lose_answer(SEND, cut=True)
        media = [scene.world.media.photo() for _ in range(3)]
        scene.acme.album(scene.alice, media, "/ask what are these?")
        album = await album_of_bot(scene, scene.staff, 3)
        scene.staff.say(scene.bob, "to the last", reply_to=album[-1])
        await scene.bot_says(scene.acme, "to the last")
        assert file_ids(in_albums(scene, scene.staff)) == ids_of(media)


async def test_references_of_an_album_are_renewed(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.1):
        await scene.enrol(scene.acme)

        async def expire(_request: TlObject, _caller: Caller) -> None:
            scene.world.files.expire_references()

        scene.telegram.faults.before(SEND, expire)
        media = [scene.world.media.photo() for _ in range(3)]
        scene.acme.album(scene.alice, media, "/ask what are these?")
        album = await album_of_bot(scene, scene.staff, 3)
        assert file_ids(album) == ids_of(media)
        assert scene.telegram.requests.count(GET) == 0


async def test_a_deleted_part_does_not_take_the_others_along(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.1):
        await scene.enrol(scene.acme)
        media = [scene.world.media.photo() for _ in range(3)]

        async def delete(_request: TlObject, _caller: Caller) -> None:
            scene.acme.delete(parts[1])
            scene.world.files.expire_references()

        scene.telegram.faults.before(SEND, delete)
        parts = scene.acme.album(scene.alice, media, "/ask what are these?")
        album = await album_of_bot(scene, scene.staff, 2)
        assert file_ids(album) == [ids_of(media)[0], ids_of(media)[2]]
        assert album[0].text == "📷 Photo\n⚠️ This cannot be copied: the message was deleted."


async def test_parts_of_an_answer_that_are_deleted_too_soon_are_told_of(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.1):
        _, wrapper = await a_ticket(scene)
        media = [scene.world.media.photo() for _ in range(4)]

        async def delete(_request: TlObject, _caller: Caller) -> None:
            scene.staff.delete(parts[1], parts[3])
            scene.world.files.expire_references()

        scene.telegram.faults.before(SEND, delete)
        parts = scene.staff.album(scene.bob, media, "these", reply_to=wrapper)
        album = await album_of_bot(scene, scene.acme, 2)
        assert file_ids(album) == [ids_of(media)[0], ids_of(media)[2]]
        confirmation = await scene.answer_to(parts[0])
        assert confirmation.text == (
            "✅ Reply sent to customer group\n"
            "⚠️ Parts of the album that were deleted too soon and not sent: 2"
        )


async def test_a_long_answer_tells_of_its_deleted_parts_too(scene: Scene) -> None:
    """Its text goes on in a second message, which is the one that is confirmed."""
    async with scene.relay(album_quiet_s=0.1):
        _, wrapper = await a_ticket(scene)
        media = [scene.world.media.photo() for _ in range(3)]

        async def delete(_request: TlObject, _caller: Caller) -> None:
            scene.staff.delete(parts[1])
            scene.world.files.expire_references()

        scene.telegram.faults.before(SEND, delete)
        words = " ".join(f"w{n}" for n in range(220))
        parts = scene.staff.album(scene.bob, media, words, reply_to=wrapper)
        await scene.staff_sees("✅ Reply sent")
        await scene.staff_sees("deleted too soon and not sent: 1")


@mixtures
async def test_protected_albums_are_uploaded_again(
    scene: Scene, make: Callable[[World], list[TlObject]]
) -> None:
    scene.world.protected_files_resent = False
    scene.acme.protected = True
    media = make(scene.world)
    async with scene.relay(album_quiet_s=0.1):
        await scene.enrol(scene.acme)
        scene.acme.album(scene.alice, media, "/ask what are these?")
        album = await album_of_bot(scene, scene.staff, len(media))
        files = scene.world.files
        for copy, original in zip(album, media, strict=True):
            before = getattr(original, "photo", None) or original.document
            after = getattr(copy.media, "photo", None) or copy.media.document
            size = "y" if hasattr(before, "sizes") else ""
            assert files.content(after, size) == files.content(before, size)


async def test_a_part_that_is_too_large_does_not_take_the_others_along(scene: Scene) -> None:
    scene.world.protected_files_resent = False
    scene.acme.protected = True
    async with scene.relay(album_quiet_s=0.1, media_cap_mb=1):
        await scene.enrol(scene.acme)
        sizes = (1_000, 1_000_001, 2_000)
        media = [scene.world.media.document(size) for size in sizes]
        scene.acme.album(scene.alice, media, "/ask what are these?")
        album = await album_of_bot(scene, scene.staff, 2)
        assert [part.media.document.size for part in album] == [1_000, 2_000]
        assert "larger than 1.0 MB. See the original message: https://t.me/c/" in album[0].text


# Commands on one of several captions


async def test_a_command_counts_on_whichever_caption_it_is(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.1):
        _, wrapper = await a_ticket(scene)
        number = wrapper.text.split("#")[1].split("\n")[0]
        asked = scene.world.new_grouped_id()
        part_of(scene, asked, "front side")
        part_of(scene, asked, "/ask back side is broken")
        second = await scene.staff_sees("back side is broken\nfront side", after=wrapper)
        assert "/ask" not in second.text
        named = scene.world.new_grouped_id()
        part_of(scene, named, "front")
        part_of(scene, named, f"/t {number} back")
        await scene.staff_sees(f"Ticket #{number})\n👤 @alice\n" + "─" * 20 + "\nback\nfront")
        closed = scene.world.new_grouped_id()
        for caption in ("left", "/close right"):
            photo = scene.world.media.photo()
            scene.staff.say(scene.bob, caption, media=photo, grouped_id=closed, reply_to=wrapper)
        await scene.staff_sees("closed")
        await album_of_bot(scene, scene.acme, 2)
        (answer,) = (m for m in scene.bot_messages(scene.acme) if "Staff reply" in m.text)
        assert answer.text.endswith("─\nright\nleft")


async def test_a_late_part_with_a_command_of_the_staff_joins_the_question(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.1):
        await scene.enrol(scene.acme)
        grouped_id = scene.world.new_grouped_id()
        part_of(scene, grouped_id, "/ask what are these?")
        wrapper = await scene.staff_sees("🎫")
        part_of(scene, grouped_id, "/done with this one")
        copy = await scene.staff_sees("with this one")
        assert copy.media is not None
        assert copy.reply_to is wrapper


# Parts that say nothing to the bot


async def passed_by(scene: Scene) -> None:
    """Wait until what Alice wrote so far is routed."""
    scene.acme.say(scene.alice, "/ask Is anybody there?")
    await scene.staff_sees("Is anybody there?")


@pytest.mark.parametrize("words", ["@support_bot what are these?", "/ask what are these?"])
async def test_a_mention_on_a_part_that_comes_late_brings_the_others_along(
    scene: Scene, words: str
) -> None:
    async with scene.relay(album_quiet_s=0.1):
        await scene.enrol(scene.acme)
        grouped_id = scene.world.new_grouped_id()
        silent = [part_of(scene, grouped_id), part_of(scene, grouped_id)]
        await passed_by(scene)
        album = [*silent, part_of(scene, grouped_id, words)]
        wrapper = await scene.staff_sees("what are these?")
        assert wrapper.text.endswith("─\n📷 Photo × 3\nwhat are these?")
        assert file_ids(await album_of_bot(scene, scene.staff, 3)) == file_ids(album)
        scene.staff.say(scene.bob, "flowers", reply_to=wrapper)
        assert (await scene.bot_says(scene.acme, "flowers")).reply_to is album[0]


async def test_an_album_that_is_edited_into_a_question_comes_whole(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.1):
        await scene.enrol(scene.acme)
        media = [scene.world.media.photo() for _ in range(3)]
        parts = scene.acme.album(scene.alice, media, "holidays")
        scene.acme.album(scene.alice, [scene.world.media.photo() for _ in range(2)], "others")
        await passed_by(scene)
        scene.acme.edit(parts[1], "@support_bot what are these?")
        wrapper = await scene.staff_sees("what are these?")
        assert wrapper.text.endswith("─\n📷 Photo × 3\nholidays\nwhat are these?")
        assert file_ids(await album_of_bot(scene, scene.staff, 3)) == ids_of(media)


async def test_a_ticket_named_on_a_late_part_gets_the_whole_album(scene: Scene) -> None:
    async with scene.relay(album_quiet_s=0.1):
        _, wrapper = await a_ticket(scene)
        number = wrapper.text.split("#")[1].split("\n")[0]
        grouped_id = scene.world.new_grouped_id()
        silent = part_of(scene, grouped_id)
        await passed_by(scene)
        album = [silent, part_of(scene, grouped_id, f"/t {number} and these?")]
        assert file_ids(await album_of_bot(scene, scene.staff, 2)) == file_ids(album)


async def test_a_question_need_not_wait_for_its_album_to_be_told(scene: Scene) -> None:
    """Where Telegram refuses, what is there is asked."""
    async with scene.relay(album_quiet_s=0.1):
        await scene.enrol(scene.acme)
        get = functions.channels.GetMessagesRequest
        scene.telegram.faults.fail(get, 400, "CHANNEL_INVALID")
        media = [scene.world.media.photo() for _ in range(2)]
        scene.acme.album(scene.alice, media, "/ask what are these?")
        assert file_ids(await album_of_bot(scene, scene.staff, 2)) == ids_of(media)
        assert scene.telegram.faults.counts
