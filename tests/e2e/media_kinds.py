"""Every kind of media that there is, for the tests of how each is copied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.loopback.rpc import TlObject
from tests.loopback.world import World

Make = Callable[[World], TlObject]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of media, and how the staff read of it."""

    make: Make
    label: str

    def same(self, copy: TlObject, original: TlObject) -> bool:
        """Whether the copy is what was sent."""
        return _essence(copy) == _essence(original)


def _essence(media: TlObject) -> object:
    """What people see of media: of a file which file it is, of the rest what it says. A live
    location is a location once it is copied."""
    name = type(media).__name__.removeprefix("MessageMedia").replace("GeoLive", "Geo")
    for attribute in ("photo", "document"):
        file = getattr(media, attribute, None)
        if file is not None:
            return name, file.id
    facts: dict[str, Callable[[], object]] = {
        "Contact": lambda: (media.phone_number, media.first_name, media.last_name, media.vcard),
        "Geo": lambda: (media.geo.lat, media.geo.long),
        "Venue": lambda: (media.geo.lat, media.geo.long, media.title, media.address),
        "Poll": lambda: (
            media.poll.question.text,
            [answer.text.text for answer in media.poll.answers],
            bool(media.poll.quiz),
        ),
        "Dice": lambda: (media.emoticon, media.value),
        "Game": lambda: media.game.id,
        "Story": lambda: (media.peer.user_id, media.id),
        "Invoice": lambda: (media.title, media.total_amount),
    }
    return name, facts[name]()


CAPTIONED = {
    "photo": Kind(lambda w: w.media.photo(), "📷 Photo"),
    "video": Kind(lambda w: w.media.video(), "🎬 Video: video.mp4 (0:05, 50 KB)"),
    "document": Kind(lambda w: w.media.document(), "📄 Document: report.pdf (20 KB)"),
    "voice": Kind(lambda w: w.media.voice(), "🎤 Voice message (0:03)"),
    "audio": Kind(lambda w: w.media.audio(), "🎵 Music: Somebody – Song (3:00, 40 KB)"),
    "animation": Kind(lambda w: w.media.animation(), "🎞 GIF: animation.mp4 (0:02, 30 KB)"),
}
"""Sent again as files, header and text as their caption."""

BARE_FILES = {
    "video note": Kind(lambda w: w.media.video_note(), "📹 Video message (0:05)"),
    "sticker": Kind(lambda w: w.media.sticker(), "🌟 Sticker: 👍"),
}
"""Sent again as files, below a text."""

REBUILT = {
    "contact": Kind(
        lambda w: w.media.contact("+4915100", "Zoë", "Doe"), "👤 Contact: Zoë Doe, +4915100"
    ),
    "location": Kind(lambda w: w.media.geo(52.52, 13.4), "📍 Location"),
    "live location": Kind(lambda w: w.media.live_location(52.52, 13.4), "📍 Live location"),
    "venue": Kind(
        lambda w: w.media.venue(52.52, 13.4, "Town Hall", "Main St 1"), "📍 Place: Town Hall"
    ),
    "poll": Kind(lambda w: w.media.poll("Tea?", "Yes", "No"), "📊 Poll: Tea?"),
    "finished quiz": Kind(
        lambda w: w.media.poll("2+2?", "3", "4", quiz=True, told_answer=1), "📊 Poll: 2+2?"
    ),
}
"""Built again from what they say, below a text."""

FORWARDED = {
    "dice": Kind(lambda w: w.media.dice("🎯"), "🎲 Dice: 🎯"),
    "game": Kind(lambda w: w.media.game("Chess"), "🎮 Game: Chess"),
    "story": Kind(lambda w: w.media.story(), "📖 Story"),
    "invoice": Kind(lambda w: w.media.invoice("Premium"), "💳 Invoice: Premium"),
}
"""Forwarded without their author, below a text; a forwarded message replies to nothing."""

NOT_COPYABLE = {
    "running quiz": Kind(lambda w: w.media.poll("2+2?", "3", "4", quiz=True), "📊 Quiz: 2+2?"),
    "self-destructing photo": Kind(
        lambda w: w.media.self_destructing_photo(), "⏳ Self-destructing media"
    ),
    "self-destructed photo": Kind(
        lambda w: w.media.self_destructed_photo(), "⏳ Self-destructing media"
    ),
    "giveaway": Kind(lambda w: w.media.giveaway(), "🎁 Giveaway"),
    "paid media": Kind(lambda w: w.media.paid_media(), "💳 Paid media"),
    "checklist": Kind(lambda w: w.media.checklist("To pack", "Tea"), "☑️ Checklist: To pack"),
    "newer media": Kind(lambda w: w.media.unsupported(), "❓ Unsupported message"),
}
"""Named, with a link to the original."""

FILES = CAPTIONED | BARE_FILES
COPYABLE = FILES | REBUILT | FORWARDED
