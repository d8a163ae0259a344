"""Messages asked for by their ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from telethon.tl import types

from tests.loopback.rpc import TlObject
from tests.loopback.world.chat import Chat
from tests.loopback.world.message import StoredMessage
from tests.loopback.world.refusals import refusal
from tests.loopback.world.view import View

MOST = 100
"""Ids in one request."""


def fetched(
    view: View,
    wanted: Iterable[TlObject],
    find: Callable[[int], StoredMessage | None],
    chat: Chat | None,
) -> tuple[list[TlObject], tuple[list[TlObject], list[TlObject]]]:
    """The messages that InputMessages name, one for each, in their order, with the users and
    chats they mention; messageEmpty for what is missing, deleted or hidden."""
    inputs = list(wanted)
    if not inputs:
        raise refusal("MESSAGE_IDS_EMPTY")
    if len(inputs) > MOST:
        raise refusal("LIMIT_INVALID")
    found = []
    rendered = []
    for item in inputs:
        message = find(item.id) if _is_known_kind(item) else None
        if isinstance(item, types.InputMessageReplyTo) and message is not None:
            message = message.reply_to
        if message is None or message.deleted or not message.seen_by(view.viewer):
            peer = None if chat is None else chat.peer(view.viewer)
            rendered.append(types.MessageEmpty(item.id, peer))
        else:
            found.append(message)
            rendered.append(view.message(message))
    return rendered, view.crowd(found, [] if chat is None else [chat])


def _is_known_kind(item: TlObject) -> bool:
    if isinstance(item, types.InputMessageID | types.InputMessageReplyTo):
        return True
    raise NotImplementedError(type(item).__name__)
