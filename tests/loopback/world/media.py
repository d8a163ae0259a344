"""Media as people send them, ready for `chat.say(…, media=…)`."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from tests.loopback.rpc import TlObject

if TYPE_CHECKING:
    from tests.loopback.world.world import World

_UNKNOWN = bytes.fromhex("a1647e7e 01000000")
"""A constructor that is in no layer, and an argument of it."""

_HIGHEST_DICE = {"🏀": 5, "⚽": 5, "🎰": 64}


class MediaMaker:
    """Makes stored media. Content is given, or drawn: so many bytes that are never the same."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = Random(world.random.random())

    def _content(self, content: bytes | int) -> bytes:
        return self._random.randbytes(content) if isinstance(content, int) else content

    def photo(self, content: bytes | int = 12_000) -> TlObject:
        return types.MessageMediaPhoto(photo=self._world.files.photo(self._content(content)))

    def document(
        self,
        content: bytes | int = 20_000,
        *,
        name: str | None = "report.pdf",
        mime_type: str = "application/pdf",
        attributes: tuple[TlObject, ...] = (),
    ) -> TlObject:
        named = () if name is None else (types.DocumentAttributeFilename(name),)
        document = self._world.files.document(
            self._content(content), mime_type, (*attributes, *named)
        )
        return types.MessageMediaDocument(document=document)

    def video(self, content: bytes | int = 50_000, *, seconds: float = 5.0) -> TlObject:
        attribute = types.DocumentAttributeVideo(seconds, 640, 360, supports_streaming=True)
        media = self.document(
            content, name="video.mp4", mime_type="video/mp4", attributes=(attribute,)
        )
        media.video = True
        return media

    def video_note(self, content: bytes | int = 30_000, *, seconds: float = 5.0) -> TlObject:
        attribute = types.DocumentAttributeVideo(seconds, 240, 240, round_message=True)
        media = self.document(content, name=None, mime_type="video/mp4", attributes=(attribute,))
        media.round = True
        return media

    def animation(self, content: bytes | int = 30_000) -> TlObject:
        attributes = (
            types.DocumentAttributeVideo(2.0, 320, 240, nosound=True),
            types.DocumentAttributeAnimated(),
        )
        return self.document(
            content, name="animation.mp4", mime_type="video/mp4", attributes=attributes
        )

    def voice(self, content: bytes | int = 8_000, *, seconds: int = 3) -> TlObject:
        attribute = types.DocumentAttributeAudio(seconds, voice=True, waveform=bytes(63))
        media = self.document(content, name=None, mime_type="audio/ogg", attributes=(attribute,))
        media.voice = True
        return media

    def audio(
        self, content: bytes | int = 40_000, *, title: str = "Song", seconds: int = 180
    ) -> TlObject:
        attribute = types.DocumentAttributeAudio(seconds, title=title, performer="Somebody")
        return self.document(
            content, name="song.mp3", mime_type="audio/mpeg", attributes=(attribute,)
        )

    def sticker(self, emoji: str = "👍") -> TlObject:
        attributes = (
            types.DocumentAttributeImageSize(512, 512),
            types.DocumentAttributeSticker(emoji, types.InputStickerSetEmpty()),
        )
        return self.document(
            6_000, name="sticker.webp", mime_type="image/webp", attributes=attributes
        )

    def contact(self, phone_number: str, first_name: str, last_name: str = "") -> TlObject:
        known = self._world.user_by_phone(phone_number)
        return types.MessageMediaContact(
            phone_number, first_name, last_name, "", 0 if known is None else known.id
        )

    def point(self, latitude: float, longitude: float) -> TlObject:
        return types.GeoPoint(longitude, latitude, self._random.getrandbits(63))

    def geo(self, latitude: float, longitude: float) -> TlObject:
        return types.MessageMediaGeo(self.point(latitude, longitude))

    def live_location(self, latitude: float, longitude: float, period: int = 900) -> TlObject:
        return types.MessageMediaGeoLive(self.point(latitude, longitude), period)

    def venue(self, latitude: float, longitude: float, title: str, address: str) -> TlObject:
        return types.MessageMediaVenue(
            self.point(latitude, longitude), title, address, "foursquare", "", ""
        )

    def dice(self, emoticon: str = "🎲") -> TlObject:
        """Thrown anew each time. https://core.telegram.org/api/dice"""
        value = self._random.randint(1, _HIGHEST_DICE.get(emoticon, 6))
        return types.MessageMediaDice(value, emoticon)

    def poll(
        self, question: str, *answers: str, quiz: bool = False, told_answer: int | None = None
    ) -> TlObject:
        """`told_answer`: the place of the right answer of a quiz that is over; a running one tells
        it to nobody."""
        choices = [
            types.PollAnswer(types.TextWithEntities(answer, []), bytes([number]))
            for number, answer in enumerate(answers)
        ]
        poll = types.Poll(
            id=self.new_id(),
            question=types.TextWithEntities(question, []),
            answers=choices,
            hash=0,
            quiz=quiz or None,
            closed=(told_answer is not None) or None,
        )
        votes = [
            types.PollAnswerVoters(answer.option, correct=(place == told_answer) or None)
            for place, answer in enumerate(choices)
        ]
        told = None if told_answer is None else votes
        return types.MessageMediaPoll(poll, types.PollResults(results=told))

    def new_id(self) -> int:
        return self._random.getrandbits(62)

    def game(self, title: str = "Game") -> TlObject:
        return types.MessageMediaGame(
            types.Game(
                id=self.new_id(),
                access_hash=self._random.getrandbits(63),
                short_name=title.lower(),
                title=title,
                description="",
                photo=self._world.files.photo(self._random.randbytes(2_000)),
            )
        )

    def story(self, number: int = 1) -> TlObject:
        """A story that somebody shares. Whose it is, nobody asks."""
        return types.MessageMediaStory(types.PeerUser(self.new_id() % 10**9), number)

    def giveaway(self) -> TlObject:
        return types.MessageMediaGiveaway([], 1, self._world.now())

    def paid_media(self, stars: int = 5) -> TlObject:
        return types.MessageMediaPaidMedia(stars, [types.MessageExtendedMediaPreview()])

    def checklist(self, title: str, *items: str) -> TlObject:
        tasks = [
            types.TodoItem(number, types.TextWithEntities(item, []))
            for number, item in enumerate(items, start=1)
        ]
        return types.MessageMediaToDo(types.TodoList(types.TextWithEntities(title, []), tasks))

    def unsupported(self) -> TlObject:
        """What Telegram sends in place of media that the client's layer does not know."""
        return types.MessageMediaUnsupported()

    def of_a_newer_layer(self) -> TlObject:
        """What a client gets that Telegram takes for a newer one: it cannot read any of the answer
        or the updates that this is in. https://core.telegram.org/api/invoking#layers"""
        return _OfANewerLayer()

    def invoice(self, title: str = "Invoice", amount: int = 1_000) -> TlObject:
        return types.MessageMediaInvoice(title, "", "EUR", amount, "")

    def web_page(self, url: str, title: str = "A page") -> TlObject:
        return types.MessageMediaWebPage(types.WebPage(self.new_id(), url, url, 0, title=title))

    def self_destructed_photo(self, seconds: int = 10) -> TlObject:
        """One that is gone already."""
        return types.MessageMediaPhoto(ttl_seconds=seconds)

    def self_destructing_photo(self, seconds: int = 10) -> TlObject:
        media = self.photo()
        media.ttl_seconds = seconds
        return media


class _OfANewerLayer(TLObject):
    def _bytes(self) -> bytes:
        return _UNKNOWN

    def to_dict(self) -> dict[str, str]:
        return {"_": "OfANewerLayer"}
