"""One handler for each request that a client may send, over the world.

Importing this package registers them all. A request, or a part of one, that is not known here
fails the running test instead of getting an answer that Telegram would not give.
"""

from tests.loopback.api import (
    auth,
    bots,
    channels,
    chats,
    contacts,
    messages_change,
    messages_read,
    messages_send,
    updates,
    upload,
    users,
)

__all__ = [
    "auth",
    "bots",
    "channels",
    "chats",
    "contacts",
    "messages_change",
    "messages_read",
    "messages_send",
    "updates",
    "upload",
    "users",
]
