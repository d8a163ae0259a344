"""Edits, deletions, reactions and what else changes messages that are there."""

from __future__ import annotations

from itertools import groupby

from telethon.tl import functions, types

from tests.loopback.api.callers import account, human, view_of
from tests.loopback.api.drafts import entities_of, refuse_unknown
from tests.loopback.api.media import media_of
from tests.loopback.api.peers import chat_of
from tests.loopback.rpc import Context, TlObject, handles
from tests.loopback.world import sending
from tests.loopback.world.reactions import react, summary
from tests.loopback.world.refusals import refusal


@handles(functions.messages.EditMessageRequest)
async def edit_message(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    refuse_unknown(request)
    message = chat_of(context.world, view.viewer, request.peer).find(view.viewer, request.id)
    if message is None:
        raise refusal("MESSAGE_ID_INVALID")
    media = request.media
    sent = sending.edit(
        message,
        view.viewer,
        text=request.message,
        entities=tuple(entities_of(context.world, view.viewer, request.entities or ())),
        media=None if media is None else media_of(context.world, view.viewer, media),
        reply_markup=request.reply_markup,
        session=context.caller.session_id,
    )
    return view.updates(sent.entries)


@handles(functions.messages.DeleteMessagesRequest)
async def delete_messages(context: Context, request: TlObject) -> TlObject:
    """Of basic groups and private chats; without `revoke` for the caller alone."""
    viewer = account(context)
    session = context.caller.session_id
    mailbox = context.world.mailbox(viewer)
    found = [mailbox.messages[each] for each in request.id if each in mailbox.messages]
    count = 0
    if not request.revoke:
        count = sending.forget(viewer, found, session=session)
    else:
        found.sort(key=lambda message: message.chat.marked_id)
        for _, of_chat in groupby(found, key=lambda message: message.chat.marked_id):
            messages = list(of_chat)
            count += sending.delete(messages[0].chat, viewer, messages, session=session)
    return types.messages.AffectedMessages(mailbox.log.pts, count)


@handles(functions.messages.ReadHistoryRequest)
async def read_history(context: Context, request: TlObject) -> TlObject:
    viewer = human(context)
    chat_of(context.world, viewer, request.peer)
    return types.messages.AffectedMessages(context.world.mailbox(viewer).log.pts, 0)


@handles(functions.messages.SendReactionRequest)
async def send_reaction(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    message = chat_of(context.world, view.viewer, request.peer).find(view.viewer, request.msg_id)
    if message is None:
        raise refusal("MESSAGE_ID_INVALID")
    emoji = []
    for reaction in request.reaction or ():
        if not isinstance(reaction, types.ReactionEmoji):
            raise refusal("REACTION_INVALID")
        emoji.append(reaction.emoticon)
    react(message, view.viewer, *emoji)
    update = types.UpdateMessageReactions(
        message.chat.peer(view.viewer), request.msg_id, summary(message, view.viewer)
    )
    return view.parcel([update], chats=[message.chat])


@handles(functions.messages.SetTypingRequest)
async def set_typing(context: Context, request: TlObject) -> bool:
    """Taken, but nobody is told."""
    chat_of(context.world, account(context), request.peer)
    return True
