"""Reading messages of basic groups and private chats; for users, histories and lists of chats."""

from __future__ import annotations

from datetime import datetime

from telethon.tl import functions, types

from tests.loopback.api.callers import human, view_of
from tests.loopback.api.fetching import fetched
from tests.loopback.api.peers import chat_of
from tests.loopback.rpc import Context, TlObject, handles
from tests.loopback.world import difference
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.refusals import refusal
from tests.loopback.world.view import View

PAGE = 100
"""Messages or chats in one answer."""


def _is_set(date: datetime) -> bool:
    """On the wire no date is the beginning of the epoch."""
    return date.timestamp() > 0


@handles(functions.messages.GetMessagesRequest)
async def get_messages(context: Context, request: TlObject) -> TlObject:
    view = view_of(context)
    mailbox = context.world.mailbox(view.viewer)
    messages, (users, chats) = fetched(view, request.id, mailbox.messages.get, None)
    return types.messages.Messages(messages, [], chats, users)


@handles(functions.messages.GetHistoryRequest)
async def get_history(context: Context, request: TlObject) -> TlObject:
    """Newest first. https://core.telegram.org/api/offsets"""
    view = View(context.world, human(context))
    chat = chat_of(context.world, view.viewer, request.peer)
    if not chat.may_read(view.viewer):
        raise refusal("CHANNEL_PRIVATE")
    everything = chat.visible_to(view.viewer)[::-1]
    page = _page(view, everything, request)
    users, chats = view.crowd(page, [chat])
    messages = [view.message(message) for message in page]
    count = len(everything)
    if chat.shares_ids:
        pts = chat.pts(view.viewer)
        return types.messages.ChannelMessages(pts, count, messages, [], chats, users)
    if len(page) == count:
        return types.messages.Messages(messages, [], chats, users)
    return types.messages.MessagesSlice(count, messages, [], chats, users)


def _page(view: View, newest_first: list[StoredMessage], request: TlObject) -> list[StoredMessage]:
    def known(message: StoredMessage) -> int:
        return message.id_for(view.viewer) or 0

    start = 0
    if request.offset_id:
        start = sum(known(message) >= request.offset_id for message in newest_first)
    elif _is_set(request.offset_date):
        start = sum(message.date >= request.offset_date for message in newest_first)
    start = max(start + request.add_offset, 0)
    page = newest_first[start : start + min(request.limit, PAGE)]
    return [
        message
        for message in page
        if known(message) > request.min_id and not 0 < request.max_id <= known(message)
    ]


@handles(functions.messages.GetDialogsRequest)
async def get_dialogs(context: Context, request: TlObject) -> TlObject:
    """The newest first, everything read. https://core.telegram.org/api/folders"""
    view = View(context.world, human(context))
    listed = [
        (visible[-1], chat)
        for chat in context.world.chats()
        if chat.may_read(view.viewer) and (visible := chat.visible_to(view.viewer))
    ]
    listed.sort(key=lambda found: (found[0].date, found[0].id_for(view.viewer)), reverse=True)
    if _is_set(request.offset_date):
        listed = [found for found in listed if found[0].date < request.offset_date]
    page = listed[: min(request.limit, PAGE)]
    tops = [top for top, _ in page]
    users, chats = view.crowd(tops, [chat for _, chat in page])
    dialogs = [difference.dialog(view, chat) for _, chat in page]
    messages = [view.message(top) for top in tops]
    if len(page) == len(listed):
        return types.messages.Dialogs(dialogs, messages, chats, users)
    return types.messages.DialogsSlice(len(listed), dialogs, messages, chats, users)
