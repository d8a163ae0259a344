"""What becomes of media that cannot be copied as usual: the next way, and a plain word at the end.

The ways: sent again by the file reference, with a fresh one; forwarded without the author;
downloaded and uploaded again; a link for the staff, "not sent" for a staff member.
"""

from __future__ import annotations

import pytest
from telethon.tl import functions, types

from tests.clocks import LeapingClock
from tests.e2e.media_kinds import CAPTIONED, FILES, FORWARDED, REBUILT, Kind
from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import Group, StoredMessage
from tests.scene import Scene

SEND = functions.messages.SendMediaRequest
GET_MESSAGES = functions.channels.GetMessagesRequest
FORWARD = functions.messages.ForwardMessagesRequest
GET = functions.upload.GetFileRequest
SAVE = functions.upload.SaveFilePartRequest
SAVE_BIG = functions.upload.SaveBigFilePartRequest
MESSAGE = functions.messages.SendMessageRequest

PART = 512 * 1024

files = pytest.mark.parametrize("kind", FILES.values(), ids=FILES)


def link_to(message: StoredMessage) -> str:
    return f"https://t.me/c/{str(message.chat.marked_id)[4:]}/{message.id}"


async def media_of_bot(scene: Scene, group: Group) -> StoredMessage:
    return await group.wait_for(lambda m: m.sender is scene.bot and m.media is not None)


def media_messages(scene: Scene, group: Group) -> list[StoredMessage]:
    return [m for m in scene.bot_messages(group) if m.media is not None]


def content(scene: Scene, media: TlObject) -> bytes:
    """The bytes of a file; of a photo those of its largest size."""
    file = getattr(media, "photo", None) or media.document
    size = file.sizes[-1].type if isinstance(file, types.Photo) else ""
    return scene.world.files.content(file, size)


async def expire(scene: Scene) -> None:
    """Make every file reference that the relay has invalid, in the moment before it is used."""

    async def now(_request: TlObject, _caller: Caller) -> None:
        scene.world.files.expire_references()

    scene.telegram.faults.before(SEND, now)


async def asked(scene: Scene) -> StoredMessage:
    """The wrapper of a question."""
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask Which one?")
    return await scene.staff_sees("🎫")


# A fresh file reference


@files
async def test_an_expired_reference_is_fetched_anew(scene: Scene, kind: Kind) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        original: TlObject = kind.make(scene.world)
        await expire(scene)
        scene.acme.say(scene.alice, "/ask look", media=original)
        copy = await media_of_bot(scene, scene.staff)
        assert kind.same(copy.media, original)
        assert scene.telegram.requests.count(GET) == 0
        assert len(media_messages(scene, scene.staff)) == 1


async def test_a_send_without_an_answer_is_not_made_anew_for_its_reference(scene: Scene) -> None:
    """The reference expires between two attempts of which the first arrived."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.telegram.faults.lose_answer(SEND, cut=True)
        await expire(scene)
        scene.acme.say(scene.alice, "/ask look", media=scene.world.media.photo())
        copy = await media_of_bot(scene, scene.staff)
        scene.staff.say(scene.bob, "seen", reply_to=copy)
        await scene.bot_says(scene.acme, "seen")
        assert len(media_messages(scene, scene.staff)) == 1


async def test_what_is_deleted_before_it_is_copied_is_copied_all_the_same(scene: Scene) -> None:
    """Its reference is still good."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        hold = scene.telegram.faults.hold_answer(MESSAGE)
        question = scene.acme.say(scene.alice, "/ask look", media=scene.world.media.photo())
        await hold.reached()
        scene.acme.delete(question)
        hold.release()
        copy = await media_of_bot(scene, scene.staff)
        scene.staff.say(scene.bob, "seen", reply_to=copy)
        await scene.bot_says(scene.acme, "seen")


@pytest.mark.parametrize("kind", [FILES["photo"], FILES["sticker"], FORWARDED["dice"]])
async def test_what_was_deleted_and_cannot_be_copied_is_said_to_be(
    scene: Scene, kind: Kind
) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        hold = scene.telegram.faults.hold_answer(MESSAGE)
        question = scene.acme.say(scene.alice, "/ask look", media=kind.make(scene.world))
        wrapper = await scene.staff_sees("🎫")
        await hold.reached()
        scene.acme.delete(question)
        scene.world.files.expire_references()
        hold.release()
        notice = await scene.staff_sees("⚠️ This cannot be copied: the message was deleted.")
        assert notice.text.startswith(kind.label)
        assert notice.reply_to is wrapper
        assert "t.me" not in notice.text
        assert not media_messages(scene, scene.staff)


async def test_a_staff_answer_deleted_too_soon_is_not_sent(scene: Scene) -> None:
    async with scene.relay():
        wrapper = await asked(scene)

        async def delete(_request: TlObject, _caller: Caller) -> None:
            scene.staff.delete(answer)
            scene.world.files.expire_references()

        scene.telegram.faults.before(SEND, delete)
        photo = scene.world.media.photo()
        answer = scene.staff.say(scene.bob, "this", media=photo, reply_to=wrapper)
        failed = await scene.staff_sees("❌ Send failed: ")
        assert failed.text.endswith("the message was deleted before it could be copied")
        assert not media_messages(scene, scene.acme)
        assert not [m for m in scene.acme.messages if "this" in m.text]


async def test_an_answer_waits_while_its_media_cannot_be_looked_up(scene: Scene) -> None:
    """The bot is put out of the staff group between the answer and its way to the customer."""
    async with LeapingClock().running() as leaping, scene.relay(leaping.clock()):
        wrapper = await asked(scene)

        async def put_out(_request: TlObject, _caller: Caller) -> None:
            scene.staff.kick(scene.bot, ban=False)
            scene.world.files.expire_references()

        scene.telegram.faults.before(SEND, put_out)
        scene.telegram.faults.fail(GET_MESSAGES, 420, "FLOOD_WAIT_1")
        photo = scene.world.media.photo()
        scene.staff.say(scene.bob, "this", media=photo, reply_to=wrapper)
        await scene.telegram.wait_for_request(GET_MESSAGES, 3)
        scene.staff.add(scene.bot)
        answer = await scene.bot_says(scene.acme, "this")
        assert answer.media is not None
        assert not [m for m in scene.bot_messages(scene.staff) if "❌" in m.text]


# Forwarding


@pytest.mark.parametrize("kind", FORWARDED.values(), ids=FORWARDED)
async def test_what_cannot_be_forwarded_is_linked_to(scene: Scene, kind: Kind) -> None:
    scene.acme.protected = True
    async with scene.relay():
        await scene.enrol(scene.acme)
        question = scene.acme.say(scene.alice, "/ask look", media=kind.make(scene.world))
        wrapper = await scene.staff_sees("🎫")
        notice = await scene.staff_sees("⚠️ This cannot be copied. See the original message:")
        assert notice.reply_to is wrapper
        assert notice.text.startswith(kind.label)
        assert link_to(question) in notice.text


@pytest.mark.parametrize("kind", [FORWARDED["dice"], FILES["sticker"]])
async def test_media_that_fail_below_their_text_are_told_of_on_both_sides(
    scene: Scene, kind: Kind
) -> None:
    """The text is there already when that shows. The customer reads of it once, and can reply."""
    scene.staff.protected = True
    scene.acme.restrict(scene.bot, send_stickers=True)
    async with scene.relay():
        wrapper = await asked(scene)
        media = kind.make(scene.world)
        answer = scene.staff.say(scene.bob, media=media, reply_to=wrapper)
        failed = await scene.staff_sees("❌ Send failed: ")
        assert failed.reply_to is answer
        assert "The customer has the text" in failed.text
        notice = await scene.bot_says(scene.acme, "⚠️ This could not be shown here:")
        assert kind.label in notice.text
        header = await scene.bot_says(scene.acme, "💬 Staff reply")
        assert header.reply_to is notice.reply_to
        scene.acme.say(scene.alice, "What was it?", reply_to=notice)
        await scene.staff_sees("What was it?")
    assert not media_messages(scene, scene.acme)
    assert len(scene.bot_messages(scene.acme)) == 3  # the hint, the text, the notice
    shown = "".join(m.text for m in scene.bot_messages(scene.acme))
    assert "t.me" not in shown
    assert "FORBIDDEN" not in shown


async def test_what_goes_with_media_that_fail_does_not_go_alone(scene: Scene) -> None:
    """The rest of a long caption says nothing without its beginning."""
    scene.acme.restrict(scene.bot, send_photos=True)
    async with scene.relay():
        wrapper = await asked(scene)
        words = " ".join(f"w{n}" for n in range(220))
        photo = scene.world.media.photo()
        answer = scene.staff.say(scene.bob, words, media=photo, reply_to=wrapper)
        failed = await scene.staff_sees("❌ Send failed: ")
        scene.staff.say(scene.bob, "Here it is", reply_to=wrapper)
        await scene.bot_says(scene.acme, "Here it is")
        assert not [m for m in scene.acme.messages if "w219" in m.text]
        assert "The customer has the text" not in failed.text

        scene.acme.promote(scene.bot)
        scene.staff.say(scene.bob, "/retry", reply_to=answer)
        await scene.bot_says(scene.acme, "w219")
        first, last = (m for m in scene.bot_messages(scene.acme)[2:])
        assert (first.media is not None, last.media is None) == (True, True)


@pytest.mark.parametrize("repeat", ["original", "duplicate_error"])
async def test_a_forward_without_an_answer_arrives_once(scene: Scene, repeat: str) -> None:
    scene.world.repeat_answer = repeat  # type: ignore[assignment]  # parametrized
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.telegram.faults.lose_answer(FORWARD, cut=True)
        scene.acme.say(scene.alice, "/ask look", media=scene.world.media.dice())
        copy = await media_of_bot(scene, scene.staff)
        scene.staff.say(scene.bob, "seen", reply_to=copy)
        await scene.bot_says(scene.acme, "seen")
        assert len(media_messages(scene, scene.staff)) == 1


# Downloading and uploading


@files
async def test_files_of_protected_chats_are_uploaded_again(scene: Scene, kind: Kind) -> None:
    scene.world.protected_files_resent = False
    scene.acme.protected = True
    async with scene.relay():
        await scene.enrol(scene.acme)
        original: TlObject = kind.make(scene.world)
        scene.acme.say(scene.alice, "/ask look", media=original)
        wrapper = await scene.staff_sees("🎫")
        copy = await media_of_bot(scene, scene.staff)
        assert copy.reply_to is wrapper
        assert content(scene, copy.media) == content(scene, original)
        if isinstance(original, types.MessageMediaDocument):
            before, after = original.document, copy.media.document
            assert [bytes(a) for a in after.attributes] == [bytes(a) for a in before.attributes]
            assert after.mime_type == before.mime_type
        assert len(media_messages(scene, scene.staff)) == 1
        assert not [m for m in scene.bot_messages(scene.staff) if "cannot be copied" in m.text]


@pytest.mark.parametrize("kind", CAPTIONED.values(), ids=CAPTIONED)
async def test_a_protected_staff_group_answers_with_media_too(scene: Scene, kind: Kind) -> None:
    scene.world.protected_files_resent = False
    scene.staff.protected = True
    async with scene.relay():
        wrapper = await asked(scene)
        original: TlObject = kind.make(scene.world)
        scene.staff.say(scene.bob, "this one", media=original, reply_to=wrapper)
        answer = await scene.bot_says(scene.acme, "this one")
        assert content(scene, answer.media) == content(scene, original)
        await scene.staff_sees("✅ Reply sent")


@pytest.mark.parametrize("kind", REBUILT.values(), ids=REBUILT)
async def test_what_is_rebuilt_needs_no_leave(scene: Scene, kind: Kind) -> None:
    scene.world.protected_files_resent = False
    scene.acme.protected = True
    async with scene.relay():
        await scene.enrol(scene.acme)
        original: TlObject = kind.make(scene.world)
        scene.acme.say(scene.alice, "/ask look", media=original)
        assert kind.same((await media_of_bot(scene, scene.staff)).media, original)


@pytest.mark.parametrize("size", [1, PART, PART + 1, 3 * PART + 5, 11 * 1024 * 1024])
async def test_a_file_goes_part_by_part(scene: Scene, size: int) -> None:
    """Each part is uploaded before the next is asked for: never more than one is held."""
    scene.world.protected_files_resent = False
    scene.acme.protected = True
    async with scene.relay():
        await scene.enrol(scene.acme)
        original = scene.world.media.document(size)
        scene.acme.say(scene.alice, "/ask look", media=original)
        copy = await media_of_bot(scene, scene.staff)
        assert content(scene, copy.media) == content(scene, original)
        moves = [
            request
            for _, request, _ in scene.telegram.requests
            if isinstance(request, GET | SAVE | SAVE_BIG)
        ]
        assert len(moves) == 2 * -(-size // PART)
        assert all(isinstance(request, GET) for request in moves[::2])
        assert all(isinstance(request, SAVE | SAVE_BIG) for request in moves[1::2])
        assert all(request.limit <= PART for request in moves[::2])


async def test_a_line_cut_in_the_middle_of_an_upload(scene: Scene) -> None:
    scene.world.protected_files_resent = False
    scene.acme.protected = True
    faults = scene.telegram.faults
    async with scene.relay():
        await scene.enrol(scene.acme)
        faults.lose_answer(GET, cut=True)
        faults.lose_answer(SAVE, cut=True)
        faults.fail(GET, 500, "INTERNAL")
        faults.fail(SAVE, 420, "FLOOD_PREMIUM_WAIT_1")
        faults.lose_answer(SEND, cut=True)
        original = scene.world.media.document(2 * PART)
        scene.acme.say(scene.alice, "/ask look", media=original)
        copy = await media_of_bot(scene, scene.staff)
        assert content(scene, copy.media) == content(scene, original)
        scene.staff.say(scene.bob, "seen", reply_to=copy)
        await scene.bot_says(scene.acme, "seen")
        assert len(media_messages(scene, scene.staff)) == 1
    assert sum(faults.counts.values()) == 5


async def test_a_reference_that_expires_during_the_download(scene: Scene) -> None:
    scene.world.protected_files_resent = False
    scene.acme.protected = True
    async with scene.relay():
        await scene.enrol(scene.acme)

        async def expire_now(_request: TlObject, _caller: Caller) -> None:
            scene.world.files.expire_references()

        scene.telegram.faults.after(GET, expire_now)
        original = scene.world.media.document(2 * PART)
        scene.acme.say(scene.alice, "/ask look", media=original)
        copy = await media_of_bot(scene, scene.staff)
        assert content(scene, copy.media) == content(scene, original)


async def test_a_file_that_is_too_large_is_linked_to(scene: Scene) -> None:
    scene.world.protected_files_resent = False
    scene.acme.protected = True
    async with scene.relay(media_cap_mb=1):
        await scene.enrol(scene.acme)
        question = scene.acme.say(
            scene.alice, "/ask look", media=scene.world.media.document(1_000_001)
        )
        notice = await scene.staff_sees("⚠️ This cannot be copied: it is larger than 1.0 MB.")
        assert notice.text.startswith("📄 Document: report.pdf (1.0 MB)\n")
        assert link_to(question) in notice.text
        assert scene.telegram.requests.count(GET) == 0

        # What can be copied without a download has no such limit.
        wrapper = await scene.staff_sees("🎫")
        scene.staff.say(
            scene.bob, "all", media=scene.world.media.document(1_000_001), reply_to=wrapper
        )
        assert (await scene.bot_says(scene.acme, "all")).media is not None


async def test_an_answer_with_a_file_that_is_too_large_is_not_sent(scene: Scene) -> None:
    scene.world.protected_files_resent = False
    scene.staff.protected = True
    async with scene.relay(media_cap_mb=1):
        wrapper = await asked(scene)
        media = scene.world.media.document(1_000_001)
        answer = scene.staff.say(scene.bob, "all", media=media, reply_to=wrapper)
        failed = await scene.staff_sees("❌ Send failed: the file is larger than 1.0 MB")
        assert failed.reply_to is answer
        assert not [m for m in scene.acme.messages if "all" in m.text]


HOSTILE = {
    "turned around": ("invoice\u202efdp.exe", "invoicefdp.exe"),
    "lines": ("a\n🎫 Ticket #1\n👤 User: @ceo.pdf", "a 🎫 Ticket #1 👤 User: @ceo.pdf"),
    "markup": ("**b** <b>x</b> [a](tg://user?id=1).txt", "**b** <b>x</b> [a](tg://user?id=1).txt"),
    "a path": ("../../etc/passwd\x00", "../../etc/passwd"),
    "a template": ("{ticket} {0}.txt", "{ticket} {0}.txt"),
    "too long": ("x" * 3000 + ".tar.gz", "x" * 103 + "…" + "x" * 17 + ".tar.gz"),
}


@pytest.mark.parametrize("name, shown", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_file_names(scene: Scene, name: str, shown: str) -> None:
    scene.world.protected_files_resent = False
    scene.acme.protected = True
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.acme.say(scene.alice, "/ask look", media=scene.world.media.document(name=name))
        wrapper = await scene.staff_sees("🎫")
        lines = wrapper.text.split("─\n")[1].splitlines()
        assert lines == [f"📄 Document: {shown} (20 KB)", "look"]
        copy = await media_of_bot(scene, scene.staff)
        (attribute,) = copy.media.document.attributes
        assert attribute.file_name == shown
