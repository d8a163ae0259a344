"""What `check` finds out about groups, from a Telegram that has each kind of them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from telethon.tl import functions, types

from daemon.connecting import server_of
from daemon.core.doctor import GroupFacts, Right, Standing
from daemon.core.model import ChatId
from daemon.core.sync import KnownChat
from daemon.telegram.errors import SessionRefused, TelegramUnreachable
from daemon.telegram.inspector import Credentials, Inspector, inspection
from daemon.telegram.login import LoginDelayed
from tests.loopback.rpc import HANDLERS, Context, TlObject
from tests.loopback.server import LoopbackTelegram
from tests.loopback.world import Group, Supergroup
from tests.scene import API_HASH, API_ID, Scene

ImportBot = functions.auth.ImportBotAuthorizationRequest

Arrange = Callable[[Scene], Group]
"""Makes a group, or changes one; returns it."""


@asynccontextmanager
async def inspecting(scene: Scene) -> AsyncIterator[Inspector]:
    credentials = Credentials(API_ID, API_HASH, str(scene.bot.token))
    async with inspection(credentials, server_of(scene.config().telegram)) as inspector:
        yield inspector


async def facts_of(
    scene: Scene, group: Group, title: str = "", access_hash: int | None = None
) -> GroupFacts:
    async with inspecting(scene) as inspector:
        return await inspector.group(KnownChat(ChatId(group.marked_id), title, access_hash))


def supergroup(scene: Scene) -> Group:
    return scene.acme


def supergroup_as_admin(scene: Scene) -> Group:
    scene.acme.promote(scene.bot)
    scene.acme.restrict_all(send_messages=True)  # admins are above this
    return scene.acme


def basic_group(scene: Scene) -> Group:
    return scene.world.add_basic_group("Basic", members=[scene.bot])


def basic_group_as_admin(scene: Scene) -> Group:
    return scene.world.add_basic_group("Basic", admins=[scene.bot])


@pytest.mark.parametrize(
    "arrange,standing",
    [
        (supergroup, Standing.MEMBER),
        (supergroup_as_admin, Standing.ADMIN),
        (basic_group, Standing.MEMBER),
        (basic_group_as_admin, Standing.ADMIN),
    ],
)
async def test_a_bot_that_may_write(scene: Scene, arrange: Arrange, standing: Standing) -> None:
    group = arrange(scene)
    assert await facts_of(scene, group) == GroupFacts(
        ChatId(group.marked_id), group.title, standing
    )


def put_out(scene: Scene) -> Group:
    scene.acme.kick(scene.bot)
    return scene.acme


def left(scene: Scene) -> Group:
    scene.acme.leave(scene.bot)
    return scene.acme


def public_and_never_entered(scene: Scene) -> Group:
    return scene.world.add_supergroup("Public", username="public_group")


def put_out_of_a_basic_group(scene: Scene) -> Group:
    group = basic_group(scene)
    group.kick(scene.bot)
    return group


def left_a_basic_group(scene: Scene) -> Group:
    group = basic_group(scene)
    group.leave(scene.bot)
    return group


@pytest.mark.parametrize(
    "arrange",
    [put_out, left, public_and_never_entered, put_out_of_a_basic_group, left_a_basic_group],
)
async def test_a_bot_that_is_not_in_the_group(scene: Scene, arrange: Arrange) -> None:
    group = arrange(scene)
    for access_hash in (None, scene.world.access_hash(scene.bot, group)):
        facts = await facts_of(scene, group, "As it was", access_hash)
        assert (facts.chat_id, facts.standing) == (group.marked_id, Standing.ABSENT)
        assert facts.title in ("As it was", group.title)


async def test_no_such_group(scene: Scene) -> None:
    async with inspecting(scene) as inspector:
        for chat_id in (-1009999999999, -99999):
            facts = await inspector.group(KnownChat(ChatId(chat_id), "", None))
            assert facts.standing is Standing.ABSENT
            assert facts.error


async def test_what_all_and_what_the_bot_alone_may_not_do_adds_up(scene: Scene) -> None:
    scene.acme.restrict_all(send_photos=True, send_polls=True)
    scene.acme.restrict(scene.bot, send_voices=True, pin_messages=True)
    facts = await facts_of(scene, scene.acme)
    assert facts.denied == {Right.PHOTOS, Right.POLLS, Right.VOICES}


async def test_what_all_may_not_do_in_a_basic_group(scene: Scene) -> None:
    group = basic_group(scene)
    group.restrict_all(send_media=True)
    assert (await facts_of(scene, group)).denied == {Right.MEDIA}


async def test_a_basic_group_that_became_a_supergroup(scene: Scene) -> None:
    old = scene.world.add_basic_group("Basic", members=[scene.bot])
    new = scene.world.migrate(old)
    facts = await facts_of(scene, old)
    assert (facts.standing, facts.moved_to) == (Standing.MOVED, new.marked_id)


async def test_a_group_that_others_can_read(scene: Scene) -> None:
    assert (await facts_of(scene, scene.acme)).username is None
    assert isinstance(scene.acme, Supergroup)
    scene.acme.publish("acme_group")
    scene.acme.link("News")
    facts = await facts_of(scene, scene.acme)
    assert (facts.username, facts.has_link) == ("acme_group", True)


async def test_a_refused_question_is_no_refused_login(scene: Scene) -> None:
    scene.telegram.faults.fail(functions.channels.GetChannelsRequest, 420, "FLOOD_WAIT_77")
    facts = await facts_of(scene, scene.acme)
    assert facts.standing is Standing.NOT_TOLD
    assert "FLOOD_WAIT" in facts.error


async def test_privacy_mode_and_joining_are_the_bots_own(scene: Scene) -> None:
    async with inspecting(scene) as inspector:
        assert inspector.bot.sees_all_messages
        assert inspector.bot.may_join_groups
    scene.bot.privacy, scene.bot.may_join_groups = True, False
    async with inspecting(scene) as inspector:
        assert not inspector.bot.sees_all_messages
        assert not inspector.bot.may_join_groups


async def test_it_logs_out_whatever_happens(scene: Scene) -> None:
    with pytest.raises(RuntimeError):
        async with inspecting(scene):
            raise RuntimeError
    assert scene.telegram.requests.count(functions.auth.LogOutRequest) == 1
    assert scene.telegram.connections(scene.bot.id) == 0


async def test_a_login_that_is_refused_and_one_that_has_to_wait(scene: Scene) -> None:
    for code, name, error, told in (
        (400, "ACCESS_TOKEN_EXPIRED", SessionRefused, "ACCESS_TOKEN_EXPIRED"),
        (420, "FLOOD_WAIT_1658", LoginDelayed, "in 1658 s"),
        (500, "INTERDC_2_CALL_ERROR", TelegramUnreachable, "trouble of its own"),
    ):
        scene.telegram.faults.fail(ImportBot, code, name, times=2)
        with pytest.raises(error, match=told):
            async with inspecting(scene):
                pass
        scene.telegram.faults.clear()


async def test_a_bot_at_home_in_another_data_centre(scene: Scene) -> None:
    async with LoopbackTelegram(directory=scene.folder, extra_dcs=(4,)) as telegram:
        elsewhere = Scene(telegram, scene.folder)
        telegram.faults.fail(ImportBot, 303, "USER_MIGRATE_4")
        facts = await facts_of(elsewhere, elsewhere.staff)
        assert facts.standing is Standing.MEMBER


async def test_a_channel_is_no_group(scene: Scene) -> None:
    async def get_channels(_context: Context, request: TlObject) -> TlObject:
        (wanted,) = request.id
        photo = types.ChatPhotoEmpty()
        channel = types.Channel(wanted.channel_id, "News", photo, None, broadcast=True)
        return types.messages.Chats([channel])

    handlers = HANDLERS | {functions.channels.GetChannelsRequest.CONSTRUCTOR_ID: get_channels}
    async with LoopbackTelegram(directory=scene.folder, handlers=handlers) as telegram:
        other = Scene(telegram, scene.folder)
        assert (await facts_of(other, other.staff)).standing is Standing.NO_GROUP


async def test_telegrams_date(scene: Scene) -> None:
    async with inspecting(scene) as inspector:
        assert abs(await inspector.date() - time.time()) < 5
