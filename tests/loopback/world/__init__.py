"""The Telegram of the tests: people, chats, messages, sequences.

Knows no wire format, but stores media, entities and rights as TL objects. What Telegram may do
one way or the other is a switch in `behaviour`.

Known differences from Telegram:

- `seq` never moves: pushes carry 0, which clients may apply in any order.
- Everything counts as read; typing, presence and read marks are not told.
- Of channels for broadcasts only what groups see of them; no forum topics, no slow mode, no
  scheduled messages, no link previews, no votes in polls.
- Messages can be edited for ever.
- updateChannel is pushed but is in no difference: what changed meanwhile shows in
  updateChannelParticipant for bots, and in what a request is answered.
"""

from tests.loopback.world.basic_group import BasicGroup
from tests.loopback.world.behaviour import Behaviour
from tests.loopback.world.channel import Channel
from tests.loopback.world.chat import Chat
from tests.loopback.world.group import Group
from tests.loopback.world.message import Quote, StoredMessage
from tests.loopback.world.person import Person
from tests.loopback.world.private_chat import PrivateChat
from tests.loopback.world.supergroup import Supergroup
from tests.loopback.world.world import World

__all__ = [
    "BasicGroup",
    "Behaviour",
    "Channel",
    "Chat",
    "Group",
    "Person",
    "PrivateChat",
    "Quote",
    "StoredMessage",
    "Supergroup",
    "World",
]
