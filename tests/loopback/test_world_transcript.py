"""Chats as a terminal shows them."""

from __future__ import annotations

from telethon.tl import types

from tests.loopback.transcript import describe, render
from tests.loopback.world import World


def test_a_conversation() -> None:
    world = World(seed=1)
    alice = world.add_user("Alice", username="alice")
    bob = world.add_user("Bob", last_name="Jones")
    bot = world.add_bot("Support", username="support_bot", privacy=False)
    group = world.add_supergroup("Acme", members=[alice, bob, bot])
    question = group.say(
        alice, "@support_bot how do I reset\nmy password? I have tried everything there is"
    )
    mention = types.MessageEntityMentionName(3, 5, alice.id)
    answer = group.say(bot, "😀 Alice: like this", reply_to=question, entities=[mention])
    group.say(alice, "thanks", media=world.media.photo(12_345), reply_to=answer)
    group.react(bot, question, "👍")
    gone = group.say(bob, "gone")
    group.say(bob, "what?", reply_to=gone)
    group.delete(gone)
    group.edit(group.messages[-1], "what was that?")
    group.forward(bob, question, drop_author=True)
    group.forward(bob, answer)
    group.promote(bob, anonymous=True)
    group.say(bob, "from all of us")
    group.leave(alice)

    shown = render(group)

    assert shown == "\n".join(
        [
            "── Acme ────────────────────────────────────────────────────",
            "  * Owner created the group",
            "Alice:",
            "    [@support_bot] how do I reset",
            "    my password? I have tried everything there is",
            "    👍",
            "Support (bot):",
            "    ↪ Alice: @support_bot how do I reset my password…",
            "    😀 [Alice → Alice]: like this",
            "Alice:",
            "    ↪ Support (bot): 😀 Alice: like this",
            "    [photo 12 KB]",
            "    thanks",
            "Bob Jones: (edited)",
            "    ↪ Bob Jones: [deleted message]",
            "    what was that?",
            "Bob Jones:",
            "    [@support_bot] how do I reset",
            "    my password? I have tried everything there is",
            "Bob Jones: (forwarded from Support)",
            "    😀 [Alice → Alice]: like this",
            "Acme (anonymous admin):",
            "    from all of us",
            "  * Alice left",
        ]
    )


def test_media_is_named_for_what_it_is() -> None:
    media = World(seed=1).media

    assert [
        describe(each)
        for each in (
            media.photo(999),
            media.document(2_500_000, name="a.zip"),
            media.voice(3_000),
            media.audio(4_000),
            media.video(5_000),
            media.video_note(6_000),
            media.animation(7_000),
            media.sticker("🐈"),
            media.contact("+123", "Carol"),
            media.geo(1.5, 2.25),
            media.live_location(1.5, 2.25),
            media.venue(1.5, 2.25, "Cafe", "Street 1"),
            media.poll("Why?", "a", "b"),
            media.game("Chess"),
            media.invoice("Bill", 1_050),
            media.web_page("https://example.org"),
            types.MessageMediaUnsupported(),
        )
    ] == [
        "[photo 999 B]",
        "[document a.zip 2.5 MB]",
        "[voice 3 KB]",
        "[audio song.mp3 4 KB]",
        "[video video.mp4 5 KB]",
        "[video note 6 KB]",
        "[animation animation.mp4 7 KB]",
        "[sticker 🐈]",
        "[contact Carol +123]",
        "[location 1.5000, 2.2500]",
        "[live location 1.5000, 2.2500]",
        "[venue Cafe, Street 1]",
        "[poll Why?]",
        "[game Chess]",
        "[invoice Bill 10.50 EUR]",
        "[link https://example.org]",
        "[unsupported]",
    ]
