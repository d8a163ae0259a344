"""Files that another data centre keeps than the one the relay is connected to.

https://core.telegram.org/api/datacenter
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telethon.tl import functions

from tests.loopback.rpc import Caller, TlObject
from tests.scene import Scene, a_scene

ELSEWHERE = 4
GET = functions.upload.GetFileRequest
IMPORT = functions.auth.ImportAuthorizationRequest
SIZE = 1_300_000
"""Three parts."""


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with a_scene(tmp_path, extra_dcs=[ELSEWHERE]) as made:
        made.world.home_dc = ELSEWHERE
        made.world.protected_files_resent = False
        made.acme.protected = True
        yield made


async def arrives(scene: Scene, original: TlObject) -> None:
    """Ask a question with the file, and wait for its copy."""
    newest = scene.staff.history[-1]
    scene.acme.say(scene.alice, "/ask look", media=original)
    copy = await scene.staff.wait_for(lambda m: m.media is not None, after=newest)
    files = scene.world.files
    assert files.content(copy.media.document) == files.content(original.document)


async def test_a_file_is_fetched_where_it_is(scene: Scene) -> None:
    """The line to there is used again for the next file."""
    async with scene.relay():
        await scene.enrol(scene.acme)
        for _ in range(2):
            await arrives(scene, scene.world.media.document(SIZE))
        assert scene.telegram.requests.count(IMPORT) == 1


async def test_a_file_that_has_moved_is_fetched_where_it_is_now(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        original = scene.world.media.document(SIZE)
        original.document.dc_id = scene.telegram.dc_id
        await arrives(scene, original)


async def test_a_dead_line_to_there_is_made_anew(scene: Scene) -> None:
    async with scene.relay(send_timeout_s=0.5):
        await scene.enrol(scene.acme)
        await arrives(scene, scene.world.media.document(SIZE))
        scene.telegram.faults.lose_answer(GET)
        await arrives(scene, scene.world.media.document(SIZE))
        scene.telegram.faults.lose_answer(GET, cut=True)
        await arrives(scene, scene.world.media.document(SIZE))
    assert scene.telegram.faults.counts["lose_answer"] == 2


async def test_a_login_that_fails_there_is_made_again(scene: Scene) -> None:
    async with scene.relay():
        await scene.enrol(scene.acme)
        scene.telegram.faults.fail(IMPORT, 500, "INTERNAL")
        await arrives(scene, scene.world.media.document(SIZE))


async def test_what_happens_there_is_no_update(scene: Scene) -> None:
    """A question while a file is on its way is taken in once."""
    async with scene.relay():
        await scene.enrol(scene.acme)

        async def ask(_request: TlObject, _caller: Caller) -> None:
            scene.acme.say(scene.nick, "/ask And this?")

        scene.telegram.faults.before(GET, ask)
        await arrives(scene, scene.world.media.document(SIZE))
        await scene.staff_sees("And this?")
        assert len([m for m in scene.bot_messages(scene.staff) if "And this?" in m.text]) == 1
