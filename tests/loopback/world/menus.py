"""Which of a bot's menus somebody sees: the closest of those that fit.

https://core.telegram.org/bots/api#determining-list-of-commands; languages are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.loopback.world.chat import Chat
from tests.loopback.world.person import Person, Scope
from tests.loopback.world.private_chat import PrivateChat


def menu(bot: Person, chat: Chat, person: Person) -> dict[str, str]:
    """The commands that the person is offered for typing "/" in the chat, with what is said of
    them, in their order."""
    for scope in _scopes(chat, person):
        commands = bot.commands.get((scope, ""))
        if commands:
            return {command.command: command.description for command in commands}
    return {}


def _scopes(chat: Chat, person: Person) -> Iterator[Scope]:
    if isinstance(chat, PrivateChat):
        yield ("BotCommandScopePeer", person.id, 0)
        yield ("BotCommandScopeUsers", 0, 0)
    else:
        yield ("BotCommandScopePeerUser", chat.marked_id, person.id)
        if chat.is_admin(person):
            yield ("BotCommandScopePeerAdmins", chat.marked_id, 0)
        yield ("BotCommandScopePeer", chat.marked_id, 0)
        if chat.is_admin(person):
            yield ("BotCommandScopeChatAdmins", 0, 0)
        yield ("BotCommandScopeChats", 0, 0)
    yield ("BotCommandScopeDefault", 0, 0)
