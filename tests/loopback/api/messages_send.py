"""messages.send…: https://core.telegram.org/method/messages.sendMessage"""

from __future__ import annotations

from telethon.tl import functions, types

from tests.loopback.api.callers import view_of
from tests.loopback.api.drafts import draft_of, refuse_unknown
from tests.loopback.api.media import media_of
from tests.loopback.api.peers import chat_of
from tests.loopback.rpc import Context, RpcError, TlObject, handles
from tests.loopback.world import sending
from tests.loopback.world.chat import Chat
from tests.loopback.world.draft import Draft
from tests.loopback.world.forwarding import copies
from tests.loopback.world.person import Person
from tests.loopback.world.refusals import refusal
from tests.loopback.world.view import View
from tests.loopback.world.world import World

ALBUM_LIMIT = 10
FORWARD_LIMIT = 100
"""Messages in one request."""


@handles(functions.messages.SendMessageRequest)
async def send_message(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    refuse_unknown(request)
    chat = chat_of(context.world, view.viewer, request.peer)
    draft = draft_of(
        context.world,
        view.viewer,
        chat,
        request,
        text=request.message,
        entities=request.entities,
        random_id=request.random_id,
    )
    return deliver(context, view, chat, [draft])


def deliver(context: Context, view: View, chat: Chat, drafts: list[Draft]) -> TlObject:
    """Send, and give the result that the caller gets."""
    sent = sending.send(chat, view.viewer, drafts, session=context.caller.session_id)
    message = sent.messages[0]
    if (
        context.world.short_sent_answers
        and sent.entries
        and message.media is None
        and not chat.shares_ids
    ):
        entry = sent.entries[0]
        return types.UpdateShortSentMessage(
            id=message.id_for(view.viewer),
            pts=entry.pts,
            pts_count=entry.count,
            date=message.date,
            out=True,
            entities=message.entities or None,
        )
    return view.sent(sent)


@handles(functions.messages.SendMediaRequest)
async def send_media(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    refuse_unknown(request)
    chat = chat_of(context.world, view.viewer, request.peer)
    draft = draft_of(
        context.world,
        view.viewer,
        chat,
        request,
        text=request.message,
        entities=request.entities,
        random_id=request.random_id,
        media=media_of(context.world, view.viewer, request.media),
    )
    return deliver(context, view, chat, [draft])


@handles(functions.messages.SendMultiMediaRequest)
async def send_multi_media(context: Context, request: TlObject) -> TlObject:
    """An album. What was just uploaded has to go through messages.uploadMedia first.
    https://core.telegram.org/method/messages.sendMultiMedia"""
    view = view_of(context)
    refuse_unknown(request)
    chat = chat_of(context.world, view.viewer, request.peer)
    if not request.multi_media:
        raise refusal("MEDIA_EMPTY")
    if len(request.multi_media) > ALBUM_LIMIT:
        raise refusal("MULTI_MEDIA_TOO_LONG")
    grouped_id = context.world.new_grouped_id()
    drafts = []
    for number, single in enumerate(request.multi_media):
        if not isinstance(single.media, types.InputMediaPhoto | types.InputMediaDocument):
            raise refusal("MEDIA_INVALID")
        drafts.append(
            draft_of(
                context.world,
                view.viewer,
                chat,
                request,
                text=single.message,
                entities=single.entities,
                random_id=single.random_id,
                media=_album_item(context.world, view.viewer, single.media, number),
                grouped_id=grouped_id,
            )
        )
    return deliver(context, view, chat, drafts)


def _album_item(world: World, sender: Person, given: TlObject, number: int) -> TlObject:
    """An error about a file reference says which item of the album it is about:
    FILE_REFERENCE_0_EXPIRED. https://core.telegram.org/api/file-references"""
    try:
        return media_of(world, sender, given)
    except RpcError as error:
        reason = error.message.removeprefix("FILE_REFERENCE_")
        if reason == error.message:
            raise
        raise refusal(f"FILE_REFERENCE_{number}_{reason}") from None


@handles(functions.messages.UploadMediaRequest)
async def upload_media(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    chat_of(context.world, view.viewer, request.peer)
    return media_of(context.world, view.viewer, request.media)


@handles(functions.messages.ForwardMessagesRequest)
async def forward_messages(context: Context, request: TlObject) -> TlObject:
    """What is missing among several is left out, as Telegram does."""
    view = view_of(context)
    refuse_unknown(request)
    source = chat_of(context.world, view.viewer, request.from_peer)
    chat = chat_of(context.world, view.viewer, request.to_peer)
    if not source.may_read(view.viewer):
        raise refusal("CHANNEL_PRIVATE")
    if not request.id:
        raise refusal("MESSAGE_IDS_EMPTY")
    if len(request.id) != len(request.random_id) or 0 in request.random_id:
        raise refusal("RANDOM_ID_INVALID")
    if len(request.id) > FORWARD_LIMIT:
        raise refusal("LIMIT_INVALID")
    found = [
        (message, random_id)
        for message_id, random_id in zip(request.id, request.random_id, strict=True)
        if (message := source.find(view.viewer, message_id)) is not None and not message.deleted
    ]
    if not found:
        raise refusal("MESSAGE_ID_INVALID")
    drafts = copies(
        [message for message, _ in found],
        [random_id for _, random_id in found],
        drop_author=bool(request.drop_author),
        drop_captions=bool(request.drop_media_captions),
        silent=bool(request.silent),
        protected=bool(request.noforwards),
    )
    return deliver(context, view, chat, drafts)
