"""messages.send…: https://core.telegram.org/method/messages.sendMessage"""

from __future__ import annotations

from telethon.tl import functions, types

from tests.loopback.api.callers import view_of
from tests.loopback.api.drafts import draft_of, refuse_unknown
from tests.loopback.api.peers import chat_of
from tests.loopback.rpc import Context, TlObject, handles
from tests.loopback.world import sending
from tests.loopback.world.chat import Chat
from tests.loopback.world.draft import Draft
from tests.loopback.world.view import View


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
