"""Dead letters, as an older version of the relay might have left them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from daemon.core.model import ChatId, Inbound, InboundKind, MessageKey, Sender
from daemon.core.text import Text
from tests.scene import Scene

_PUT = """
INSERT INTO dead_letters (chat_id, msg_id, kind, payload, error, at)
VALUES (?, ?, ?, ?, ?, 1737456789000)
"""
ERROR = "Traceback (most recent call last):\n  File …\nKeyError: 'sticker'\n"


def leave_a_letter(
    scene: Scene, database: Path, question: str, *, kind: str = "new", payload: str = ""
) -> int:
    """Somebody asked, and the question could not be handled then. The id of the message."""
    message = scene.acme.say(scene.alice, "Hm")
    chat_id, alice = ChatId(scene.acme.marked_id), scene.alice
    inbound = Inbound(
        InboundKind.NEW,
        MessageKey(chat_id, message.id),
        scene.acme.title,
        Sender(ChatId(alice.id), "Alice", "alice"),
        Text(question),
    )
    payload = payload or msgspec.json.encode(inbound).decode()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(_PUT, (chat_id, message.id, kind, payload, ERROR))
    return message.id
