"""Telegram's own objects, with everything a test does not care about already filled in."""

from __future__ import annotations

import datetime
from typing import Any

from telethon.tl import types

CHANNEL_ID = 2000000001
GROUP = types.PeerChannel(CHANNEL_ID)
MARKED = -1002000000001
BASIC_GROUP = types.PeerChat(4242)
DATE = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)


def a_user(number: int = 11, first_name: str | None = "Alice", **more: Any) -> Any:
    return types.User(number, first_name=first_name, **more)


def a_channel(number: int = CHANNEL_ID, title: str = "Customer Support", **more: Any) -> Any:
    values = {"photo": types.ChatPhotoEmpty(), "date": DATE, "megagroup": True}
    return types.Channel(number, title, **values | more)


def a_basic_group(number: int = 4242, title: str = "Small Group") -> Any:
    return types.Chat(number, title, types.ChatPhotoEmpty(), 3, DATE, version=1)


def a_message(msg_id: int = 100, text: str = "hello", **more: Any) -> Any:
    """A message of user 11 in the supergroup, unless said otherwise."""
    values: dict[str, Any] = {"peer_id": GROUP, "from_id": types.PeerUser(11), "date": DATE}
    return types.Message(msg_id, message=text, **values | more)


def a_new(message: Any, pts: int = 1) -> Any:
    return types.UpdateNewChannelMessage(message, pts, 1)


def an_edited(message: Any, pts: int = 1) -> Any:
    return types.UpdateEditChannelMessage(message, pts, 1)


def a_document(**more: Any) -> Any:
    values: dict[str, Any] = {
        "id": 5,
        "access_hash": 6,
        "file_reference": b"ref",
        "date": DATE,
        "mime_type": "application/pdf",
        "size": 1000,
        "dc_id": 2,
        "attributes": [],
    }
    return types.Document(**values | more)


def a_photo(**more: Any) -> Any:
    values: dict[str, Any] = {
        "id": 5,
        "access_hash": 6,
        "file_reference": b"ref",
        "date": DATE,
        "sizes": [types.PhotoSize("m", 10, 10, 100)],
        "dc_id": 2,
    }
    return types.Photo(**values | more)
