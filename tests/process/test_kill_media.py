"""kill -9 while albums and uploads are on their way: each arrives whole, and once."""

from __future__ import annotations

import pytest
from telethon.tl import functions

from tests.loopback.rpc import Caller, TlObject
from tests.loopback.world import StoredMessage
from tests.process.daemon_process import Daemons
from tests.process.life import Mortal, nothing_waits, revive
from tests.process.test_kill import SENT_NOT_ANSWERED, Repeat, deaths
from tests.scene import Scene

pytestmark = pytest.mark.forked

INSTANTS = {
    "committed, waiting for further parts": "inbox:done",
    "while it is routed and claimed": "route:commit",
    "claimed, not sent": "route:done",
    "answered, not settled": "settle:begin",
}
PARTS = 3


def media_of(scene: Scene, text: str = "") -> list[StoredMessage]:
    """The bot's messages with media in the customer group."""
    return [m for m in scene.bot_messages(scene.acme) if m.media is not None and text in m.text]


async def a_wrapper(scene: Scene) -> StoredMessage:
    await scene.enrol(scene.acme)
    scene.acme.say(scene.alice, "/ask Which one?")
    wrapper = await scene.staff_sees("🎫")
    await nothing_waits(scene)
    return wrapper


@pytest.mark.parametrize("instant,repeat", deaths([*INSTANTS, SENT_NOT_ANSWERED]))
async def test_albums_arrive_whole_and_once(
    scene: Scene, daemons: Daemons, instant: str, repeat: Repeat
) -> None:
    scene.world.repeat_answer = repeat
    mortal = await Mortal.born(scene, daemons, INSTANTS.get(instant, "never"))
    wrapper = await a_wrapper(scene)

    if instant == SENT_NOT_ANSWERED:
        scene.telegram.faults.after(functions.messages.SendMultiMediaRequest, mortal.kill)
    else:
        mortal.arm()
    sent = [[scene.world.media.photo() for _ in range(PARTS)] for _ in range(2)]
    for media in sent:
        scene.staff.album(scene.bob, media, "these", reply_to=wrapper)
    await mortal.death()

    await revive(scene, daemons)
    await scene.acme.wait_for(lambda _: len(media_of(scene)) >= 2 * PARTS)
    await nothing_waits(scene)
    arrived = media_of(scene)
    assert [m.media.photo.id for m in arrived] == [m.photo.id for media in sent for m in media]
    albums = [m.grouped_id for m in arrived]
    assert len(set(albums[:PARTS])) == len(set(albums[PARTS:])) == 1
    assert albums[0] != albums[-1]
    # Each part is known, and takes an answer.
    scene.acme.say(scene.alice, "to the last", reply_to=arrived[-1])
    assert (await scene.staff_sees("to the last")).reply_to is wrapper


@pytest.mark.parametrize(
    "request_type,repeat",
    [
        (functions.upload.SaveFilePartRequest, "original"),
        (functions.messages.SendMediaRequest, "original"),
        (functions.messages.SendMediaRequest, "duplicate_error"),
    ],
)
async def test_uploads_arrive_whole_and_once(
    scene: Scene, daemons: Daemons, request_type: TlObject, repeat: Repeat
) -> None:
    scene.world.repeat_answer = repeat
    scene.world.protected_files_resent = False
    scene.staff.protected = True
    mortal = await Mortal.born(scene, daemons)
    wrapper = await a_wrapper(scene)

    def is_the_upload(request: TlObject, _caller: Caller) -> bool:
        if isinstance(request, functions.messages.SendMediaRequest):
            return isinstance(request, request_type) and hasattr(request.media, "file")
        return isinstance(request, request_type)

    scene.telegram.faults.after(is_the_upload, mortal.kill)
    original = scene.world.media.document(1_200_000)
    scene.staff.say(scene.bob, "this one", media=original, reply_to=wrapper)
    await mortal.death()

    await revive(scene, daemons)
    answer = await scene.bot_says(scene.acme, "this one")
    await nothing_waits(scene)
    assert media_of(scene) == [answer]
    files = scene.world.files
    assert files.content(answer.media.document) == files.content(original.document)
    scene.acme.say(scene.alice, "thanks", reply_to=answer)
    await scene.staff_sees("thanks")
