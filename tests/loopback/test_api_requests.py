"""Single requests and what they are answered."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from telethon.tl import functions, types

from tests.loopback.fakes import FakeCaller, FakeDelivery, ask
from tests.loopback.rpc import RpcError, TlObject
from tests.loopback.world import BasicGroup, Chat, Person, Supergroup, World, sending


@dataclass
class Scene:
    world: World = field(default_factory=lambda: World(seed=1))
    alice: Person = field(init=False)
    bot: Person = field(init=False)
    group: Supergroup = field(init=False)
    basic: BasicGroup = field(init=False)

    def __post_init__(self) -> None:
        self.alice = self.world.add_user("Alice", username="alice", phone="+4915100000001")
        self.bot = self.world.add_bot("Bot", username="support_bot", privacy=False)
        self.group = self.world.add_supergroup("Acme", members=[self.alice, self.bot])
        self.basic = self.world.add_basic_group("Basic", members=[self.alice, self.bot])

    def peer(self, viewer: Person, chat: Chat) -> TlObject:
        if isinstance(chat, Supergroup):
            return types.InputPeerChannel(chat.id, self.world.access_hash(viewer, chat))
        return types.InputPeerChat(chat.id)

    def channel(self, viewer: Person) -> TlObject:
        return types.InputChannel(self.group.id, self.world.access_hash(viewer, self.group))

    async def send(
        self, sender: Person, text: str, chat: Chat | None = None, **settings: TlObject
    ) -> TlObject:
        settings.setdefault("random_id", self.world.random.getrandbits(60))
        request = functions.messages.SendMessageRequest(
            self.peer(sender, chat or self.group), text, **settings
        )
        return await ask(self.world, sender, request)


@pytest.fixture
def scene() -> Scene:
    return Scene()


# Logging in


async def test_a_bot_logs_in_by_its_token(scene: Scene) -> None:
    caller = FakeCaller()

    def request(token: str) -> TlObject:
        return functions.auth.ImportBotAuthorizationRequest(0, 1, "x", token)

    with pytest.raises(RpcError, match="ACCESS_TOKEN_INVALID"):
        await ask(scene.world, caller, request("1:wrong"))
    assert not caller.user_id
    answer = await ask(scene.world, caller, request(str(scene.bot.token)))

    assert caller.user_id == scene.bot.id
    assert (answer.user.id, answer.user.is_self, answer.user.bot) == (scene.bot.id, True, True)
    assert answer.user.bot_chat_history, "its privacy mode is off"


async def test_a_user_signs_in_by_phone_and_code(scene: Scene) -> None:
    caller = FakeCaller()
    with pytest.raises(RpcError, match="PHONE_NUMBER_UNOCCUPIED"):
        await ask(
            scene.world,
            caller,
            functions.auth.SendCodeRequest("+1", 1, "x", types.CodeSettings()),
        )
    phone = "+4915100000001"
    sent = await ask(
        scene.world, caller, functions.auth.SendCodeRequest(phone, 1, "x", types.CodeSettings())
    )

    for code_hash, code, error in [
        (sent.phone_code_hash, "00000", "PHONE_CODE_INVALID"),
        ("wrong", "12345", "PHONE_CODE_EXPIRED"),
    ]:
        with pytest.raises(RpcError, match=error):
            await ask(scene.world, caller, functions.auth.SignInRequest(phone, code_hash, code))
    await ask(
        scene.world, caller, functions.auth.SignInRequest(phone, sent.phone_code_hash, "12345")
    )
    assert caller.user_id == scene.alice.id
    await ask(scene.world, caller, functions.auth.LogOutRequest())
    assert caller.user_id is None


async def test_nothing_is_told_to_who_is_not_logged_in(scene: Scene) -> None:
    with pytest.raises(RpcError, match="401 AUTH_KEY_UNREGISTERED"):
        await ask(scene.world, None, functions.updates.GetStateRequest())


async def test_requests_for_users_alone(scene: Scene) -> None:
    peer = scene.peer(scene.bot, scene.group)
    for request in [
        functions.messages.GetHistoryRequest(peer, 0, None, 0, 10, 0, 0, 0),
        functions.messages.GetDialogsRequest(None, 0, types.InputPeerEmpty(), 10, 0),
        functions.messages.ReadHistoryRequest(peer, 0),
        functions.channels.ReadHistoryRequest(scene.channel(scene.bot), 0),
        functions.messages.MigrateChatRequest(scene.basic.id),
    ]:
        with pytest.raises(RpcError, match="BOT_METHOD_INVALID"):
            await ask(scene.world, scene.bot, request)


# Who is meant


async def test_access_hashes_are_good_for_one_account_alone(scene: Scene) -> None:
    foreign = scene.world.access_hash(scene.alice, scene.group)
    request = functions.channels.GetFullChannelRequest(types.InputChannel(scene.group.id, foreign))

    assert await ask(scene.world, scene.alice, request)
    with pytest.raises(RpcError, match="CHANNEL_INVALID"):
        await ask(scene.world, scene.bot, request)
    for peer, error in [
        (types.InputPeerChannel(scene.group.id, foreign), "CHANNEL_INVALID"),
        (types.InputPeerUser(scene.alice.id, foreign), "PEER_ID_INVALID"),
        (types.InputPeerChat(1), "CHAT_ID_INVALID"),
    ]:
        with pytest.raises(RpcError, match=error):
            await ask(
                scene.world,
                scene.bot,
                functions.messages.SendMessageRequest(peer, "hello", random_id=1),
            )


async def test_bots_may_put_0_for_what_they_are_in_touch_with(scene: Scene) -> None:
    world = scene.world
    elsewhere = world.add_supergroup("Elsewhere")
    stranger = world.add_user("Stranger")

    def channels(group: Supergroup) -> TlObject:
        return functions.channels.GetChannelsRequest([types.InputChannel(group.id, 0)])

    def people(*users: Person) -> TlObject:
        return functions.users.GetUsersRequest([types.InputUser(user.id, 0) for user in users])

    assert (await ask(world, scene.bot, channels(scene.group))).chats[0].id == scene.group.id
    for person, group in [(scene.alice, scene.group), (scene.bot, elsewhere)]:
        with pytest.raises(RpcError, match="CHANNEL_INVALID"):
            await ask(world, person, channels(group))
    known, unknown = await ask(world, scene.bot, people(scene.alice, stranger))
    assert (known.first_name, known.phone) == ("Alice", None)
    assert isinstance(unknown, types.UserEmpty)
    assert isinstance((await ask(world, scene.alice, people(scene.bot)))[0], types.UserEmpty)


async def test_a_bot_that_was_put_out_has_no_access(scene: Scene) -> None:
    scene.group.kick(scene.bot)
    scene.basic.kick(scene.bot)

    with pytest.raises(RpcError, match="CHANNEL_PRIVATE"):
        await scene.send(scene.bot, "hello")
    with pytest.raises(RpcError, match="CHANNEL_PRIVATE"):
        await ask(
            scene.world,
            scene.bot,
            functions.channels.GetChannelsRequest([scene.channel(scene.bot)]),
        )
    with pytest.raises(RpcError, match="CHANNEL_PRIVATE"):
        await ask(
            scene.world,
            scene.bot,
            functions.updates.GetChannelDifferenceRequest(
                scene.channel(scene.bot), types.ChannelMessagesFilterEmpty(), 1, 100
            ),
        )
    with pytest.raises(RpcError, match="CHAT_WRITE_FORBIDDEN"):
        await scene.send(scene.bot, "hello", scene.basic)


async def test_a_username_is_found(scene: Scene) -> None:
    found = await ask(scene.world, scene.bot, functions.contacts.ResolveUsernameRequest("Alice"))
    assert (found.peer.user_id, found.users[0].id) == (scene.alice.id, scene.alice.id)
    with pytest.raises(RpcError, match="USERNAME_NOT_OCCUPIED"):
        await ask(scene.world, scene.bot, functions.contacts.ResolveUsernameRequest("nobody"))


# Sending


async def test_a_send_is_told_in_its_result_and_to_the_others(scene: Scene) -> None:
    scene.world.delivery = delivery = FakeDelivery()
    start = scene.group.log.pts

    answer = await scene.send(scene.bot, "hello @alice", random_id=77)

    told, new = answer.updates
    assert (told.id, told.random_id) == (2, 77)
    assert isinstance(new, types.UpdateNewChannelMessage)
    assert (new.pts, new.pts_count, new.message.out) == (start + 1, 1, True)
    assert [type(entity) for entity in new.message.entities] == [types.MessageEntityMention]
    assert {user.id for user in answer.users} == {scene.bot.id}
    assert answer.chats[0].id == scene.group.id
    (pushed,) = delivery.to(scene.alice)
    assert (pushed.message.out, pushed.message.mentioned) == (False, True)
    (own,) = [each for each in delivery.pushed if each.user_id == scene.bot.id]
    assert own.except_session == 1, "other sessions of the account are told"


async def test_nothing_is_made_for_who_is_not_connected(scene: Scene) -> None:
    scene.world.delivery = delivery = FakeDelivery(absent={scene.alice.id})

    await scene.send(scene.bot, "hello")
    scene.group.restrict(scene.alice)

    assert {each.user_id for each in delivery.pushed} == {scene.bot.id, scene.group.creator.id}


async def test_a_repeated_random_id_is_answered_with_the_original(scene: Scene) -> None:
    first = await scene.send(scene.bot, "once", random_id=77)
    await scene.send(scene.bot, "in between")
    scene.world.delivery = delivery = FakeDelivery()

    second = await scene.send(scene.bot, "once", random_id=77)

    assert second.updates[0].to_dict() == first.updates[0].to_dict()
    again = second.updates[1]
    assert (again.message.id, again.pts_count, again.pts) == (2, 0, scene.group.log.pts)
    assert [m.text for m in scene.group.messages] == ["once", "in between"]
    assert delivery.pushed == []
    assert (await scene.send(scene.alice, "another's id", random_id=77)).updates[0].id == 4


async def test_a_repeated_random_id_can_be_refused(scene: Scene) -> None:
    scene.world.repeat_answer = "duplicate_error"
    await scene.send(scene.bot, "once", random_id=77)

    with pytest.raises(RpcError, match="500 RANDOM_ID_DUPLICATE"):
        await scene.send(scene.bot, "once", random_id=77)

    assert len(scene.group.messages) == 1


async def test_a_random_id_can_be_forgotten(scene: Scene) -> None:
    now = [1_700_000_000.0]
    scene.world.clock = lambda: now[0]
    scene.world.random_id_memory = 3600

    for wait, message_id in [(0, 2), (3600, 2), (1, 3), (3600, 3)]:
        now[0] += wait
        answer = await scene.send(scene.bot, "once?", random_id=77)
        assert answer.updates[0].id == message_id


async def test_a_refused_send_does_not_use_up_its_random_id(scene: Scene) -> None:
    scene.group.restrict_all(send_messages=True)
    with pytest.raises(RpcError, match="CHAT_WRITE_FORBIDDEN"):
        await scene.send(scene.bot, "now?", random_id=77)
    scene.group.restrict_all()

    assert (await scene.send(scene.bot, "now?", random_id=77)).updates[1].pts_count == 1


async def test_plain_text_can_be_answered_in_short(scene: Scene) -> None:
    scene.world.short_sent_answers = True

    short = await scene.send(scene.bot, "hello @alice", scene.basic)
    full = await scene.send(scene.bot, "hello", scene.group)

    assert isinstance(short, types.UpdateShortSentMessage)
    message = scene.basic.messages[0]
    assert (short.id, short.pts) == (message.id, scene.world.mailbox(scene.bot).log.pts)
    assert len(short.entities) == 1
    assert isinstance(full, types.Updates), "a channel's pts has no place in the short form"


async def test_replies_and_quotes(scene: Scene) -> None:
    question = scene.group.say(scene.alice, "how do I reset my password?")

    def reply(message_id: int, quote: str | None = None) -> TlObject:
        return types.InputReplyToMessage(message_id, quote_text=quote, quote_offset=9)

    answer = await scene.send(scene.bot, "so", reply_to=reply(question.id, "reset"))

    header = answer.updates[1].message.reply_to
    assert (header.reply_to_msg_id, header.quote, header.quote_text, header.quote_offset) == (
        question.id,
        True,
        "reset",
        9,
    )
    for wrong, error in [
        (reply(999), "REPLY_MESSAGE_ID_INVALID"),
        (reply(question.id, "not said"), "QUOTE_TEXT_INVALID"),
    ]:
        with pytest.raises(RpcError, match=error):
            await scene.send(scene.bot, "so", reply_to=wrong)


async def test_bots_mention_by_id_without_a_hash_and_users_do_not(scene: Scene) -> None:
    stranger = scene.world.add_user("Stranger")

    def mention(user_id: int, access_hash: int) -> list[TlObject]:
        user = types.InputUser(user_id, access_hash)
        return [types.InputMessageEntityMentionName(0, 5, user)]

    await scene.send(scene.bot, "Hello you", entities=mention(stranger.id, 0))
    (entity,) = scene.group.messages[-1].entities
    assert (type(entity), entity.user_id) == (types.MessageEntityMentionName, stranger.id)

    known = scene.world.access_hash(scene.alice, scene.bot)
    await scene.send(scene.alice, "Hello you", entities=mention(scene.bot.id, known))
    for sender, wrong in [
        (scene.alice, mention(stranger.id, 0)),
        (scene.bot, mention(12345, 0)),
        (scene.bot, mention(stranger.id, 99)),
    ]:
        with pytest.raises(RpcError, match="ENTITY_MENTION_USER_INVALID"):
            await scene.send(sender, "Hello you", entities=wrong)


async def test_a_mention_in_the_form_of_an_answer_is_dropped(scene: Scene) -> None:
    output_form = types.MessageEntityMentionName(0, 5, scene.alice.id)
    await scene.send(scene.bot, "Hello you", entities=[output_form])

    assert scene.group.messages[-1].entities == []


async def test_what_this_telegram_does_not_know_fails_instead_of_passing(scene: Scene) -> None:
    with pytest.raises(NotImplementedError, match="schedule_date"):
        await scene.send(scene.bot, "later", schedule_date=scene.world.now())
    with pytest.raises(RpcError, match="RANDOM_ID_EMPTY"):
        await scene.send(scene.bot, "hello", random_id=0)


# Reading


async def test_messages_by_id_come_in_order_with_gaps_named(scene: Scene) -> None:
    first, gone, last = (scene.group.say(scene.alice, text) for text in ("a", "b", "c"))
    scene.group.delete(gone)
    reply = scene.group.say(scene.alice, "d", reply_to=first)
    wanted: list[TlObject] = [types.InputMessageID(n) for n in (last.id, gone.id, 99)]
    wanted.append(types.InputMessageReplyTo(reply.id))

    answer = await ask(
        scene.world,
        scene.bot,
        functions.channels.GetMessagesRequest(scene.channel(scene.bot), wanted),
    )

    assert [type(m).__name__ for m in answer.messages] == [
        "Message",
        "MessageEmpty",
        "MessageEmpty",
        "Message",
    ]
    assert [m.id for m in answer.messages] == [last.id, gone.id, 99, first.id]
    assert answer.pts == scene.group.log.pts


async def test_not_more_than_a_hundred_messages_at_once(scene: Scene) -> None:
    def request(count: int) -> TlObject:
        ids = [types.InputMessageID(number) for number in range(1, count + 1)]
        return functions.channels.GetMessagesRequest(scene.channel(scene.bot), ids)

    assert len((await ask(scene.world, scene.bot, request(100))).messages) == 100
    for count, error in [(101, "LIMIT_INVALID"), (0, "MESSAGE_IDS_EMPTY")]:
        with pytest.raises(RpcError, match=error):
            await ask(scene.world, scene.bot, request(count))


async def test_messages_of_basic_groups_by_the_callers_own_ids(scene: Scene) -> None:
    message = scene.basic.say(scene.alice, "hello")
    scene.world.private(scene.alice, scene.bot).say(scene.alice, "psst")
    mine = message.own_ids[scene.bot.id]

    answer = await ask(
        scene.world,
        scene.bot,
        functions.messages.GetMessagesRequest([types.InputMessageID(n) for n in (mine, mine + 1)]),
    )

    assert [m.message for m in answer.messages] == ["hello", "psst"]
    assert isinstance(answer.messages[0].peer_id, types.PeerChat)
    assert answer.messages[1].peer_id.user_id == scene.alice.id
    assert answer.messages[1].from_id is None, "in private the peer says who it was"


async def test_history_is_paged_newest_first(scene: Scene) -> None:
    for number in range(10):
        scene.group.say(scene.alice, str(number))

    async def page(offset_id: int, **settings: int) -> list[str]:
        settings = {"add_offset": 0, "limit": 3, "max_id": 0, "min_id": 0} | settings
        request = functions.messages.GetHistoryRequest(
            scene.peer(scene.alice, scene.group), offset_id, None, hash=0, **settings
        )
        answer = await ask(scene.world, scene.alice, request)
        assert answer.count == 11
        return [m.message for m in answer.messages]

    assert await page(0) == ["9", "8", "7"]
    assert await page(9) == ["6", "5", "4"]
    assert await page(9, add_offset=-1) == ["7", "6", "5"]
    assert await page(0, limit=5, max_id=11, min_id=8) == ["8", "7"]


async def test_dialogs_are_listed_newest_first(scene: Scene) -> None:
    now = [1_700_000_000.0]
    scene.world.clock = lambda: now[0]
    private = scene.world.private(scene.alice, scene.bot)
    chats: list[Chat] = [scene.group, private, scene.basic]
    for chat in chats:
        now[0] += 10
        chat.say(scene.alice, "hello")

    def request(limit: int) -> TlObject:
        return functions.messages.GetDialogsRequest(None, 0, types.InputPeerEmpty(), limit, 0)

    everything = await ask(scene.world, scene.alice, request(10))
    first = await ask(scene.world, scene.alice, request(1))

    assert [type(d.peer).__name__ for d in everything.dialogs] == [
        "PeerChat",
        "PeerUser",
        "PeerChannel",
    ]
    assert everything.dialogs[2].pts == scene.group.log.pts
    assert (first.count, len(first.dialogs)) == (3, 1)


async def test_full_chats_tell_where_the_group_came_from(scene: Scene) -> None:
    last = scene.basic.say(scene.alice, "hello")
    new = scene.world.migrate(scene.basic)
    channel = types.InputChannel(new.id, scene.world.access_hash(scene.bot, new))

    full = await ask(scene.world, scene.bot, functions.channels.GetFullChannelRequest(channel))
    old = await ask(scene.world, scene.bot, functions.messages.GetFullChatRequest(scene.basic.id))

    assert full.full_chat.pts == new.log.pts
    assert full.full_chat.migrated_from_chat_id == scene.basic.id
    assert full.full_chat.migrated_from_max_id == last.own_ids[scene.bot.id] + 1
    deactivated = next(chat for chat in old.chats if chat.id == scene.basic.id)
    assert deactivated.deactivated
    assert deactivated.migrated_to.channel_id == new.id
    with pytest.raises(RpcError, match="CHAT_ID_INVALID"):
        await ask(scene.world, scene.bot, functions.messages.GetFullChatRequest(1))


async def test_members_one_by_one_and_filtered(scene: Scene) -> None:
    world = scene.world
    admin, banned, gone = (world.add_user(name) for name in ("Admin", "Banned", "Gone"))
    scene.group.add(admin, banned, gone)
    scene.group.promote(admin)
    scene.group.kick(banned)
    scene.group.leave(gone)

    async def kind(person: Person) -> str:
        peer = types.InputPeerUser(person.id, world.access_hash(scene.bot, person))
        request = functions.channels.GetParticipantRequest(scene.channel(scene.bot), peer)
        return type((await ask(world, scene.bot, request)).participant).__name__

    async def listed(viewer: Person, wanted: TlObject) -> set[str]:
        request = functions.channels.GetParticipantsRequest(
            scene.channel(viewer), wanted, 0, 100, 0
        )
        return {user.first_name for user in (await ask(world, viewer, request)).users}

    assert await kind(scene.bot) == "ChannelParticipantSelf"
    assert await kind(scene.alice) == "ChannelParticipant"
    assert await kind(admin) == "ChannelParticipantAdmin"
    assert await kind(scene.group.creator) == "ChannelParticipantCreator"
    assert await kind(banned) == "ChannelParticipantBanned"
    with pytest.raises(RpcError, match="USER_NOT_PARTICIPANT"):
        await kind(gone)
    assert await listed(scene.bot, types.ChannelParticipantsAdmins()) == {"Admin", "Owner"}
    assert await listed(scene.bot, types.ChannelParticipantsBots()) == {"Bot"}
    assert await listed(scene.bot, types.ChannelParticipantsSearch("ali")) == {"Alice"}
    assert len(await listed(scene.bot, types.ChannelParticipantsRecent())) == 4
    assert await listed(admin, types.ChannelParticipantsKicked("")) == {"Banned"}
    with pytest.raises(RpcError, match="CHAT_ADMIN_REQUIRED"):
        await listed(scene.bot, types.ChannelParticipantsKicked(""))


# Changing


async def test_an_edit_is_told_in_its_result_and_to_the_others(scene: Scene) -> None:
    sent = await scene.send(scene.bot, "draft")
    message_id = sent.updates[0].id
    scene.world.delivery = delivery = FakeDelivery()

    def request(text: str) -> TlObject:
        peer = scene.peer(scene.bot, scene.group)
        return functions.messages.EditMessageRequest(peer, message_id, message=text)

    answer = await ask(scene.world, scene.bot, request("final"))

    (own,) = answer.updates
    (pushed,) = delivery.to(scene.alice)
    for update in (own, pushed):
        assert isinstance(update, types.UpdateEditChannelMessage)
        assert (update.message.message, update.pts) == ("final", scene.group.log.pts)
    with pytest.raises(RpcError, match="MESSAGE_NOT_MODIFIED"):
        await ask(scene.world, scene.bot, request("final"))


async def test_deletions_count_what_was_there(scene: Scene) -> None:
    ids = [(await scene.send(scene.bot, text)).updates[0].id for text in ("a", "b")]
    theirs = scene.group.say(scene.alice, "c")
    scene.world.delivery = delivery = FakeDelivery()

    def request(*message_ids: int) -> TlObject:
        return functions.channels.DeleteMessagesRequest(scene.channel(scene.bot), list(message_ids))

    with pytest.raises(RpcError, match="403 MESSAGE_DELETE_FORBIDDEN"):
        await ask(scene.world, scene.bot, request(*ids, theirs.id))
    answer = await ask(scene.world, scene.bot, request(*ids, 999))

    assert (answer.pts, answer.pts_count) == (scene.group.log.pts, 2)
    (pushed,) = delivery.to(scene.alice)
    assert [u.messages for u in delivery.to(scene.bot)] == [ids], "for its other sessions"
    assert isinstance(pushed, types.UpdateDeleteChannelMessages)
    assert (pushed.messages, pushed.pts_count) == (ids, 2)
    again = await ask(scene.world, scene.bot, request(*ids))
    assert (again.pts, again.pts_count) == (scene.group.log.pts, 0)


async def test_a_bots_deletions_in_a_basic_group_move_its_own_pts(scene: Scene) -> None:
    other = scene.world.add_bot("Other", username="other_bot", privacy=False)
    scene.basic.add(other)
    question = scene.basic.say(scene.alice, "question")
    sent = await scene.send(scene.bot, "answer", scene.basic)
    start = {person: scene.world.mailbox(person).log.pts for person in (scene.bot, other)}
    scene.basic.promote(scene.bot)
    mine = question.own_ids[scene.bot.id]

    answer = await ask(
        scene.world,
        scene.bot,
        functions.messages.DeleteMessagesRequest([sent.updates[0].id, mine], revoke=True),
    )

    assert (answer.pts, answer.pts_count) == (start[scene.bot] + 2, 2)
    assert scene.world.mailbox(scene.bot).log.pts == answer.pts
    assert scene.world.mailbox(other).log.pts == start[other], "bots are not told of deletions"


@pytest.mark.parametrize("revoke", [True, False])
async def test_deleting_for_oneself_or_for_all(scene: Scene, revoke: bool) -> None:
    private = scene.world.private(scene.alice, scene.bot)
    start = private.say(scene.alice, "/start")
    message = private.say(scene.bot, "hello")
    scene.world.delivery = delivery = FakeDelivery()
    request = functions.messages.DeleteMessagesRequest(
        [message.own_ids[scene.bot.id]], revoke=revoke
    )

    answer = await ask(scene.world, scene.bot, request)

    mailbox = scene.world.mailbox(scene.bot)
    assert (answer.pts, answer.pts_count) == (mailbox.log.pts, 1)
    assert private.visible_to(scene.bot) == [start]
    assert private.visible_to(scene.alice) == ([start] if revoke else [start, message])
    assert len(delivery.to(scene.alice)) == (1 if revoke else 0)
    if not revoke:
        sending.edit(message, scene.bot, text="changed")
        assert mailbox.log.pts == answer.pts, "what one has deleted does not come back"
        assert len(delivery.to(scene.alice)) == 1


async def test_a_client_says_how_much_it_would_take(scene: Scene) -> None:
    start = scene.world.mailbox(scene.bot).log.pts
    for text in ("a", "b", "c"):
        scene.basic.say(scene.alice, text)

    async def answer(most: int) -> str:
        request = functions.updates.GetDifferenceRequest(
            start, scene.world.now(), 1, pts_total_limit=most
        )
        return type(await ask(scene.world, scene.bot, request)).__name__

    assert [await answer(most) for most in (2, 3)] == ["DifferenceTooLong", "Difference"]


async def test_a_bots_reaction_is_shown_to_users(scene: Scene) -> None:
    message = scene.group.say(scene.alice, "thanks")
    scene.world.delivery = delivery = FakeDelivery()
    request = functions.messages.SendReactionRequest(
        scene.peer(scene.bot, scene.group), message.id, reaction=[types.ReactionEmoji("👍")]
    )

    answer = await ask(scene.world, scene.bot, request)

    assert answer.updates[0].reactions.results[0].chosen_order == 0
    (pushed,) = delivery.to(scene.alice)
    assert (pushed.msg_id, pushed.reactions.results[0].count) == (message.id, 1)
    assert message.reactions == {scene.bot.id: ("👍",)}


async def test_a_bots_commands_are_kept_by_scope(scene: Scene) -> None:
    scope = types.BotCommandScopeChats()
    commands = [types.BotCommand("ask", "Ask")]

    def kept(wanted: TlObject) -> TlObject:
        return functions.bots.GetBotCommandsRequest(wanted, "")

    assert await ask(
        scene.world, scene.bot, functions.bots.SetBotCommandsRequest(scope, "", commands)
    )

    (command,) = await ask(scene.world, scene.bot, kept(scope))
    assert command.command == "ask"
    assert await ask(scene.world, scene.bot, kept(types.BotCommandScopeDefault())) == []
    await ask(scene.world, scene.bot, functions.bots.ResetBotCommandsRequest(scope, ""))
    assert await ask(scene.world, scene.bot, kept(scope)) == []
    with pytest.raises(RpcError, match="USER_BOT_REQUIRED"):
        await ask(scene.world, scene.alice, kept(scope))
