"""Reading messages of basic groups, private chats and, for users, of all chats."""

from __future__ import annotations

from telethon.tl import functions, types

from tests.loopback.api.callers import view_of
from tests.loopback.api.fetching import fetched
from tests.loopback.rpc import Context, TlObject, handles


@handles(functions.messages.GetMessagesRequest)
async def get_messages(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    mailbox = context.world.mailbox(view.viewer)
    messages, (users, chats) = fetched(view, request.id, mailbox.messages.get, None)
    return types.messages.Messages(messages, [], chats, users)
