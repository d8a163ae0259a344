"""InputMedia as stored media. https://core.telegram.org/type/InputMedia"""

from __future__ import annotations

import copy
from collections.abc import Callable

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.world import World


def media_of(world: World, sender: Person, given: TlObject) -> TlObject:
    """What is stored for an InputMedia. Raises what Telegram answers for files that are missing
    or whose reference is no good."""
    make = _MAKERS.get(type(given))
    if make is None:
        raise NotImplementedError(type(given).__name__)
    return make(world, sender, given)


def _empty(world: World, sender: Person, given: TlObject) -> TlObject:
    raise refusal("MEDIA_EMPTY")


def _uploaded_photo(world: World, sender: Person, given: TlObject) -> TlObject:
    content = world.uploads.whole(sender, given.file)
    return types.MessageMediaPhoto(
        photo=world.files.photo(content), spoiler=given.spoiler, ttl_seconds=given.ttl_seconds
    )


def _uploaded_document(world: World, sender: Person, given: TlObject) -> TlObject:
    content = world.uploads.whole(sender, given.file)
    if given.thumb is not None:
        world.uploads.whole(sender, given.thumb)  # has to be there; nothing reads it
    document = world.files.document(content, given.mime_type, given.attributes)
    return _document_media(document, given)


def _photo(world: World, sender: Person, given: TlObject) -> TlObject:
    photo = world.files.opened(given.id, types.Photo)
    world.files.check_may_resend(photo)
    return types.MessageMediaPhoto(
        photo=photo, spoiler=given.spoiler, ttl_seconds=given.ttl_seconds
    )


def _document(world: World, sender: Person, given: TlObject) -> TlObject:
    document = world.files.opened(given.id, types.Document)
    world.files.check_may_resend(document)
    return _document_media(document, given)


def _document_media(document: TlObject, given: TlObject) -> TlObject:
    by_type = {type(attribute): attribute for attribute in document.attributes}
    video = by_type.get(types.DocumentAttributeVideo)
    audio = by_type.get(types.DocumentAttributeAudio)
    animated = types.DocumentAttributeAnimated in by_type
    is_round = video is not None and bool(video.round_message)
    return types.MessageMediaDocument(
        document=document,
        spoiler=given.spoiler,
        ttl_seconds=given.ttl_seconds,
        video=(video is not None and not is_round and not animated) or None,
        round=is_round or None,
        voice=(audio is not None and bool(audio.voice)) or None,
    )


def _contact(world: World, sender: Person, given: TlObject) -> TlObject:
    media = world.media.contact(given.phone_number, given.first_name, given.last_name)
    media.vcard = given.vcard
    return media


def _point(world: World, given: TlObject) -> TlObject:
    if not isinstance(given, types.InputGeoPoint):
        raise refusal("MEDIA_EMPTY")
    return world.media.point(given.lat, given.long)


def _geo(world: World, sender: Person, given: TlObject) -> TlObject:
    return types.MessageMediaGeo(_point(world, given.geo_point))


def _live_location(world: World, sender: Person, given: TlObject) -> TlObject:
    return types.MessageMediaGeoLive(
        _point(world, given.geo_point), given.period or 0, given.heading
    )


def _venue(world: World, sender: Person, given: TlObject) -> TlObject:
    point = _point(world, given.geo_point)
    return types.MessageMediaVenue(
        point, given.title, given.address, given.provider, given.venue_id, given.venue_type
    )


def _dice(world: World, sender: Person, given: TlObject) -> TlObject:
    return world.media.dice(given.emoticon)


def _poll(world: World, sender: Person, given: TlObject) -> TlObject:
    if given.poll.quiz and not given.correct_answers:
        raise refusal("QUIZ_CORRECT_ANSWERS_EMPTY")
    poll = copy.copy(given.poll)
    answers = []
    for number, answer in enumerate(poll.answers):
        option = getattr(answer, "option", bytes([number]))
        answers.append(types.PollAnswer(answer.text, option))
    poll.id = world.media.new_id()
    poll.answers = answers
    return types.MessageMediaPoll(poll, types.PollResults())


def _web_page(world: World, sender: Person, given: TlObject) -> TlObject:
    return world.media.web_page(given.url)


_MAKERS: dict[type, Callable[[World, Person, TlObject], TlObject]] = {
    types.InputMediaEmpty: _empty,
    types.InputMediaUploadedPhoto: _uploaded_photo,
    types.InputMediaUploadedDocument: _uploaded_document,
    types.InputMediaPhoto: _photo,
    types.InputMediaDocument: _document,
    types.InputMediaContact: _contact,
    types.InputMediaGeoPoint: _geo,
    types.InputMediaGeoLive: _live_location,
    types.InputMediaVenue: _venue,
    types.InputMediaDice: _dice,
    types.InputMediaPoll: _poll,
    types.InputMediaWebPage: _web_page,
}
