"""One handler for each request that a client may send, over the world.

Importing this package registers them all. A request, or a part of one, that is not known here
fails the running test instead of getting an answer that Telegram would not give.
"""

from tests.loopback.api import (
    auth,
    channels,
    contacts,
    messages_read,
    messages_send,
    updates,
    users,
)

__all__ = [
    "auth",
    "channels",
    "contacts",
    "messages_read",
    "messages_send",
    "updates",
    "users",
]
