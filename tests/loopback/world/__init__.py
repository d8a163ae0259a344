"""The Telegram of the tests: people, chats, messages, sequences. Knows no wire format, but stores
media, entities and rights as TL objects."""

from tests.loopback.world.basic_group import BasicGroup
from tests.loopback.world.behaviour import Behaviour
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
    "Chat",
    "Group",
    "Person",
    "PrivateChat",
    "Quote",
    "StoredMessage",
    "Supergroup",
    "World",
]
